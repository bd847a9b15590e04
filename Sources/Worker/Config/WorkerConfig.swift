package import ConfigLines
package import Home
package import Nostr

/// What `worker.conf` says of this home's agent: what runs, how much at once, where, and how far it may go.
///
/// ```
/// profile      builder
/// adapter      claude
/// set          perm acceptEdits
/// repo         backend /home/me/src/backend
/// max_parallel 2
/// budget_usd   5
/// wall         60m
/// ```
package struct WorkerConfig: Sendable, Equatable {
  /// Where a run of an alias works.
  package struct Repository: Sendable, Equatable {
    /// A branch and a working tree for each run, or the directory itself, for one run at a time.
    package enum Mode: String, Sendable, CaseIterable { case worktree, direct }

    package let alias: String
    package let path: String
    package let mode: Mode
  }

  /// A directory that is seen from inside the sandbox.
  package struct Bind: Sendable, Equatable {
    package let path: String
    package let isWritable: Bool
  }

  package static let keys = [
    "profile", "adapter", "command", "max_parallel", "per_author", "queued_per_author",
    "runs_per_day", "room_burst", "repo", "sandbox", "net", "bind", "budget_usd", "budget_day_usd",
    "tokens", "max_turns", "max_age", "first_output", "idle", "wall", "total", "wait", "model",
    "set", "env_pass", "env", "heartbeat", "owner",
    "retry", "keep", "quota", "room", "kinds",
    "rerun_on_edit", "attachments", "attachment_mb", "attachments_mb",
  ]

  package var profile = "agent"
  /// Whose machine it is: who decides about approvals, and may stop what runs.
  package var owner: PublicKey?
  package var adapter: String?
  /// The program of an adapter that leaves it open.
  package var command: [String] = []
  package var maxParallel: Int64 = 2
  package var perAuthor: Int64 = 1
  package var queuedPerAuthor: Int64 = 5
  package var runsPerDay: Int64 = 50
  /// Runs of a room at once after a quiet time; one more comes every six minutes.
  package var roomBurst: Int64 = 10
  /// Of rooms, by slug or address: everybody's cards without asking, nobody's, or as is decided for each author.
  package var rooms: [String: Candidate.RoomSwitch] = [:]
  /// Kinds of cards that it takes; empty for every kind.
  package var kinds: [String] = []
  /// Whether an edited card is worked on anew.
  package var rerunsOnEdit = false
  package var repositories: [Repository] = []
  /// To go without is for the owner to say.
  package var sandbox = Sandbox.Level.bwrap
  /// Whether the program reaches the network.
  package var hasNetwork = true
  package var binds: [Bind] = []
  /// From where a card's attachments are fetched: from nowhere unless the owner names it.
  package var attachments = AttachmentRules()
  /// US dollars; nought is no limit.
  package var budget: Double = 0
  package var budgetPerDay: Double = 0
  package var tokens: Int64 = 0
  package var maxTurns: Int64 = 0
  /// Seconds; a card that is older is left alone.
  package var maxAge: Double = 604_800
  /// Seconds; `nil` for what the adapter says, or else the usual.
  package var firstOutput: Double?
  package var idle: Double?
  package var wall: Double?
  package var total: Double?
  /// Seconds that a question waits for its answer before the program is told to stop and be resumed.
  package var wait: Double = 50
  package var model: String?
  /// Values of placeholders of the adapter.
  package var values: [String: String] = [:]
  package var passes: [String] = []
  package var environment: [String: String] = [:]
  /// Seconds that what is left of a run is kept, and bytes beyond which its owner is told.
  package var keep: Double = 604_800
  package var quota: Int64 = 10 << 30
  /// Seconds before each further attempt at what did not fail by its own judgement.
  package var retries: [Double] = [60, 300]
  /// Seconds within which a run gives the next sign of life; `nil` for what its events last for.
  package var heartbeat: Int64?

  package init() {}

  package static func file(of home: Home) -> String { "\(home.configDirectory)/worker.conf" }

  /// Reads the file of a home; without one everything is as usual, and there is no adapter.
  package static func load(_ home: Home) -> (config: WorkerConfig, problems: [ConfigProblem]) {
    guard let source = ConfigSource.read(file(of: home)) else { return (WorkerConfig(), []) }
    return parse(source)
  }

  /// What is wrong in `worker.conf` and in the adapter that it names.
  package static func check(_ home: Home) -> [ConfigProblem] {
    let (config, problems) = load(home)
    guard let adapter = config.adapter else { return problems }
    let store = AdapterStore(places: ConfigPlaces(user: home.configDirectory))
    return problems + store.load(adapter).problems
  }

  /// Every problem costs its line.
  package static func parse(_ source: ConfigSource) -> (
    config: WorkerConfig, problems: [ConfigProblem]
  ) {
    var config = WorkerConfig()
    if let problem = source.problem { return (config, [problem]) }
    var (lines, problems) = ConfigLexer.lines(of: source.text, file: source.file)
    for line in lines {
      do throws(ConfigProblem) { try config.read(line) } catch { problems.append(error) }
    }
    return (config, problems.sorted(by: ConfigProblem.precedes))
  }

  package func repository(_ alias: String) -> Repository? {
    repositories.first { $0.alias == alias }
  }

  private mutating func read(_ line: ConfigLine) throws(ConfigProblem) {
    let key = line.words[0].text
    switch key {
    case "profile": profile = try Self.name(line, "profile NAME")
    case "owner":
      let word = try line.value("owner NPUB")
      guard let key = PublicKey(npub: word.text) ?? PublicKey(hex: word.text) else {
        throw line.problem("expected a key, npub1… or 64 hex digits", at: word)
      }
      owner = key
    case "adapter": adapter = try Self.name(line, "adapter NAME")
    case "command":
      guard line.words.count > 1 else { throw line.problem("expected: command PROGRAM …") }
      command = line.words.dropFirst().map(\.text)
    case "max_parallel": maxParallel = try line.count(1...64)
    case "per_author": perAuthor = try line.count(1...64)
    case "queued_per_author": queuedPerAuthor = try line.count(0...1_000)
    case "runs_per_day": runsPerDay = try line.count(0...100_000)
    case "room_burst": roomBurst = try line.count(1...1_000)
    case "repo": try readRepository(line)
    case "sandbox":
      sandbox = try line.choice(
        "sandbox none|bwrap", Sandbox.Level.init, Sandbox.Level.allCases.map(\.rawValue),
        stronger: ["user", "container"])
    case "room":
      guard line.words.count == 3,
        let word = Candidate.RoomSwitch(rawValue: line.words[2].text)
      else { throw line.problem("expected: room SLUG on|off|default", at: line.words[0]) }
      rooms[line.words[1].text] = word
    case "kinds":
      guard line.words.count > 1 else { throw line.problem("expected: kinds KIND …") }
      kinds += line.words.dropFirst().map(\.text)
    case "rerun_on_edit":
      let words = ["yes": true, "no": false]
      rerunsOnEdit = try line.choice("rerun_on_edit yes|no", { words[$0] }, words.keys.sorted())
    case "net":
      let words = ["on": true, "off": false]
      hasNetwork = try line.choice(
        "net on|off", { words[$0] }, words.keys.sorted(), stronger: ["proxy"])
    case "bind": try readBind(line)
    case "attachments": try readSource(line)
    case "attachment_mb":
      attachments.each = try line.count(0...AttachmentRules.mostBytes >> 20) << 20
    case "attachments_mb": attachments.total = try line.count(0...4_096) << 20
    case "budget_usd": budget = try line.amount()
    case "budget_day_usd": budgetPerDay = try line.amount()
    case "tokens": tokens = try line.count(0...1_000_000_000_000)
    case "max_turns": maxTurns = try line.count(0...100_000)
    case "max_age": maxAge = try line.seconds()
    case "first_output": firstOutput = try line.seconds()
    case "idle": idle = try line.seconds()
    case "wall": wall = try line.seconds()
    case "total": total = try line.seconds()
    case "wait": wait = try line.seconds()
    case "keep": keep = try line.seconds()
    case "quota": quota = try line.bytes()
    case "retry":
      let times = line.words.dropFirst()
      guard (1...5).contains(times.count) else {
        throw line.problem("expected: retry TIME …, or retry none", at: line.words[0])
      }
      retries =
        try times.map(\.text) == ["none"]
        ? [] : times.map { word throws(ConfigProblem) in try line.seconds(word) }
    case "model": model = try line.value("model NAME").text
    case "set":
      guard line.words.count == 3 else { throw line.problem("expected: set NAME VALUE") }
      let known = ["perm", "sandbox"]
      guard known.contains(line.words[1].text) else {
        throw line.problem(
          "expected one of \(known.joined(separator: ", "))", at: line.words[1],
          suggestion: nearest(line.words[1].text, among: known))
      }
      values[line.words[1].text] = line.words[2].text
    case "env_pass": passes += try line.variables("env_pass NAME …")
    case "env":
      let (name, value) = try line.variable()
      environment[name] = value
    case "heartbeat":
      let seconds = try line.seconds()
      guard (120...86_400).contains(seconds) else {
        throw line.problem("expected a time from 2m to 1d", at: line.words[1])
      }
      heartbeat = Int64(seconds)
    default:
      throw line.problem(
        "there is no setting “\(key)”", at: line.words[0],
        suggestion: nearest(key, among: Self.keys))
    }
  }

  private mutating func readRepository(_ line: ConfigLine) throws(ConfigProblem) {
    guard (3...4).contains(line.words.count) else {
      throw line.problem("expected: repo ALIAS PATH [worktree|direct]", at: line.words[0])
    }
    let alias = line.words[1]
    guard ConfigPlaces.isName(alias.text) else {
      throw line.problem("“\(alias.text)” is no name for a repository", at: alias)
    }
    guard repository(alias.text) == nil else {
      throw line.problem("there is a repository “\(alias.text)” above", at: alias)
    }
    let path = try Self.path(line, line.words[2])
    var mode = Repository.Mode.worktree
    if line.words.count == 4 {
      guard let given = Repository.Mode(rawValue: line.words[3].text) else {
        throw line.problem("expected worktree or direct", at: line.words[3])
      }
      mode = given
    }
    repositories.append(Repository(alias: alias.text, path: path, mode: mode))
  }

  private mutating func readBind(_ line: ConfigLine) throws(ConfigProblem) {
    guard line.words.count == 3, ["ro", "rw"].contains(line.words[1].text) else {
      throw line.problem("expected: bind ro|rw PATH", at: line.words[0])
    }
    binds.append(
      Bind(path: try Self.path(line, line.words[2]), isWritable: line.words[1].text == "rw"))
  }

  private mutating func readSource(_ line: ConfigLine) throws(ConfigProblem) {
    let word = try line.value("attachments https://HOST/PATH")
    guard let source = WebAddress(word.text), !source.path.contains("?") else {
      throw line.problem(
        "expected an address from https://, or http:// of this machine itself", at: word)
    }
    attachments.sources.append(source)
  }

  private static func name(_ line: ConfigLine, _ usage: String) throws(ConfigProblem) -> String {
    let word = try line.value(usage)
    guard ConfigPlaces.isName(word.text) else {
      throw line.problem("expected letters, digits, dots and dashes", at: word)
    }
    return word.text
  }

  /// An absolute path; `~` is the person's own directory.
  private static func path(_ line: ConfigLine, _ word: ConfigWord) throws(ConfigProblem) -> String {
    if word.text.hasPrefix("/") { return word.text }
    if word.text.hasPrefix("~/"), let home = SystemCall.environment("HOME") {
      return home + word.text.dropFirst()
    }
    throw line.problem("expected a path from / or ~/", at: word)
  }
}
