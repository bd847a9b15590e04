private import Glibc
package import Home
package import Nostr

/// What runs have left on this machine's disk: their directories, and their working trees, which nobody removes
/// while they hold changes.
package struct DiskUse: Sendable, Hashable {
  package struct Folder: Sendable, Hashable {
    /// Runs, or working trees.
    package var count = 0
    package var bytes: Int64 = 0
  }

  package private(set) var runs = Folder()
  package private(set) var worktrees = Folder()
  /// Left on the disk that they are on; `nil` where that cannot be told.
  package private(set) var free: Int64?
  /// There were more files than were looked at.
  package private(set) var isPartial = false

  /// From how much on it is a problem, and how little may be left.
  private static let much: Int64 = 2 << 30
  private static let little: Int64 = 1 << 30

  /// - Parameter most: files to look at.
  package init(_ home: Home, most: Int) {
    var left = most
    runs = measure("\(home.stateDirectory)/runs", &left)
    worktrees = measure("\(home.stateDirectory)/worktrees", &left)
    isPartial = left <= 0
    var disk = statvfs()
    if statvfs(home.stateDirectory, &disk) == 0 {
      free =
        Int64(clamping: UInt64(disk.f_bavail)).multipliedReportingOverflow(
          by: Int64(clamping: UInt64(disk.f_frsize))
        ).partialValue
    }
  }

  init(runs: Folder = Folder(), worktrees: Folder = Folder(), free: Int64? = nil) {
    (self.runs, self.worktrees, self.free) = (runs, worktrees, free)
  }

  /// What is wrong with it, in words; `nil` while it is little.
  package var words: String? {
    let used = runs.bytes + worktrees.bytes
    let isLow = free.map { $0 < Self.little } ?? false
    guard used >= Self.much || isLow else { return nil }
    var parts: [String] = []
    if let free, isLow { parts.append("\(Self.text(free)) are left") }
    let least = isPartial ? "more than " : ""
    parts.append(
      "\(least)\(Self.text(worktrees.bytes)) in \(Self.count(worktrees.count, "working tree")), "
        + "\(least)\(Self.text(runs.bytes)) of \(Self.count(runs.count, "run"))")
    return parts.joined(separator: "; ")
  }

  package var json: JSON {
    [
      "runs": .integer(Int64(runs.count)), "runs_bytes": .integer(runs.bytes),
      "worktrees": .integer(Int64(worktrees.count)), "worktrees_bytes": .integer(worktrees.bytes),
      "free_bytes": free.map { .integer($0) } ?? .null, "partial": .bool(isPartial),
    ]
  }

  /// `812 MB`, `2.4 GB`.
  package static func text(_ bytes: Int64) -> String {
    switch bytes {
    case ..<1_000_000: return "\(bytes / 1_000) kB"
    case ..<1_000_000_000: return "\(bytes / 1_000_000) MB"
    default:
      let tenths = bytes / 100_000_000
      return "\(tenths / 10).\(tenths % 10) GB"
    }
  }

  private static func count(_ count: Int, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
  }
}

/// Adds up a folder of folders without following a link out of it.
private func measure(_ path: String, _ left: inout Int) -> DiskUse.Folder {
  var folder = DiskUse.Folder()
  var waiting = [(path: path, depth: 0)]
  while left > 0, let next = waiting.popLast() {
    guard let stream = opendir(next.path) else { continue }
    defer { closedir(stream) }
    while left > 0, let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      left -= 1
      var status = stat()
      let child = "\(next.path)/\(name)"
      guard lstat(child, &status) == 0 else { continue }
      folder.bytes += Int64(status.st_blocks) * 512
      guard status.st_mode & S_IFMT == S_IFDIR else { continue }
      if next.depth == 0 { folder.count += 1 }
      if next.depth < 64 { waiting.append((child, next.depth + 1)) }
    }
  }
  return folder
}
