import Glibc
package import Home

/// A working tree of a repository for one run, on a branch of its own: `studio/<slug>-<run8>`.
package struct Worktree: Sendable, Equatable {
  package let repository: String
  /// What the repository keeps of itself and of this tree. Git is told where they are: in the tree itself a
  /// program can put a repository of its own, with settings that name programs to run.
  package let common: String
  package let path: String
  package let branch: String
  /// The commit that it began at.
  package let base: String

  /// What a run has changed.
  package struct Change: Sendable, Equatable {
    package var files: Int64 = 0
    package var added: Int64 = 0
    package var deleted: Int64 = 0
    /// The newest commit of the branch.
    package var commit = ""
    /// Changes that no commit holds.
    package var isDirty = false
  }

  /// Makes it, or finds the one that a run of this name has already.
  ///
  /// - Parameter slug: of the card; what a branch cannot be called is left out.
  /// - Throws: `worktree_failed`, with the words of git.
  package static func make(
    repository: String, run: String, slug: String, home: Home
  ) throws(StudioError) -> Worktree {
    try make(
      repository: repository, run: run, slug: slug, parent: "\(home.stateDirectory)/worktrees")
  }

  /// The one that a run has, if it is still there.
  package static func find(
    repository: String, run: String, slug: String, home: Home
  ) throws(StudioError) -> Worktree? {
    let parent = "\(home.stateDirectory)/worktrees"
    guard access("\(parent)/\(run)", F_OK) == 0 else { return nil }
    return try make(repository: repository, run: run, slug: slug, parent: parent)
  }

  static func make(
    repository: String, run: String, slug: String, parent: String
  ) throws(StudioError) -> Worktree {
    let name = slug.unicodeScalars.filter {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
    }
    let short = String(run.prefix(8))
    let label = String(String.UnicodeScalarView(name.drop { $0 == "-" }.prefix(40)))
    let branch = "studio/\(label.isEmpty ? "run" : label)-\(short)"
    let path = "\(parent)/\(run)"
    try SystemCall.makeDirectory(parent)
    let common = try need(
      git(["rev-parse", "--path-format=absolute", "--git-common-dir"], in: repository))
    if access("\(common)/worktrees/\(run)", F_OK) != 0 {
      // What a crash left of it is no working tree, but git may still think so.
      _ = try git(["worktree", "prune"], in: repository)
      let exists =
        try git(["rev-parse", "--verify", "--quiet", "refs/heads/\(branch)"], in: repository)
        .isSuccess
      try need(
        git(
          ["worktree", "add", "--quiet"] + (exists ? [path, branch] : ["-b", branch, path]),
          in: repository, seconds: 300))
    }
    let base = try need(git(["merge-base", "HEAD", branch], in: repository))
    return Worktree(
      repository: repository, common: common, path: path, branch: branch, base: base)
  }

  /// What is different from where it began.
  package func change() throws(StudioError) -> Change {
    var change = Change()
    change.commit = try Self.need(inside(["rev-parse", "HEAD"]))
    change.isDirty = try isDirty()
    // New files count too; the index of a run's own tree is ours.
    try Self.need(inside(["add", "--all", "--intent-to-add"]))
    let numbers = try Self.need(
      inside(["diff", "--numstat", "--no-ext-diff", "--no-textconv", base]))
    for line in numbers.split(separator: "\n") {
      let fields = line.split(separator: "\t")
      guard fields.count >= 3 else { continue }
      change.files += 1
      change.added += Int64(fields[0]) ?? 0
      change.deleted += Int64(fields[1]) ?? 0
    }
    return change
  }

  /// Whether it holds what is in no commit. Changes nothing.
  func isDirty() throws(StudioError) -> Bool {
    try !Self.need(inside(["status", "--porcelain", "--ignore-submodules=all"])).isEmpty
  }

  /// All of it as a patch, a few mebibytes at most.
  func patch() throws(StudioError) -> [UInt8] {
    let process = try inside(["diff", "--no-ext-diff", "--no-textconv", "--binary", base])
    try Self.need(process)
    return process.output
  }

  /// Puts everything that no commit holds into one, on the branch of the run alone.
  package func commit(_ message: String, name: String) throws(StudioError) {
    try Self.need(inside(["add", "--all"]))
    guard try isDirty() else { return }
    try Self.need(
      inside(
        [
          "-c", "user.name=\(name)", "-c", "user.email=\(name)@localhost", "-c",
          "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "--message", message,
        ]))
  }

  /// Whether the repository's own branch holds all that this one does.
  func isMerged() throws(StudioError) -> Bool {
    try Self.git(["merge-base", "--is-ancestor", branch, "HEAD"], in: repository).isSuccess
  }

  /// Removes a working tree; its branch stays.
  ///
  /// - Parameter force: also what is in no commit; otherwise that is refused.
  package static func remove(
    _ path: String, of repository: String, force: Bool
  ) throws(StudioError) {
    try need(
      git(["worktree", "remove"] + (force ? ["--force", "--force"] : []) + [path], in: repository))
  }

  /// Git without hooks, watchers, prompts and the person's pager: nothing that a working tree says is run.
  private static func git(
    _ words: [String], in directory: String, seconds: Int64 = 60, more: [String: String] = [:]
  ) throws(StudioError) -> CapturedProcess {
    var environment = Spawn.environment(passing: ["PATH", "HOME"])
    environment.merge(["GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"]) { $1 }
    environment.merge(more) { $1 }
    return try CapturedProcess.run(
      [
        "git", "-c", "core.hooksPath=/dev/null",
        "-c", "core.fsmonitor=false",
        "-c", "diff.ignoreSubmodules=all", "--no-pager",
      ] + words,
      directory: directory, environment: environment, seconds: seconds)
  }

  /// Git in the tree, as the repository and nobody else has it.
  private func inside(_ words: [String]) throws(StudioError) -> CapturedProcess {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return try Self.git(
      words, in: path,
      more: [
        "GIT_DIR": "\(common)/worktrees/\(name)", "GIT_COMMON_DIR": common, "GIT_WORK_TREE": path,
      ])
  }

  @discardableResult
  private static func need(_ process: CapturedProcess) throws(StudioError) -> String {
    guard process.isSuccess else {
      let words = PlainText.clean(process.errors.prefix(1_000))
      throw StudioError(
        "worktree_failed", "git: \(RunDigest.oneLine(words, limit: 300))", field: "repo")
    }
    var text = process.text
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
