import FourA
import Glibc
import Home
import Nostr
import Replica
import Worker
import Workspace

/// Where a demo plays: a throw-away directory with the home of the person in front and one for each agent.
final class DemoStage {
  static let agentNames = DemoAgent.parts.map(\.name)
  static let personName = "you"

  private let directory: TemporaryDirectory
  private let crew: [DemoAgent]
  /// Tidies up when this process dies without a word.
  private let keeper: ChildProcess
  /// The person's home: it founds the room and runs the embedded relay.
  let person: Workspace
  /// Admitted, in the order of ``agentNames``.
  private(set) var agents: [MemberRow] = []

  /// Makes the homes and starts the person's engine.
  init() throws {
    let directory = try TemporaryDirectory(name: "studio-demo")
    self.directory = directory
    do {
      let home = Self.home(Self.personName, in: directory)
      let made = try Setup.initialise(
        home, name: Self.personName, relays: [], secret: nil, passphrase: nil)
      let relays = made.object?["relays"]?.array?.compactMap(\.string) ?? []
      keeper = try ChildProcess.start(
        ["_demo-keeper", directory.path], log: "\(directory.path)/keeper.log")
      person = try Workspace.unlocked(home)
      _ = try person.engine.reach()
      crew = try Self.agentNames.map {
        try DemoAgent($0, Self.home($0, in: directory), relays: relays)
      }
      for agent in crew { try agent.wake() }
      try person.engine.connect()
    } catch {
      Self.strike(directory)
      throw error
    }
  }

  static func home(_ name: String, in directory: TemporaryDirectory) -> Home {
    Home(directory: "\(directory.path)/\(name)")
  }

  /// Everybody's homes, the person's first.
  var workspaces: [Workspace] { [person] + crew.map(\.workspace) }

  var room: RoomRow { get throws { try person.room() } }

  /// Founds the room, lets the agents in by invite, and puts up tracks and cards, once everybody can read
  /// them.
  func set(_ wait: (_ isReady: () throws -> Bool) throws -> Void) throws {
    _ = try person.perform(
      "room create",
      [
        "slug": "demo", "title": DemoScript.roomTitle,
        "description": "A throw-away room: it is gone when the demo ends.",
      ])
    for (agent, part) in zip(crew, DemoAgent.parts) {
      let invite = try person.perform("room invite", [:]).object?["url"]?.string ?? ""
      try agent.join(invite, part: part.part, owner: person.me)
    }
    try wait {
      try person.reader.pendingClaims(room.id, now: SystemCall.now()).count
        == Self.agentNames.count
    }
    _ = try person.perform("room admit", ["all": ""])
    // An agent's name is here: so it has the room's key, and reads what is posted from now on.
    try wait {
      agents = try Self.agentNames.compactMap { name in
        try person.reader.members(room.id).first { $0.name.map { sameBytes($0, name) } == true }
      }
      return agents.count == Self.agentNames.count
    }
    for track in DemoScript.tracks {
      _ = try person.perform(
        "track create",
        ["slug": track.slug, "title": track.title, "description": track.description])
    }
    // The newest is listed first.
    for card in DemoScript.cards.reversed() {
      _ = try person.perform(
        "card create",
        [
          "track": card.track, "title": card.title, "body": card.body, "tag": card.tag,
          "kind": card.kind,
        ])
    }
  }

  /// The cards that agents can play, in the order of the script.
  func playableCards() throws -> [CardRow] {
    let rows = try person.reader.cards(try room.id, limit: 100, me: person.me)
    return DemoScript.cards.filter { $0.kind == "task" }.compactMap { card in
      rows.first { sameBytes($0.title, card.title) }
    }
  }

  /// Ends whatever runs, stops every engine and removes the directory.
  func strike() {
    Self.stopWorkers(in: directory)
    for agent in crew { agent.end() }
    Self.strike(directory)
    try? SystemCall.write(Array("end\n".utf8), to: keeper.input)
    keeper.end()
  }

  /// What is done, too, when the demo's process died without a word.
  static func strike(_ directory: TemporaryDirectory) {
    for name in agentNames + [personName] { stopEngine(of: home(name, in: directory)) }
    directory.remove()
  }

  /// Stops the workers and all that they run, at once as far as they can be told.
  static func stopWorkers(in directory: TemporaryDirectory) {
    for name in agentNames { DemoAgent.stop(name, in: home(name, in: directory)) }
  }

  /// Waits until the demo's process says that it is over, or is gone.
  static func keep(_ directory: TemporaryDirectory) {
    var word = [UInt8](repeating: 0, count: 16)
    guard read(STDIN_FILENO, &word, word.count) <= 0 else { return }
    stopWorkers(in: directory)
    for name in agentNames {
      _ = try? WorkerLock.waitUntilFree(home(name, in: directory), profile: name)
    }
    strike(directory)
  }

  static func stopEngine(of home: Home) {
    guard let socket = try? ControlSocket.connect(to: home),
      (try? socket.send(ControlRequest.stop.json)) != nil
    else { return }
    let deadline = SystemCall.monotonicMilliseconds() + 10_000
    // The engine closes its end when it is gone.
    while socket.waitReadable(until: deadline), (try? socket.receiveAvailable()) != nil {}
  }
}

extension Workspace {
  /// Opens a home whose key is under no passphrase.
  static func unlocked(_ home: Home) throws -> Workspace {
    try Workspace(home: home) {
      throw StudioError("engine_locked", "the key of \(home.configDirectory) is locked")
    }
  }

  /// Runs a verb as the command line would.
  func perform(_ name: String, _ arguments: Arguments) throws -> JSON {
    guard let verb = Verbs.named(name) else {
      throw StudioError("unknown_command", "there is no verb “\(name)”")
    }
    return try verb.run(self, arguments)
  }

  func perform(_ name: String, _ values: [String: String]) throws -> JSON {
    try perform(name, Arguments(values))
  }
}
