import FourA
import Glibc
import Home
import Nostr
import Panes
import Replica
import Studio
import Worker
import Workspace

extension Command {
  /// The worker of this home's agent, and its owner's word to it.
  static let worker: [Command] = [
    Command(
      "worker run", "take up the cards that are assigned to this identity, and have them run"
    ) { invocation, _ in
      let workspace = try invocation.workspace()
      let setup = try WorkerSetup(workspace.home)
      let face = try WorkerFace(
        workspace, setup.settings(),
        SupervisorDriver(workspace.home, setup.config, try setup.requireAdapter()),
        cleaner: RunCleaner(workspace.home, setup.config))
      try setup.keepCheck(workspace)
      let asJSON = invocation.json
      face.tell = { told in
        if asJSON { Output.json(told) } else { Output.line(Rendering().streamLine(told)) }
      }
      try face.run()
      return 0
    },
    Command("worker status", "whether it works, on what, and what it passes over") {
      invocation, _ in
      let workspace = try invocation.workspace()
      let setup = try WorkerSetup(workspace.home)
      try tell(try status(workspace, setup), workspace, invocation)
      return 0
    },
    Command(
      "worker runs", "what it has taken up, the newest first",
      [.option("limit", "N", "50 unless given")]
    ) { invocation, arguments in
      let workspace = try invocation.workspace()
      let setup = try WorkerSetup(workspace.home)
      let limit = try arguments.number("limit", in: 1...10_000) ?? 50
      let runs = try workspace.reader.runs(setup.config.profile, limit: limit)
      let told: JSON = ["runs": .array(try runs.map { try json($0, workspace) })]
      if invocation.json { Output.json(told) } else { Output.text(WorkerText.runs(told)) }
      return 0
    },
    tidy,
    mode("pause", "begin nothing more; what runs goes on", .paused),
    mode("resume", "begin again", .active),
    mode("drain", "begin nothing more, and end when nothing runs any more", .draining),
    stop,
    consent,
  ]

  // MARK: State

  private static func mode(
    _ word: String, _ summary: String, _ mode: WorkerState.Mode
  ) -> Command {
    Command("worker \(word)", summary) { invocation, _ in
      let workspace = try invocation.workspace()
      let setup = try WorkerSetup(workspace.home)
      try set(mode, workspace, setup)
      try tell(try status(workspace, setup), workspace, invocation)
      return 0
    }
  }

  private static func set(
    _ mode: WorkerState.Mode, _ workspace: Workspace, _ setup: WorkerSetup
  ) throws {
    let now = SystemCall.now()
    var state = try workspace.reader.workerState(setup.config.profile) ?? WorkerState(since: now)
    state.mode = mode
    state.reason = mode == .active ? "" : "owner"
    state.changedAt = now
    try workspace.desk.setWorkerState(setup.config.profile, state)
    try WorkerBell.ring(workspace.home)
  }

  private static let stop = Command(
    "worker stop", "stop everything that runs, and the worker; it stays paused"
  ) { invocation, _ in
    let workspace = try invocation.workspace()
    let setup = try WorkerSetup(workspace.home)
    try set(.stopping, workspace, setup)
    if let lock = try WorkerLock(workspace.home, profile: setup.config.profile) {
      // Nobody else is there to do it.
      lock.release()
      if let adapter = setup.adapter {
        try WorkerFace(
          workspace, setup.settings(),
          SupervisorDriver(workspace.home, setup.config, adapter)
        ).run()
      }
    } else if try !WorkerLock.waitUntilFree(workspace.home, profile: setup.config.profile) {
      throw StudioError(
        "timeout", "not everything has ended within a minute",
        hint: "studio worker status tells what is left")
    }
    try tell(try status(workspace, setup), workspace, invocation)
    return 0
  }

  private static func tell(
    _ status: JSON, _ workspace: Workspace, _ invocation: Invocation
  ) throws {
    if invocation.json {
      Output.json(status)
    } else {
      Output.text(WorkerText.status(status, names: try workspace.memberNames()))
    }
  }

  private static func status(_ workspace: Workspace, _ setup: WorkerSetup) throws -> JSON {
    let profile = setup.config.profile
    let state = try workspace.reader.workerState(profile)
    let skips = try workspace.reader.skips(profile)
    return [
      "profile": .string(profile), "running": .bool(try isRunning(workspace.home, profile)),
      "mode": .string((state?.mode ?? .active).rawValue),
      "reason": state.map { $0.reason.isEmpty ? .null : .string($0.reason) } ?? .null,
      "adapter": setup.config.adapter.map { .string($0) } ?? .null,
      "runs": .array(try workspace.reader.liveRuns(profile).map { try json($0, workspace) }),
      "skipped": .array(try skips.map { try json($0, setup.config.attachments, workspace) }),
    ]
  }

  private static func isRunning(_ home: Home, _ profile: String) throws -> Bool {
    try WorkerLock(home, profile: profile) == nil
  }

  private static func json(_ run: WorkerRun, _ workspace: Workspace) throws -> JSON {
    run.json(title: try workspace.reader.card(run.card)?.title)
  }

