import Glibc
package import Home
package import Nostr
package import Replica

/// What a run has left on this machine: its directory, and the working tree of a repository.
package struct RunLeftover: Sendable, Equatable {
  /// Why it is not taken away.
  package enum Reason: String, Sendable {
    /// It is not over, or another goes on in its place.
    case live
    /// It ended not long ago.
    case recent
    /// Its tree holds what is in no commit.
    case uncommitted
    /// Its branch holds commits that the repository's own branch does not.
    case unmerged
    /// Something that it made is here alone: what was told names only its digest.
    case undelivered
    /// Its repository cannot be asked.
    case unreadable

    var words: String {
      switch self {
      case .live: "is not over"
      case .recent: "ended not long ago"
      case .uncommitted: "holds changes that no commit has"
      case .unmerged: "its branch is not merged"
      case .undelivered: "holds files that were not handed in whole"
      case .unreadable: "its repository cannot be read"
      }
    }
  }

  package let run: String
  package let path: String
  package var tree: String?
  package var branch: String?
  package var bytes: Int64 = 0
  package var endedAt: Int64?
  /// `nil` when it may go.
  package var reason: Reason?

  package func json(title: String?) -> JSON {
    [
      "run": .string(run), "title": title.map { .string($0) } ?? .null, "path": .string(path),
      "tree": tree.map { .string($0) } ?? .null, "branch": branch.map { .string($0) } ?? .null,
      "bytes": .integer(bytes), "ended_at": endedAt.map { .integer($0) } ?? .null,
      "reason": reason.map { .string($0.rawValue) } ?? .null,
      "words": .string(reason?.words ?? "may go"),
    ]
  }

  /// In words.
  package static func size(_ bytes: Int64) -> String {
    switch bytes {
    case ..<1_024: "\(bytes) B"
    case ..<(1 << 20): "\(bytes >> 10) KiB"
    case ..<(1 << 30): "\(bytes >> 20) MiB"
    default: "\(bytes >> 30) GiB"
    }
  }
}

/// Takes away what is left of runs that are over. Never what is here alone: work that is in no commit or in no merged
/// one, and files that were not handed in whole, go only when their owner names the run.
package struct RunCleaner: Sendable {
  private let home: Home
  private let config: WorkerConfig

  package var quota: Int64 { config.quota }

  package init(_ home: Home, _ config: WorkerConfig) {
    self.home = home
    self.config = config
  }

  /// All that is there, the oldest first.
  package func survey(_ reader: Reader, _ profile: String, now: Int64) throws -> [RunLeftover] {
    let places = try reader.liveRuns(profile).flatMap { [$0.run, $0.place ?? $0.run] }
    return try FileTree.names(in: RunDirectory.all(home)).filter(RunSpec.isRunID).compactMap {
      name in
      guard let run = try reader.workerRun(name), run.profile == profile else { return nil }
      var left = RunLeftover(run: name, path: RunDirectory(home, run: name).path)
      left.endedAt = run.endedAt
      left.bytes = FileTree.size(of: left.path)
      let tree = try? self.tree(of: run)
      left.tree = tree?.path
      left.branch = tree?.branch
      if let tree { left.bytes += FileTree.size(of: tree.path) }
      left.reason =
        places.contains(name) || run.state != .done
        ? .live
        : (run.endedAt ?? now) > now - Int64(config.keep)
          ? .recent : keeping(tree, RunDirectory(path: left.path))
      return left
    }.sorted { ($0.endedAt ?? .max, $0.run) < ($1.endedAt ?? .max, $1.run) }
  }

  /// Takes away what may go.
  ///
  /// - Returns: what is kept.
  package func clean(_ reader: Reader, _ profile: String, now: Int64) throws -> [RunLeftover] {
    var kept: [RunLeftover] = []
    for left in try survey(reader, profile, now: now) {
      do throws(StudioError) {
        guard left.reason == nil else {
          kept.append(left)
          continue
        }
        try remove(left, force: false)
      } catch {
        kept.append(left)
      }
    }
    return kept
  }

  /// Takes away one run's, whatever is in it, by its name or the beginning of that.
  ///
  /// - Returns: its whole name.
  package func remove(
    _ word: String, _ reader: Reader, _ profile: String, now: Int64
  ) throws -> String {
    let found = try survey(reader, profile, now: now).filter { $0.run.hasPrefix(word) }
    guard found.count == 1, let left = found.first else {
      throw StudioError(
        found.isEmpty ? "reference_not_found" : "ambiguous",
        found.isEmpty ? "nothing is left of such a run" : "more than one run begins like this",
        field: "run", value: String(word.prefix(40)), hint: "studio worker tidy lists what is left")
    }
    guard left.reason != .live else {
      throw StudioError(
        "run_live", "this run is not over", field: "run", value: left.run,
        hint: "studio card cancel ends it")
    }
    try remove(left, force: true)
    return left.run
  }

  // MARK: One run

  private func keeping(_ tree: Worktree?, _ directory: RunDirectory) -> RunLeftover.Reason? {
    if let tree {
      do throws(StudioError) {
        if try tree.isDirty() { return .uncommitted }
        if try !tree.isMerged() { return .unmerged }
      } catch {
        return .unreadable
      }
    }
    if access("\(directory.path)/result-full.md", F_OK) == 0 { return .undelivered }
    // The patch is what the branch says; small texts went along with the result.
    let whole = FileTree.names(in: directory.outFolder).allSatisfy { name in
      ["result.md", "changes.patch"].contains(name)
        || FileTree.size(of: "\(directory.outFolder)/\(name)") <= Int64(ResultMessage.blockBytes)
    }
    return whole ? nil : .undelivered
  }

  /// Its own tree; one that it went on in is the other run's.
  private func tree(of run: WorkerRun) throws(StudioError) -> Worktree? {
    let directory = RunDirectory(home, run: run.run)
    guard run.place == nil,
      let alias = directory.json(directory.contextFile)?["repo"]?.string,
      let repository = config.repository(alias), repository.mode == .worktree
    else { return nil }
    return try Worktree.find(
      repository: repository.path, run: run.run, slug: run.cardAddress.d, home: home)
  }

  private func remove(_ left: RunLeftover, force: Bool) throws(StudioError) {
    if let tree = left.tree {
      let directory = RunDirectory(path: left.path)
      if let alias = directory.json(directory.contextFile)?["repo"]?.string,
        let repository = config.repository(alias)
      {
        try Worktree.remove(tree, of: repository.path, force: force)
      }
    }
    FileTree.remove(left.path)
  }
}

/// Files of a directory, links never followed.
enum FileTree {
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Bytes of a file, or of all that is below a directory.
  static func size(of path: String) -> Int64 {
    guard let status = status(of: path) else { return 0 }
    guard status.st_mode & S_IFMT == S_IFDIR else { return Int64(status.st_size) }
    return names(in: path).reduce(0) { $0 + size(of: "\(path)/\($1)") }
  }

  static func remove(_ path: String) {
    guard let status = status(of: path) else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    // What a program has made unreadable is ours nevertheless.
    chmod(path, 0o700)
    for name in names(in: path) { remove("\(path)/\(name)") }
    rmdir(path)
  }

  private static func status(of path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }
}
