import Glibc

/// The lock that makes one engine per home: held by an open descriptor, so that it ends with its process
/// however that process ends.
package final class EngineLock {
  private let descriptor: Int32

  /// - Returns: `nil` when another engine holds it.
  package init?(home: Home) throws(StudioError) {
    descriptor = open(home.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .system("opening the lock", path: home.lockFile, errno: errno)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }
}
