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
    _ = try Supervisor.run(directory, ready: arguments.flag("detached"))
    return 0
  }
}
