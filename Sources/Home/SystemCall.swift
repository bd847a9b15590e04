package import Glibc

/// The few calls to the system that need care with errno and interruption.
package enum SystemCall {
  /// The system's words for an error number.
  package static func message(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// Writes all of `bytes` or throws; retries on interruption.
  package static func write(_ bytes: [UInt8], to descriptor: Int32, path: String? = nil)
    throws(StudioError)
  {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system("writing", path: path, errno: errno)
      }
      done += count
    }
  }

  /// Reads a whole file of at most `limit` bytes.
  ///
  /// - Returns: `nil` when there is no such file.
  /// - Throws: `file_too_large` beyond the limit, `system_error` otherwise.
  package static func read(_ path: String, limit: Int) throws(StudioError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .system("opening", path: path, errno: errno)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .system("reading", path: path, errno: errno)
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[0..<count])
      if bytes.count > limit {
        throw StudioError(
          "file_too_large", "the file is larger than \(limit) bytes", field: "path", value: path)
      }
    }
  }

  /// Replaces a file whole: written beside it with `mode`, synced, renamed over it, so that a crash
  /// leaves the old file or the new one.
  package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t)
    throws(StudioError)
  {
    let draft = "\(path).\(getpid()).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw .system("creating", path: draft, errno: errno) }
    do throws(StudioError) {
      try write(bytes, to: descriptor, path: draft)
    } catch {
      close(descriptor)
      unlink(draft)
      throw error
    }
    fsync(descriptor)
    close(descriptor)
    guard rename(draft, path) == 0 else { throw .system("renaming", path: path, errno: errno) }
  }

  /// Makes a directory and its missing parents, each with `mode`.
  package static func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(StudioError) {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/\(part)"
      if mkdir(made, mode) != 0 && errno != EEXIST {
        throw .system("making the directory", path: made, errno: errno)
      }
    }
  }

  /// The value of an environment variable, when set and not empty.
  package static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// How many processors this machine offers.
  package static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Wall-clock time in whole Unix seconds.
  package static func now() -> Int64 { Int64(time(nil)) }

  /// Monotonic time in milliseconds; for deadlines, never for events.
  package static func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }
}
