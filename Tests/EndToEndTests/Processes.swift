import Glibc
import Home

/// What `/proc` tells of the processes of this machine.
enum Processes {
  /// Those that were started for a run, in whatever session they are.
  static func of(run: String) -> [pid_t] {
    let mark = Array("STUDIO_RUN_ID=\(run)".utf8)
    return all { pid in
      words(of: pid, "environ").contains { $0.elementsEqual(mark) }
    }
  }

  /// Those that a path stands in the words or in the variables of.
  static func mentioning(_ path: String) -> [pid_t] {
    let wanted = Array(path.utf8)
    return all { pid in
      pid != getpid()
        && (words(of: pid, "cmdline") + words(of: pid, "environ")).contains {
          $0.firstRange(of: wanted) != nil
        }
    }
  }

  /// The engine that serves a home.
  static func engine(of home: String) -> pid_t? {
    first(saying: ["--home", home, "engine", "run"])
  }

  /// The supervisor of a run, by its directory.
  static func supervisor(of directory: String) -> pid_t? { first(saying: ["_run", directory]) }

  /// The process whose arguments begin with `arguments`.
  static func first(saying arguments: [String]) -> pid_t? {
    let wanted = arguments.map { Array($0.utf8) }
    return all { pid in
      words(of: pid, "cmdline").dropFirst().starts(with: wanted) { $0.elementsEqual($1) }
    }.first
  }

  private static func all(_ isWanted: (pid_t) -> Bool) -> [pid_t] {
    files(in: "/proc").compactMap { pid_t($0) }.filter(isWanted)
  }

  /// What stands in a directory.
  static func files(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func words(of pid: pid_t, _ file: String) -> [ArraySlice<UInt8>] {
    guard let bytes = try? SystemCall.read("/proc/\(pid)/\(file)", limit: 1 << 20) else {
      return []
    }
    return bytes.split(separator: 0)
  }
}
