import Glibc
import Home
import Threads

/// The thread on which a supervisor has attachments brought. It is left behind when the run is stopped meanwhile: it
/// ends with its process.
final class AttachmentWork: Sendable {
  enum Outcome: Sendable { case brought, failed(StudioError) }

  /// Readable when there is an outcome.
  let descriptor: Int32
  private let result = Shared<Outcome?>(nil)

  var outcome: Outcome? { result.value }

  init(
    _ spec: RunSpec, _ directory: RunDirectory, _ get: @escaping AttachmentFetch.Get
  ) throws(StudioError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    descriptor = ends[0]
    let (result, bell) = (result, ends[1])
    let attachments = spec.attachments
    let engine = spec.engine ?? ""
    let fetch = AttachmentFetch(into: directory.inFolder, get: get) {
      attachment, nonce throws(StudioError) in
      try EngineKeys.key(attachment, nonce: nonce, engine: engine)
    }
    Worker.detach("attachments") {
      do throws(StudioError) {
        try fetch.run(attachments)
        result.set(.brought)
      } catch {
        result.set(.failed(error))
      }
      close(bell)
    }
  }

  deinit { close(descriptor) }
}
