import FourA
import Glibc
import Home
import Nostr
import Panes
import Relay
import Replica
import Sync
import Workspace

extension Command {
  /// Commands that are about this process rather than about the workspace.
  static let processCommands: [Command] =
    [initialise, engine, relay, watch, verify, export] + configuration + keys + themes + worker
    + agent + [
      doctor, notify, demo, demoKeeper, bench, help, adapters, supervise,
    ] + completion

  private static let initialise = Command(
    "init", "make an identity and its configuration",
    [
      .option("name", "TEXT", "your name, as others will see it", required: true),
      .option("relay", "URL", "a relay; none means an embedded one", repeated: true),
      .flag("secret-stdin", "take the key, an nsec or hex, from standard input"),
      .option("passphrase-file", "FILE", "its first line is the passphrase"),
      .flag("no-passphrase", "keep the key in a file that only you can read"),
    ]
  ) { invocation, arguments in
    let home = try invocation.home()
    if home.isInitialised {
      throw StudioError(
        "home_exists", "this home already has an identity", field: "home",
        value: home.configDirectory,
        hint: "studio whoami shows it; another home needs another --home")
    }
    let secret = arguments.flag("secret-stdin") ? try Secrets.keyFromStandardInput() : nil
    let result = try Setup.initialise(
      home, name: try arguments.required("name"), relays: arguments.texts("relay"), secret: secret,
      passphrase: try passphrase(arguments))
    Output.result(result, of: "init", json: invocation.json)
    return 0
  }

  private static func passphrase(_ arguments: Arguments) throws -> String? {
    if arguments.flag("no-passphrase") { return nil }
    if let file = arguments.text("passphrase-file") { return try Secrets.passphrase(file: file) }
    return try Secrets.newPassphrase()
  }

  private static let engine = Command(
    "engine", "the sync engine of this home, which whoever needs it starts",
    [
      .place(
        "action", "ACTION", "status unless given", required: false,
        choices: ["run", "start", "stop", "status"]),
      .option("passphrase-file", "FILE", "unlocks the key"),
      .flag("detached", "started by another process, which waits for a sign"),
    ]
  ) { invocation, arguments in
    let home = try invocation.home()
    guard home.isInitialised else { throw Identity.notInitialised(home) }
    let passphrase = try arguments.text("passphrase-file").map { try Secrets.passphrase(file: $0) }
    switch arguments.text("action") ?? "status" {
    case "run":
      let detached = arguments.flag("detached")
      let ran = try Engine.run(
        home: home, ready: detached ? EngineProcess.readyDescriptor : nil, passphrase: passphrase)
      // A detached engine that lost the race has nothing to report: the other one serves.
      guard ran || detached else {
        throw StudioError(
          "engine_runs", "another engine serves this home already", hint: "studio engine status")
      }
    case "start":
      let line = try invocation.workspace(passphrase: passphrase).engine
      // What it told first may be from before it was unlocked.
      try line.ask(.status)
      let status = try line.wait(seconds: 10) { if case .status(let now) = $0 { now } else { nil } }
      Output.result(status.keeping(engineKeys), of: "engine", json: invocation.json)
    case "stop":
      if let socket = try ControlSocket.connect(to: home) {
        try socket.send(ControlRequest.stop.json)
        let deadline = SystemCall.monotonicMilliseconds() + 10_000
        // The engine closes its end when it is gone.
        while socket.waitReadable(until: deadline), (try? socket.receiveAvailable()) != nil {}
      }
      Output.result(try stopped(home), of: "engine", json: invocation.json)
    default:
      guard let socket = try ControlSocket.connect(to: home) else {
        Output.result(try stopped(home), of: "engine", json: invocation.json)
        return 0
      }
      try socket.send(ControlRequest.status.json)
      let deadline = SystemCall.monotonicMilliseconds() + 10_000
      while socket.waitReadable(until: deadline) {
        for case .status(let status) in try socket.receiveAvailable().compactMap(
          ControlNotice.init(json:))
        {
          Output.result(status.keeping(engineKeys), of: "engine", json: invocation.json)
          return 0
        }
      }
      throw StudioError("timeout", "the engine has not answered within 10 s")
    }
    return 0
  }

