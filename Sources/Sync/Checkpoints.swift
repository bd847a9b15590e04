import Replica
import Threads

/// When to copy the write-ahead log into the database: decided here, without I/O.
///
/// The bulk is copied by a thread of its own while the writer goes on, since that takes a fifth of a second and a
/// wait for the disk. What was written meanwhile is copied the same way, until so little is left that the writer does
/// it between two commits: only then the log can begin anew.
struct CheckpointPlan {
  enum Step { case nothing, copyBeside, copyHere }

  /// What the writer copies itself without anybody noticing.
  private static let little = Connection.logLimit / 8

  private var begunAt: Int?
  private var threshold = Connection.logLimit
  private var last = 0

  /// After a commit, with the length of the log in bytes.
  mutating func committed(_ bytes: Int) -> Step {
    // It has begun anew.
    if bytes < last { threshold = Connection.logLimit }
    last = bytes
    guard begunAt == nil, bytes > threshold else { return .nothing }
    begunAt = bytes
    return .copyBeside
  }

  /// The thread has copied what was there when it began.
  mutating func copied(_ bytes: Int) -> Step {
    guard let begun = begunAt else { return .nothing }
    if bytes - begun > Self.little {
      begunAt = bytes
      return .copyBeside
    }
    begunAt = nil
    // A reader may keep the log from beginning anew for a while.
    threshold = bytes + Connection.logLimit / 2
    return .copyHere
  }
}

/// The thread that copies the write-ahead log into the database.
final class Checkpointer: Sendable {
  private let orders = Inbox<Void>()
  private let worker: Worker

  /// - Parameter done: called on the thread after each copying.
  init(path: String, done: @escaping @Sendable () -> Void) {
    let orders = orders
    worker = Worker("checkpoints") {
      // A database that cannot be opened twice has its log copied by the last connection that closes.
      guard let connection = try? Connection(path: path, mode: .guest, cacheKiB: 64) else { return }
      while true {
        guard !orders.wait(limit: 1).isEmpty, !orders.isClosed else { return }
        do {
          try connection.checkpoint()
        } catch {
          Log.write("copying the log into the database: \(error)")
        }
        done()
      }
    }
  }

  func begin() { orders.post(()) }

  func stop() {
    orders.close()
    worker.join()
  }
}
