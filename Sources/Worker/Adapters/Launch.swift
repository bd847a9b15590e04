import Glibc
package import Home
import Nostr

/// Makes the spec of a run from the owner's settings, an adapter, and what the card asks for.
package enum Launch {
  /// What is particular to one run.
  package struct Request: Sendable, Equatable {
    package var run: String
    package var card: String
    package var cycle: Int64 = 1
    package var attempt: Int64 = 1
    package var segment: Int64 = 1
    /// It goes on with what an earlier segment began, in this session if that is known.
    package var resumes = false
    package var session: String?
    /// Where the program begins.
    package var work: String
    /// What else is seen from inside the sandbox.
    package var binds: [WorkerConfig.Bind] = []
    /// What is never seen from there.
    package var masks: [String] = []
    /// US dollars that are left of the smallest budget; `nil` for what the settings say.
    package var budget: Double?

    package init(run: String, card: String, work: String) {
      self.run = run
      self.card = card
      self.work = work
    }
  }

  /// Variables of the worker that every program gets; none of them is a secret.
  static let usual = [
    "HOME", "PATH", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "SSL_CERT_FILE", "SSL_CERT_DIR",
  ]

  /// - Throws: `no_adapter` when a placeholder of the adapter has no value, or it cannot resume;
  ///   `sandbox_unavailable` when the level that is asked for is not to be had.
  package static func spec(
    _ request: Request, config: WorkerConfig, adapter: Adapter, directory: RunDirectory,
    studio: String, variables: [String: String] = Spawn.environment(passing: usual)
  ) throws(StudioError) -> RunSpec {
    if request.resumes, !adapter.isResumable {
      throw StudioError(
        "no_adapter", "the adapter “\(adapter.name)” cannot go on with a session", field: "adapter",
        value: adapter.name)
    }
    let session = request.resumes ? request.session : uuid()
    let budgets = [config.budget, request.budget ?? 0].filter { $0 > 0 }
    var values = config.values
    values["run"] = directory.path
    values["work"] = request.work
    values["session"] = session
    values["model"] = config.model
    if let budget = budgets.min() { values["budget"] = amount(budget) }
    if config.maxTurns > 0 { values["max_turns"] = String(config.maxTurns) }
    let words: [String]
    do {
      words = try adapter.words(request.resumes ? .resume : .start, values, command: config.command)
    } catch {
      throw StudioError(
        "no_adapter", "the adapter “\(adapter.name)” needs a value for “\(error.name)”",
        field: error.name,
        hint: hint(for: error.name))
    }
    var environment = variables
    environment.merge(["TERM": "dumb", "NO_COLOR": "1", "CI": "1"]) { $1 }
    environment.merge(adapter.environment) { $1 }
    environment.merge(config.environment) { $1 }
    environment["STUDIO_CARD"] = request.card
    environment["STUDIO_SEGMENT"] = String(request.segment)
    environment["STUDIO_WAIT"] = String(Int64(config.wait))
    let usual = RunLimits()
    var view = Sandbox.View(directory, work: request.work, studio: studio)
    view.binds = config.binds + request.binds
    view.masks = request.masks
    view.lastMessage = adapter.lastMessage
    view.path = environment["PATH"]
    let sandbox = Sandbox(config.sandbox, hasNetwork: config.hasNetwork)
    var spec = RunSpec(
      run: request.run, card: request.card, cycle: request.cycle, attempt: request.attempt,
      segment: request.segment, mode: request.resumes ? .resume : .start, adapter: adapter.name,
      parser: adapter.parser,
      argv: try sandbox.wrap(words, view),
      environment: environment, passes: passes(config, adapter), work: request.work,
      session: session,
      limits: RunLimits(
        firstOutput: config.firstOutput ?? adapter.firstOutput ?? usual.firstOutput,
        idle: config.idle ?? adapter.idle ?? usual.idle, wall: config.wall ?? usual.wall,
        total: config.total ?? usual.total, costUSD: budgets.min() ?? 0, tokens: config.tokens,
        turns: config.maxTurns),
      stop: adapter.stop, studio: studio)
    spec.sandbox = config.sandbox
    return spec
  }

  private static func hint(for name: String) -> String {
    switch name {
    case "command": "say `command PROGRAM …` in worker.conf"
    case "session": "its program has not told the name of its session"
    default: "say `set \(name) VALUE` in worker.conf"
    }
  }

  /// The names of the variables that are passed on; their values are what a ``Redactor`` looks for.
  package static func passes(_ config: WorkerConfig, _ adapter: Adapter) -> [String] {
    Set(adapter.passes + config.passes).sorted()
  }

  /// A random UUID, version 4.
  static func uuid() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
  }

  /// Cents and no exponent, for a word of a command.
  static func amount(_ dollars: Double) -> String {
    let cents = Int64((dollars * 100).rounded(.down))
    return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
  }
}
