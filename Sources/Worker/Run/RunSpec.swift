package import Home
package import Nostr

/// What the supervisor of a run is to do: `run.json`, written whole by the worker before it starts the supervisor.
///
/// A run that was parked goes on in the same directory under the next ``segment``; the supervisor does each
/// segment at most once, however often it is started. Secrets are not in it, only the names of their variables.
package struct RunSpec: Sendable, Equatable {
  package static let version: Int64 = 1

  /// A fresh start, or the continuation of a session of the same program.
  package enum Mode: String, Sendable { case start, resume }

  /// How a program is asked to end before it is told to.
  package enum PoliteStop: String, Sendable { case int, term }

  /// 32 hex digits; the name of the run's directory and the value of `STUDIO_RUN_ID`.
  package var run: String
  /// The address of the card, `30530:<author>:<d>`.
  package var card: String
  package var cycle: Int64
  package var attempt: Int64
  /// From 1; one more each time that the run goes on after it was parked.
  package var segment: Int64
  package var mode: Mode
  package var adapter: String
  package var parser: ParserKind
  /// The program and its words, as they are started: a sandbox is the front of them.
  package var argv: [String]
  package var sandbox = Sandbox.Level.none
  /// Every variable that the program gets and that is no secret.
  package var environment: [String: String]
  /// The names of variables whose values the supervisor passes on from its own environment.
  package var passes: [String]
  /// Where the program begins.
  package var work: String
  /// The session of the program, when it is known.
  package var session: String?
  /// What is fetched into `in/` before the program begins, and the socket of the engine that has its keys.
  package var attachments: [RunAttachment] = []
  package var engine: String?
  package var limits: RunLimits
  package var stop: PoliteStop
  package var ladder: KillLadder
  /// The path of this program, for `$STUDIO`.
  package var studio: String

  package init(
    run: String, card: String, cycle: Int64 = 1, attempt: Int64 = 1, segment: Int64 = 1,
    mode: Mode = .start, adapter: String, parser: ParserKind, argv: [String],
    environment: [String: String] = [:], passes: [String] = [], work: String,
    session: String? = nil, limits: RunLimits = RunLimits(), stop: PoliteStop = .int,
    ladder: KillLadder = KillLadder(), studio: String
  ) {
    self.run = run
    self.card = card
    self.cycle = cycle
    self.attempt = attempt
    self.segment = segment
    self.mode = mode
    self.adapter = adapter
    self.parser = parser
    self.argv = argv
    self.environment = environment
    self.passes = passes
    self.work = work
    self.session = session
    self.limits = limits
    self.stop = stop
    self.ladder = ladder
    self.studio = studio
  }

  /// Whether this can name a run: it is a file's name and goes into every variable list.
  package static func isRunID(_ text: String) -> Bool {
    text.utf8.count == 32
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  package var json: JSON {
    [
      "v": .integer(Self.version), "run": .string(run), "card": .string(card),
      "cycle": .integer(cycle), "attempt": .integer(attempt), "segment": .integer(segment),
      "mode": .string(mode.rawValue), "adapter": .string(adapter),
      "parser": .string(parser.rawValue), "argv": .array(argv.map { .string($0) }),
      "sandbox": .string(sandbox.rawValue),
      "env": .object(
        JSONObject(environment.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
      "passes": .array(passes.map { .string($0) }), "work": .string(work),
      "session": session.map { .string($0) } ?? .null, "limits": limits.json,
      "attachments": .array(attachments.map(\.json)),
      "engine": engine.map { .string($0) } ?? .null,
      "stop": .string(stop.rawValue), "ladder": ladder.json, "studio": .string(studio),
    ]
  }

  /// - Throws: `invalid_run`, naming the field.
  package init(json: JSON) throws(StudioError) {
    func wrong(_ field: String, _ expected: String) -> StudioError {
      StudioError("invalid_run", "run.json: expected \(expected)", field: field)
    }
    func text(_ field: String) throws(StudioError) -> String {
      guard let text = json[field]?.string, !text.isEmpty else { throw wrong(field, "a text") }
      return text
    }
    func count(_ field: String) throws(StudioError) -> Int64 {
      guard let count = json[field]?.integer, count >= 1 else {
        throw wrong(field, "a number from 1")
      }
      return count
    }
    func texts(_ field: String) throws(StudioError) -> [String] {
      guard let all = json[field]?.array, all.count <= 1_000 else { throw wrong(field, "texts") }
      let texts = all.compactMap(\.string)
      guard texts.count == all.count, texts.allSatisfy({ !$0.utf8.contains(0) }) else {
        throw wrong(field, "texts")
      }
      return texts
    }
    guard json["v"]?.integer == Self.version else { throw wrong("v", "version \(Self.version)") }
    run = try text("run")
    guard Self.isRunID(run) else { throw wrong("run", "32 hex digits") }
    card = try text("card")
    cycle = try count("cycle")
    attempt = try count("attempt")
    segment = try count("segment")
    guard let mode = Mode(rawValue: try text("mode")) else {
      throw wrong("mode", "start or resume")
    }
    self.mode = mode
    adapter = try text("adapter")
    guard let parser = ParserKind(rawValue: try text("parser")) else {
      throw wrong("parser", "a parser that there is")
    }
    self.parser = parser
    argv = try texts("argv")
    guard argv.first?.isEmpty == false else { throw wrong("argv", "a program") }
    sandbox = json["sandbox"]?.string.flatMap(Sandbox.Level.init) ?? .none
    environment = [:]
    for (name, value) in json["env"]?.object ?? JSONObject() {
      guard let value = value.string, !value.utf8.contains(0), Self.isVariable(name) else {
        throw wrong("env", "variables")
      }
      environment[name] = value
    }
    passes = try texts("passes")
    guard passes.allSatisfy(Self.isVariable) else { throw wrong("passes", "names of variables") }
    work = try text("work")
    session = json["session"]?.string
    let fetched = json["attachments"]?.array ?? []
    attachments = fetched.prefix(AttachmentRules.mostFiles).compactMap(RunAttachment.init(json:))
    guard attachments.count == fetched.count else { throw wrong("attachments", "attachments") }
    engine = json["engine"]?.string
    limits = RunLimits(json: json["limits"] ?? .null)
    guard let stop = PoliteStop(rawValue: try text("stop")) else {
      throw wrong("stop", "int or term")
    }
    self.stop = stop
    ladder = KillLadder(json: json["ladder"] ?? .null)
    studio = try text("studio")
  }

  /// Whether this can be the name of an environment variable.
  package static func isVariable(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.count <= 200
      && name.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || $0 == 0x5F
      }
  }
}

/// What a run may take before it is stopped. Nought is no limit. Seconds may have a fraction.
package struct RunLimits: Sendable, Equatable {
  /// Until the first byte of output or the first request.
  package var firstOutput: Double
  /// Without output and without a request.
  package var idle: Double
  /// Of work: what is spent waiting for an answer is not counted.
  package var wall: Double
  /// In all, waiting included.
  package var total: Double
  /// From the final result to the end of the program.
  package var afterFinal: Double
  package var costUSD: Double
  package var tokens: Int64
  package var turns: Int64
  /// Bytes kept of each of the two output files; what comes after is read, counted and dropped.
  package var outputBytes: Int64

  package init(
    firstOutput: Double = 90, idle: Double = 900, wall: Double = 3_600, total: Double = 604_800,
    afterFinal: Double = 10, costUSD: Double = 0, tokens: Int64 = 0, turns: Int64 = 0,
    outputBytes: Int64 = 64 << 20
  ) {
    self.firstOutput = firstOutput
    self.idle = idle
    self.wall = wall
    self.total = total
    self.afterFinal = afterFinal
    self.costUSD = costUSD
    self.tokens = tokens
    self.turns = turns
    self.outputBytes = outputBytes
  }

  package var json: JSON {
    [
      "first_output_s": .number(firstOutput), "idle_s": .number(idle), "wall_s": .number(wall),
      "total_s": .number(total), "after_final_s": .number(afterFinal), "cost_usd": .number(costUSD),
      "tokens": .integer(tokens), "turns": .integer(turns), "output_bytes": .integer(outputBytes),
    ]
  }

  /// What is missing or no number is as it is unless said otherwise.
  init(json: JSON) {
    self.init()
    func seconds(_ field: String, _ usual: Double) -> Double {
      json[field]?.number.flatMap { (0...31_536_000).contains($0) ? $0 : nil } ?? usual
    }
    func count(_ field: String, _ usual: Int64) -> Int64 {
      json[field]?.integer.flatMap { $0 >= 0 ? $0 : nil } ?? usual
    }
    firstOutput = seconds("first_output_s", firstOutput)
    idle = seconds("idle_s", idle)
    wall = seconds("wall_s", wall)
    total = seconds("total_s", total)
    afterFinal = seconds("after_final_s", afterFinal)
    costUSD = seconds("cost_usd", costUSD)
    tokens = count("tokens", tokens)
    turns = count("turns", turns)
    outputBytes = min(count("output_bytes", outputBytes), 1 << 30)
  }
}

/// How long each rung of a stop lasts, in seconds: SIGINT, then SIGTERM, then SIGKILL and a sweep.
package struct KillLadder: Sendable, Equatable {
  package var afterInt: Double
  package var afterTerm: Double

  package init(afterInt: Double = 5, afterTerm: Double = 10) {
    self.afterInt = afterInt
    self.afterTerm = afterTerm
  }

  package var json: JSON { ["int_s": .number(afterInt), "term_s": .number(afterTerm)] }

  init(json: JSON) {
    self.init()
    func seconds(_ field: String, _ usual: Double) -> Double {
      json[field]?.number.flatMap { (0...600).contains($0) ? $0 : nil } ?? usual
    }
    afterInt = seconds("int_s", afterInt)
    afterTerm = seconds("term_s", afterTerm)
  }
}
