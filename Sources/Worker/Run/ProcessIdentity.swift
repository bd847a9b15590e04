package import Glibc
package import Nostr

/// A process that no other can be taken for: its number comes again, its start in this boot does not.
package struct ProcessIdentity: Sendable, Hashable {
  package let pid: pid_t
  /// Clock ticks since the boot.
  package let started: Int64
  package let boot: String

  /// `nil` when there is no such process.
  package init?(_ pid: pid_t) {
    guard let stat = ProcessTable.stat(pid) else { return nil }
    self.init(pid: pid, started: stat.started, boot: ProcessTable.bootID)
  }

  package init(pid: pid_t, started: Int64, boot: String) {
    self.pid = pid
    self.started = started
    self.boot = boot
  }

  package static var current: ProcessIdentity {
    ProcessIdentity(getpid()) ?? ProcessIdentity(pid: getpid(), started: 0, boot: "")
  }

  /// Whether it is still there and no zombie.
  package var isAlive: Bool {
    guard boot == ProcessTable.bootID, let stat = ProcessTable.stat(pid) else { return false }
    return stat.started == started && !stat.isZombie
  }

  package var json: JSON {
    ["pid": .integer(Int64(pid)), "started": .integer(started), "boot": .string(boot)]
  }

  package init?(json: JSON) {
    guard let pid = json["pid"]?.integer.flatMap({ pid_t(exactly: $0) }), pid > 1,
      let started = json["started"]?.integer, let boot = json["boot"]?.string
    else { return nil }
    self.init(pid: pid, started: started, boot: boot)
  }
}
