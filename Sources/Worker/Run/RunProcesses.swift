package import Glibc
import Home

/// Every process of a run, wherever it has gone: those that were started with the run's variable, which a child
/// inherits also into a session of its own, and the descendants of its supervisor.
package enum RunProcesses {
  /// The variable that marks them.
  package static let variable = "STUDIO_RUN_ID"

  /// Those that are there now. Never this process itself.
  package static func all(run: String, below ancestor: pid_t? = nil) -> [ProcessIdentity] {
    let mark = Array("\(variable)=\(run)".utf8)
    let pids = ProcessTable.all()
    var stats: [pid_t: ProcessTable.Stat] = [:]
    for pid in pids where pid != getpid() { stats[pid] = ProcessTable.stat(pid) }
    var members = Set<pid_t>()
    if let ancestor {
      var found = true
      while found {
        found = false
        for (pid, stat) in stats
        where !members.contains(pid) && (stat.parent == ancestor || members.contains(stat.parent)) {
          members.insert(pid)
          found = true
        }
      }
    }
    return stats.compactMap { pid, stat in
      guard !stat.isZombie,
        members.contains(pid) || ProcessTable.environment(of: pid, holds: mark)
      else { return nil }
      return ProcessIdentity(pid: pid, started: stat.started, boot: ProcessTable.bootID)
    }
  }

  /// Kills all of them, again until none is left. Call it only when no supervisor of the run lives.
  ///
  /// - Returns: how many there were.
  @discardableResult
  package static func end(
    run: String, below ancestor: pid_t? = nil, reap: () -> Void = {}
  ) -> Int {
    var ended = Set<ProcessIdentity>()
    // What forks faster than it can be killed is not to hold the supervisor for ever.
    for _ in 0..<200 {
      let left = all(run: run, below: ancestor)
      if left.isEmpty { break }
      for process in left {
        ended.insert(process)
        kill(process)
      }
      reap()
    }
    return ended.count
  }

  /// Kills one process, if it is still the one that is meant, and waits a little for its end.
  private static func kill(_ process: ProcessIdentity) {
    let handle = SystemCall.openProcess(process.pid)
    guard handle >= 0 else { return }
    defer { close(handle) }
    // The handle is of whoever has the number now; whoever it is keeps it while the handle is open.
    guard process.isAlive else { return }
    SystemCall.signal(SIGKILL, process: handle)
    var entry = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    poll(&entry, 1, 50)
  }
}
