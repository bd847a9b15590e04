import Glibc
import Home
import Nostr
import Replica
import Worker
import Workspace

/// An agent of the demo: a home with a key, an engine and a worker of its own, as on a machine of its own.
final class DemoAgent {
  /// Its part in `agent.sh`.
  enum Part: String { case engineer, writer, researcher }

  static let parts: [(name: String, part: Part)] = [
    ("atlas", .engineer), ("borealis", .writer), ("cygnus", .researcher),
  ]

  let workspace: Workspace
  private let name: String
  private var worker: pid_t?

  /// - Parameter relays: of the demo's room.
  init(_ name: String, _ home: Home, relays: [String]) throws {
    self.name = name
    _ = try Setup.initialise(home, name: name, relays: relays, secret: nil, passphrase: nil)
    workspace = try .unlocked(home)
  }

  /// Has its engine start; it ends when nobody is connected to it any more.
  func wake() throws { _ = try workspace.engine.reach() }

  /// Claims an invite, and works from then on for whoever gave it.
  func join(_ invite: String, part: Part, owner: PublicKey) throws {
    try workspace.engine.ask(.leaveWithLastFace)
    _ = try workspace.perform("room join", ["url": invite])
    try configure(part, owner: owner)
    try workspace.desk.decide(
      WorkerConsent(
        profile: name, room: try workspace.room().id, author: owner, decision: .always,
        at: SystemCall.now()))
    let log = Spawn.Source.file(
      "\(workspace.home.stateDirectory)/worker.log", flags: O_WRONLY | O_CREAT | O_APPEND)
    worker = try Spawn(
      Spawn.ourselves, ["studio"] + workspace.home.option + ["worker", "run"],
      environment: Spawn.environment(passing: Spawn.studioVariables),
      descriptors: [.nowhere, log, log]
    ).start()
  }

  private func configure(_ part: Part, owner: PublicKey) throws(StudioError) {
    let home = workspace.home.configDirectory
    let program = "\(home)/agent.sh"
    try SystemCall.replace(program, with: PackageResources.agent_sh, mode: 0o700)
    let lines = """
      profile      \(name)
      owner        \(owner.npub)
      adapter      generic
      command      "\(program)" \(part.rawValue)
      env          PACE 2
      # The program is the demo's own: it sleeps and speaks, and touches nothing.
      sandbox      none
      wait         4s
      per_author   2
      room_burst   1000
      runs_per_day 1000

      """
    try SystemCall.replace("\(home)/worker.conf", with: Array(lines.utf8), mode: 0o600)
  }

  /// Waits for the end of its worker, which was told to stop; kills it when that takes too long.
  func end() {
    guard let worker else { return }
    self.worker = nil
    let handle = SystemCall.openProcess(worker)
    var entry = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    if handle < 0 || poll(&entry, 1, 5_000) <= 0 { kill(worker, SIGKILL) }
    if handle >= 0 { close(handle) }
    var status: Int32 = 0
    while waitpid(worker, &status, 0) < 0 && errno == EINTR {}
  }

  /// Tells the worker of a home to stop whatever it runs, and itself.
  static func stop(_ name: String, in home: Home) {
    guard let desk = try? Desk(path: home.replicaFile) else { return }
    var state = WorkerState(since: SystemCall.now())
    state.mode = .stopping
    try? desk.setWorkerState(name, state)
    try? WorkerBell.ring(home)
  }
}
