import Glibc

/// What `/proc` tells of processes.
enum ProcessTable {
  struct Stat {
    let parent: pid_t
    let isZombie: Bool
    let started: Int64
  }

  /// Changes with every boot.
  static let bootID: String = {
    let text = read("/proc/sys/kernel/random/boot_id", limit: 64) ?? []
    return String(decoding: text.filter { $0 > 0x20 }, as: UTF8.self)
  }()

  static func stat(_ pid: pid_t) -> Stat? {
    guard let bytes = read("/proc/\(pid)/stat", limit: 4_096),
      // The name in brackets may hold anything, brackets too.
      let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(end + 1)...].split(separator: 0x20).map {
      String(decoding: $0, as: UTF8.self)
    }
    // After the name: state, parent, …, start time (the 22nd of all).
    guard fields.count > 19, let parent = pid_t(fields[1]), let started = Int64(fields[19]) else {
      return nil
    }
    return Stat(parent: parent, isZombie: fields[0] == "Z" || fields[0] == "X", started: started)
  }

  /// Every process that can be seen.
  static func all() -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var pids: [pid_t] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let pid = pid_t(name) { pids.append(pid) }
    }
    return pids
  }

  /// Whether a process was started with exactly this among its variables.
  static func environment(of pid: pid_t, holds variable: [UInt8]) -> Bool {
    guard let bytes = read("/proc/\(pid)/environ", limit: 4 << 20) else { return false }
    return bytes.split(separator: 0).contains { $0.elementsEqual(variable) }
  }

  private static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? bytes : nil }
      bytes += chunk[..<count]
    }
    return bytes
  }
}