  private static func json(
    _ skip: WorkerSkip, _ rules: AttachmentRules, _ workspace: Workspace
  ) throws -> JSON {
    let card = try workspace.reader.card(skip.card)
    return [
      "card": .string(skip.cardAddress.text), "title": card.map { .string($0.title) } ?? .null,
      "created_by": card.map { .string($0.author.hex) } ?? .null,
      "reason": .string(skip.reason),
      "words": SkipReason(rawValue: skip.reason).map { .string($0.words(rules, card)) } ?? .null,
      "at": .integer(skip.at),
    ]
  }

  // MARK: Consent

  private static let consent = Command(
    "worker consent", "whose cards this identity's agent works on; nobody's unless you say so",
    [
      .place(
        "decision", "DECISION", "shows what was decided, and what waits, unless given",
        required: false, choices: ["once", "always", "never", "ask"]),
      .place("what", "CARD|WHO", "a card for once, else a member", required: false),
      .option("kind", "KIND", "of always: cards of this kind alone", repeated: true),
      .option("per-day", "N", "of always: so many in 24 hours"),
      .option("budget", "USD", "of always: cards that ask for no more"),
      .option("days", "N", "of always: for so many days"), .option("room", "SLUG", "the room"),
    ]
  ) { invocation, arguments in
    let workspace = try invocation.workspace()
    let setup = try WorkerSetup(workspace.home)
    if let decision = arguments.text("decision") {
      try decide(decision, arguments, workspace, setup)
      try WorkerBell.ring(workspace.home)
    }
    let told = try consents(workspace, setup)
    if invocation.json {
      Output.json(told)
    } else {
      Output.text(WorkerText.consent(told, names: try workspace.memberNames()))
    }
    return 0
  }

  private static func decide(
    _ word: String, _ arguments: Arguments, _ workspace: Workspace, _ setup: WorkerSetup
  ) throws {
    let what = try arguments.required("what")
    let profile = setup.config.profile
    let room = try arguments.text("room").map { try workspace.room($0) }
    guard let decision = WorkerConsent.Decision(rawValue: word), decision != .once else {
      guard word == "once" else {
        let room = try room ?? workspace.room()
        let author = try workspace.member(what, in: room, field: "what")
        return try workspace.desk.forgetConsent(profile, room: room.id, author: author)
      }
      let object = try workspace.object(what, kinds: [30530], in: room, field: "what")
      guard let card = try workspace.reader.card(object.id) else {
        throw StudioError(
          "reference_not_found", "there is no card “\(what.prefix(80))”", field: "what",
          value: what)
      }
      var consent = WorkerConsent(
        profile: profile, room: card.room, author: card.author, decision: .once,
        at: SystemCall.now())
      consent.contentHash = card.contentHash
      return try workspace.desk.decide(consent)
    }
    let home = try room ?? workspace.room()
    var consent = WorkerConsent(
      profile: profile, room: home.id,
      author: try workspace.member(what, in: home, field: "what"), decision: decision,
      at: SystemCall.now())
    if decision == .always { consent.limits = try limits(arguments).json.text }
    try workspace.desk.decide(consent)
  }

  private static func limits(_ arguments: Arguments) throws -> Consent.Limits {
    var limits = Consent.Limits()
    limits.kinds = Set(arguments.texts("kind"))
    limits.perDay = try arguments.number("per-day", in: 0...10_000)
    limits.expiresAt = try arguments.number("days", in: 1...3_650).map {
      SystemCall.now() + Int64($0) * 86_400
    }
    if let text = arguments.text("budget") {
      guard let budget = Double(text), (0...1_000_000).contains(budget) else {
        throw StudioError(
          "invalid_argument", "budget takes an amount in US dollars", field: "budget", value: text)
      }
      limits.budgetUSD = budget
    }
    return limits
  }

  private static func consents(_ workspace: Workspace, _ setup: WorkerSetup) throws -> JSON {
    let profile = setup.config.profile
    let rows = try workspace.reader.consents(profile)
    let waiting = try workspace.reader.consentNeeds(
      InboxOwner(workspace.me), now: SystemCall.now()
    ).filter { sameBytes($0.profile, profile) }
    return [
      "consents": .array(
        try rows.map { row in
          [
            "room": (try workspace.reader.room(row.room)).map { .string($0.audience.slug) }
              ?? .null,
            "author": .string(row.author.hex), "decision": .string(row.decision.rawValue),
            "limits": (try? JSON(parsing: row.limits)) ?? .null,
            "used_by": row.usedBy.map { .string($0) } ?? .null, "at": .integer(row.at),
          ]
        }),
      "waiting": .array(
        try waiting.map { need in
          [
            "card": .string(need.card.address), "title": .string(need.card.title),
            "body": .string(need.card.body), "author": .string(need.card.author.hex),
            "at": .integer(need.at),
            "prompt": .string(try workspace.prompt(of: need, workspace.reader)),
          ]
        }),
    ]
  }
}
