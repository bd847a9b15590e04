import Home
import Nostr
import Replica
import Studio

extension Verbs {
  static let problems: [Verb] = [
    Verb(
      "problems", "what is wrong: agents and runs of the room, relays, and this machine",
      [.flag("all", "those too that you have put aside"), .room]
    ) { workspace, arguments in try workspace.problems(arguments) },
    Verb(
      "problems snooze", "put a problem out of sight",
      [
        .place("id", "ID", "as problems tells it, or its beginning"),
        .option("for", "TIME", "1h unless given; such as 30m or 2d, tomorrow, or change"), .room,
      ]
    ) { workspace, arguments in
      let problem = try workspace.problem(arguments)
      let text = arguments.text("for") ?? "1h"
      let snooze = sameBytes(text, "change") ? nil : try Snooze(parsing: text)
      let end = try workspace.putAside(problem, for: snooze, now: SystemCall.now())
      return ["id": .string(problem.short), "until": end.map { .integer($0) } ?? "change"]
    },
    Verb(
      "problems restore", "bring a problem back that you have put aside",
      [.place("id", "ID", "as problems --all tells it, or its beginning"), .room]
    ) { workspace, arguments in
      let problem = try workspace.problem(arguments)
      try workspace.bringBack(problem)
      return ["id": .string(problem.short), "until": .null]
    },
  ]
}

extension Workspace {
  /// How many files are looked at for what runs have left on the disk, by a command and by a screen.
  private static let filesOfCommand = 1_000_000
  package static let filesOfScreen = 20_000

  /// Puts a problem out of this person's sight.
  ///
  /// - Parameter snooze: `nil` for as long as it rests on what it rests on now.
  /// - Returns: when it comes back; `nil` when that has no time.
  @discardableResult
  package func putAside(
    _ problem: Problem, for snooze: Snooze?, now: Int64, isUTC: Bool = false
  ) throws -> Int64? {
    if snooze == .reply {
      throw StudioError(
        "invalid_argument", "a problem does not reply", field: "for", value: "reply",
        hint: "--for change keeps it out of sight until it is another")
    }
    let end = snooze?.end(now: now, isUTC: isUTC)
    try desk.putAside(problem: problem.key, mark: problem.mark, until: end, now: now)
    // Its silence does not come to the inbox either.
    if snooze == nil, case .agent(let member) = problem.cause, let room = problem.room {
      try desk.putAside(
        silenceOf: member.id.pubkey, member.id.connection,
        since: member.row.evidence.lifeAt ?? 0, in: room)
    }
    return end
  }

  package func bringBack(_ problem: Problem) throws {
    try desk.bringBack(problem: problem.key)
    if case .agent(let member) = problem.cause, let room = problem.room {
      try desk.bringBack(
        silenceOf: member.id.pubkey, member.id.connection,
        since: member.row.evidence.lifeAt ?? 0, in: room)
    }
  }

  // MARK: For commands

  func problems(_ arguments: Arguments) throws -> JSON {
    let finder = try problemFinder(arguments)
    let found = try finder.all(reader)
    let shown = arguments.flag("all") ? found : found.filter { $0.aside == nil }
    let names = try finder.room.map { try reader.names(in: $0.id) } ?? [:]
    return [
      "problems": .array(shown.map { $0.json(names, now: finder.now) }),
      "count": .integer(Int64(shown.count)),
      "snoozed": .integer(Int64(found.count { $0.aside != nil })),
      "disk": finder.disk?.json ?? .null,
    ]
  }

  /// The problem that ID means, put aside or not.
  func problem(_ arguments: Arguments) throws -> Problem {
    let id = try arguments.required("id")
    let found = try problemFinder(arguments).all(reader).filter {
      id.utf8.count >= 4 && $0.short.hasPrefix(id.lowercased())
    }
    guard let problem = found.first else {
      throw StudioError(
        "reference_not_found", "no problem is “\(id.prefix(80))”", field: "id", value: id,
        hint: "studio problems --all lists them with their ids")
    }
    guard found.count == 1 else { throw ambiguous(id, found.map(\.short), field: "id") }
    return problem
  }

  private func problemFinder(_ arguments: Arguments) throws -> ProblemFinder {
    let now = SystemCall.now()
    let room = try arguments.text("room").map { try self.room($0) } ?? (try? self.room())
    let status = try engineStatus()
    let states = status?["relays"]?.array?.compactMap { $0["state"]?.string } ?? []
    let isLive = ProblemFinder.isLive(status)
    var finder = ProblemFinder(now: now)
    (finder.room, finder.status) = (room, status)
    finder.isSending = !isLive && !states.contains { sameBytes($0, "syncing") }
    finder.disk = DiskUse(home, most: Self.filesOfCommand)
    return try reader.snapshot { reader in
      finder.failures = try reader.failureNeeds(inboxOwner, now: now)
      guard let room else { return finder }
      finder.runs = try reader.roomRuns(room.id)
      finder.team.update(
        try reader.presence(room.id, now: now),
        link: isLive ? .up : .down(since: now), me: me, now: now)
      return finder
    }
  }

  /// What the engine says of itself; the last that it said where nobody can wait for it.
  private func engineStatus() throws -> JSON? {
    guard canWait else { return engine.status }
    try engine.ask(.status)
    return try engine.wait(seconds: 10) { if case .status(let status) = $0 { status } else { nil } }
  }
}
