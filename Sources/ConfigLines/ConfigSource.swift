private import Glibc

/// The text of a configuration file, and what messages call the file.
package struct ConfigSource: Hashable, Sendable {
  package let file: String
  package let text: String
  /// Why it could not be read; the text is empty then.
  package let failure: String?

  package init(file: String, text: String, failure: String? = nil) {
    self.file = file
    self.text = text
    self.failure = failure
  }

  /// Bytes that are read of a file; more is refused.
  package static let longest = 1 << 18

  /// A file, or nil when there is none. Only regular files are read: a pipe would block.
  package static func read(_ path: String) -> ConfigSource? {
    func refused(_ why: String) -> ConfigSource {
      ConfigSource(file: path, text: "", failure: why)
    }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      return errno == ENOENT || errno == ENOTDIR
        ? nil : refused("it cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return refused("it is not a plain file")
    }
    guard status.st_size <= longest else { return refused("it is longer than \(longest) bytes") }
    var bytes = [UInt8](repeating: 0, count: longest + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return refused("it cannot be read") }
      if got == 0 { break }
      count += got
    }
    guard count <= longest else { return refused("it is longer than \(longest) bytes") }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      return refused("it is not UTF-8")
    }
    return ConfigSource(file: path, text: text)
  }

  /// The failure as a problem of the file.
  package var problem: ConfigProblem? {
    failure.map { ConfigProblem(file: file, message: $0, skipsLine: false) }
  }
}
