import Glibc
import Home

/// A fresh directory that only its owner can enter (0700), and its removal with all that is in it.
struct TemporaryDirectory {
  let path: String

  init(name: String) throws(StudioError) {
    let parent = SystemCall.environment("TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .system("making a temporary directory", path: parent, errno: errno)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Takes over one that another process made.
  init(adopting path: String) { self.path = path }

  func remove() { Self.remove(path) }

  private static func remove(_ path: String) {
    var status = stat()
    // Links are removed, never followed.
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    if let directory = opendir(path) {
      var names: [String] = []
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
      }
      closedir(directory)
      for name in names { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }
}
