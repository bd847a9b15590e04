import FourA
import Glibc
import Home
import Nostr
import Replica
import Workspace

/// Where a demo plays: a throw-away directory with the home of the person in front and one for each agent, and
/// the agents' processes.
final class DemoStage {
  static let agentNames = ["atlas", "borealis", "cygnus"]
  static let personName = "you"

  private let directory: TemporaryDirectory
  private var children: [ChildProcess] = []
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
      for name in Self.agentNames {
        _ = try Setup.initialise(
          Self.home(name, in: directory), name: name, relays: relays, secret: nil, passphrase: nil)
      }
      person = try Workspace.unlocked(home)
      try person.engine.connect()
    } catch {
      Self.strike(directory)
      throw error
    }
  }

  static func home(_ name: String, in directory: TemporaryDirectory) -> Home {
    Home(directory: "\(directory.path)/\(name)")
  }

  func home(_ name: String) -> Home { Self.home(name, in: directory) }

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
    for name in Self.agentNames { try start(name) }
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

  private func start(_ name: String) throws {
    let invite = try person.perform("room invite", [:])
    let home = home(name)
    let child = try ChildProcess.start(
      home.option + ["_demo-agent"], log: "\(home.stateDirectory)/agent.log")
    children.append(child)
    // By the pipe: an invite is a secret.
    let line: JSON = [
      "invite": invite.object?["url"] ?? .null, "stage": .string(directory.path),
    ]
    try SystemCall.write(line.bytes + [UInt8(ascii: "\n")], to: child.input)
  }

  /// Ends the agents, stops every engine and removes the directory.
  func strike() {
    for child in children { try? SystemCall.write(Array("end\n".utf8), to: child.input) }
    for child in children { child.end() }
    children = []
    Self.strike(directory)
  }

  /// What an agent does, too, when the demo's process died without a word.
  static func strike(_ directory: TemporaryDirectory) {
    for name in [personName] + agentNames { stopEngine(of: home(name, in: directory)) }
    directory.remove()
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