  /// The status of an engine that does not run: what its home holds.
  private static func stopped(_ home: Home) throws -> JSON {
    let counts = try Reader(path: home.replicaFile).counts()
    return [
      "state": "stopped", "pid": nil, "relays": [], "outbox": .integer(Int64(counts.pending)),
      "pending": .integer(Int64(counts.held)), "unlocked": false,
    ]
  }

  /// What the contract names of the engine's status, which says more to the doctor.
  private static let engineKeys = ["state", "pid", "relays", "outbox", "pending", "unlocked"]

  private static let relay = Command(
    "relay", "the embedded relay alone, in the foreground",
    [
      .option("listen", "HOST:PORT", "127.0.0.1:7447 unless given; port 0 takes a free one"),
      .option("db", "FILE", "where it keeps events"),
      .flag("auth", "serve only those who authenticate (NIP-42)"),
    ]
  ) { invocation, arguments in
    let listen = (arguments.text("listen") ?? "127.0.0.1:7447").split(separator: ":")
    guard listen.count == 2, let port = Int(listen[1]), (0...65_535).contains(port) else {
      throw StudioError(
        "invalid_argument", "listen takes HOST:PORT", field: "listen",
        value: arguments.text("listen"))
    }
    let home = try invocation.home()
    if arguments.text("db") == nil { try home.create() }
    ControlServer.blockSignals()
    let relay = try EmbeddedRelay(
      configuration: .init(
        host: String(listen[0]), port: port, requireAuth: arguments.flag("auth")),
      store: try RelayArchive(path: arguments.text("db") ?? home.relayFile, clock: SystemCall.now))
    if invocation.json { Output.json(["url": .string(relay.url)]) } else { Output.line(relay.url) }
    ControlServer.waitForStopSignal()
    relay.stop()
    return 0
  }

  private static let watch = Command(
    "watch", "every change as it is committed, a line each",
    [.option("since", "SEQ", "begin after this change; the newest unless given")]
  ) { invocation, arguments in
    let workspace = try invocation.workspace()
    var since = Int64(
      try arguments.number("since", in: 0...Int.max) ?? Int(try workspace.reader.lastChange()))
    try workspace.engine.connect()
    while true {
      let changes = try workspace.reader.changes(since: since, limit: 500)
      for change in changes {
        let json = change.json
        if invocation.json { Output.json(json) } else { Output.line(Rendering().streamLine(json)) }
        since = change.seq
      }
      if changes.isEmpty { _ = try workspace.engine.waitForNews(until: .max) }
    }
  }

  private static let verify = Command(
    "verify",
    "check every signature and fold again from nothing; or check a file of exported events",
    [.place("file", "FILE", "what studio export wrote", required: false)]
  ) { invocation, arguments in
    let result: JSON
    if let file = arguments.text("file") {
      result = try Export.verify(file)
    } else {
      let workspace = try invocation.workspace()
      try workspace.engine.ask(.verify)
      result = try workspace.engine.wait(seconds: 3600) {
        if case .verified(let outcome) = $0 {
          outcome.keeping(["ok", "checked", "state_hash", "faults"])
        } else {
          nil
        }
      }
    }
    Output.result(result, of: "verify", json: invocation.json)
    return result.object?["ok"]?.bool == true ? 0 : 1
  }

  private static let export = Command(
    "export", "the raw signed events, one a line",
    [
      .option("out", "FILE", "standard output unless given"),
      .option("room", "SLUG", "of one room"),
    ]
  ) { invocation, arguments in
    let workspace = try invocation.workspace()
    let room = try arguments.text("room").map { try workspace.room($0) }
    let count = try Export.write(workspace.reader, room: room?.id, to: arguments.text("out"))
    if let file = arguments.text("out") {
      Output.result(
        ["file": .string(file), "events": .integer(Int64(count))], of: "export",
        json: invocation.json)
    }
    return 0
  }
}

extension JSON {
  /// The object with these keys alone, in this order.
  fileprivate func keeping(_ keys: [String]) -> JSON {
    var kept = JSONObject()
    for key in keys { kept[key] = self[key] }
    return .object(kept)
  }
}

extension Invocation {
  /// Opens the home for a command that holds the passphrase already.
  func workspace(passphrase: String?) throws -> Workspace {
    guard let passphrase else { return try workspace() }
    return try Workspace(home: try home(), unlock: { passphrase })
  }
}
