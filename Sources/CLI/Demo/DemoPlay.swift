import Glibc
import Home
import Nostr
import Replica
import Terminal
import Workspace

/// What the demo's own process does: begins, and without a terminal also answers what the agents ask and reports
/// once all cards are done and every home shows the same state.
struct DemoPlay {
  /// All of it, in milliseconds.
  static let limit: Int64 = 60_000

  private let stage: DemoStage
  private let signals: Int32
  private let began: Int64
  private let tell: (String) -> Void
  private var cards: [String] = []
  /// The address of the card that is taken back while it is worked on.
  private var extra: String?
  private var isCancelled = false
  private var told: Set<EventID> = []

  /// - Parameters:
  ///   - signals: a descriptor that can be read when a signal asks for the end.
  ///   - tell: called with a line for each thing that happens.
  init(_ stage: DemoStage, signals: Int32, began: Int64, tell: @escaping (String) -> Void) {
    self.stage = stage
    self.signals = signals
    self.began = began
    self.tell = tell
  }

  /// - Returns: the report, as `--json` prints it.
  /// - Throws: `timeout` after 60 seconds; ``Interrupted``.
  mutating func run() throws -> JSON {
    try begin(agents: DemoStage.agentNames.count)
    try giveOneMore()
    while try !isDone() {
      try answerQuestions()
      try cancel()
      try sleep([stage.person])
    }
    let (hash, events) = try agree()
    return try report(hash: hash, events: events)
  }

  /// Sets the stage and gives each of the first `count` agents a card.
  mutating func begin(agents count: Int) throws {
    tell("founding a room; three agents come with their invites")
    try stage.set { try wait($0) }
    for (card, agent) in zip(try stage.playableCards(), stage.agents.prefix(count)) {
      tell("\(agent.name ?? agent.pubkey.short) is given “\(card.title)”")
      _ = try stage.person.perform("card assign", ["id": card.address, "who": agent.pubkey.hex])
      cards.append(card.address)
    }
  }

  /// One card that is not to be finished.
  private mutating func giveOneMore() throws {
    guard let card = try stage.playableCards().dropFirst(cards.count).first,
      let agent = stage.agents.first
    else { return }
    _ = try stage.person.perform("card assign", ["id": card.address, "who": agent.pubkey.hex])
    extra = card.address
  }

  /// Takes it back once it is worked on.
  private mutating func cancel() throws {
    guard !isCancelled, let extra, try row(extra)?.status == "in_progress" else { return }
    isCancelled = true
    tell("\(DemoStage.personName): “\(try row(extra)?.title ?? "")” is cancelled")
    _ = try stage.person.perform("card cancel", ["id": extra, "text": "Not now."])
  }

  private func wait(_ isReady: () throws -> Bool) throws {
    while try !isReady() { try sleep([stage.person]) }
  }

  private func sleep(_ workspaces: [Workspace]) throws {
    switch try Sleep.on(workspaces.map(\.engine), or: signals, until: began + Self.limit) {
    case .news: return
    case .late:
      throw StudioError(
        "timeout", "the demo was not over within \(Self.limit / 1000) s",
        hint: "the machine may be too busy; try again")
    case .ending: try Interrupted.check(signals)
    }
  }

  private func row(_ address: String) throws -> CardRow? {
    guard
      case .one(let object) = try stage.person.reader.resolveObject(
        address, in: stage.room.id, kinds: [30530])
    else { return nil }
    return try stage.person.reader.card(object.id)
  }

  private mutating func isDone() throws -> Bool {
    let rows = try cards.compactMap { try row($0) }
    let back = try extra.flatMap { try row($0) }
    for row in rows + [back].compactMap(\.self) {
      for entry in try stage.person.reader.thread(of: row.id, limit: 1000)
      where told.insert(entry.eventID).inserted {
        let name = stage.agents.first { $0.pubkey == entry.author }?.name
        tell("\(name ?? DemoStage.personName): \(entry.body)")
      }
    }
    return rows.count == DemoStage.agentNames.count && rows.allSatisfy { $0.status == "done" }
      && back.map { $0.status == "open" && $0.isHeld } ?? false
  }

  private func answerQuestions() throws {
    for question in try stage.person.reader.questions(stage.room.id, openOnly: true) {
      _ = try stage.person.perform("answer", ["id": question.eventID.hex, "option": "1"])
    }
  }

  /// Waits until every home prints the same digest: what was done here may still be on its way to an agent.
  private func agree() throws -> (hash: String, events: Int) {
    let workspaces = stage.workspaces
    while true {
      let states = try workspaces.map { try $0.reader.stateHash() }
      let digests = Set(states.map(\.digest))
      if digests.count == 1, let digest = digests.first {
        return (digest.hex, states[0].events)
      }
      try sleep(workspaces)
    }
  }

  private func report(hash: String, events: Int) throws -> JSON {
    let milliseconds = SystemCall.monotonicMilliseconds() - began
    return [
      "cards": .array(
        try cards.compactMap { try row($0) }.map { card in
          let thread = try stage.person.reader.thread(of: card.id, limit: 1000)
          return [
            "d": .string(card.d), "title": .string(card.title),
            "assignee": card.assignees.first.map { .string($0.hex) } ?? .null,
            "status": .string(card.status),
            "comments": .integer(
              Int64(thread.count { $0.kind == .comment && !$0.isStatusChange })),
            "questions": .integer(Int64(thread.count { $0.kind == .question })),
          ]
        }),
      "cancelled": try extra.flatMap { try row($0) }.map {
        [
          "d": .string($0.d), "title": .string($0.title), "status": .string($0.status),
          "held": .bool($0.isHeld),
        ]
      } ?? .null,
      "agents": .array(
        stage.agents.map {
          ["name": $0.name.map { .string($0) } ?? .null, "pubkey": .string($0.pubkey.hex)]
        }),
      "state_hash": .string(hash), "equal": true, "events": .integer(Int64(events)),
      "seconds": .number(Double(milliseconds / 10) / 100),
    ]
  }
}

/// A signal asked for the end.
struct Interrupted: Error {
  let signal: Int32

  var exitStatus: Int32 { 128 + signal }

  /// Throws for the signals that end a program; suspends for the one of ^Z.
  static func check(_ signals: Int32) throws {
    for number in Signals.read(signals) {
      switch number {
      case SIGINT, SIGTERM, SIGHUP: throw Interrupted(signal: number)
      case SIGTSTP: kill(getpid(), SIGSTOP)
      default: continue
      }
    }
  }
}
