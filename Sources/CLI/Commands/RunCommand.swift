import Home
import Relay
import Worker
import Workspace

extension Command {
  /// The supervisor of one run; the worker starts it.
  static let supervise = Command(
    "_run", "supervise the run of a directory",
    [
      .place("directory", "DIR", "the directory of the run", required: true),
      .flag("detached", "started by a worker, which waits for a sign"),
    ]
  ) { _, arguments in
    let directory = RunDirectory(path: try arguments.required("directory"))
    _ = try Supervisor.run(directory, ready: arguments.flag("detached"), get: download)
    return 0
  }

  @Sendable private static func download(
    _ address: WebAddress, _ seconds: Int, _ take: (UnsafeRawBufferPointer) -> Bool
  ) throws(StudioError) {
    let place = Download.Place(
      isSecure: address.isSecure, host: address.host, port: address.port,
      authority: address.authority, path: address.path)
    do throws(Download.Failure) {
      try Download.get(place, within: seconds, take)
    } catch {
      throw StudioError(
        "attachment_unavailable", "\(address.origin): \(error)", field: "mirrors")
    }
  }
}
