import Glibc
import Home
import Nostr
import Replica

/// Where the program of a run works: a directory of the run's own, or what the owner has named for the alias that
/// its card gives. Never a path that came from outside.
struct WorkPlace {
  let path: String
  /// What a sandbox has to show besides.
  var binds: [WorkerConfig.Bind] = []
  var tree: Worktree?

  /// Makes it, or finds what an earlier segment worked in.
  ///
  /// - Throws: `repo_unknown` for an alias without a line in `worker.conf`; `worktree_failed`.
  init(
    _ run: WorkerRun, alias: String?, config: WorkerConfig, home: Home, directory: RunDirectory
  ) throws(StudioError) {
    guard let alias else {
      let owner = run.place.map { RunDirectory(home, run: $0) } ?? directory
      path = "\(owner.path)/work"
      try SystemCall.makeDirectory(path)
      return
    }
    guard let repository = config.repository(alias) else {
      throw StudioError(
        "repo_unknown", "worker.conf names no repository “\(PlainText.clean(alias).prefix(40))”",
        field: "repo", hint: "say `repo ALIAS PATH` in worker.conf")
    }
    guard repository.mode == .worktree else {
      path = repository.path
      return
    }
    let tree = try Worktree.make(
      repository: repository.path, run: run.place ?? run.run, slug: run.cardAddress.d, home: home)
    path = tree.path
    self.tree = tree
    // What a working tree is compared with; its commits are made outside, of what it leaves.
    binds = [.init(path: tree.common, isWritable: false)]
  }
}
