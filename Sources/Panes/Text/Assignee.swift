import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What has to be read about those who can be given a card, once, when the menu opens.
struct AssigneeFacts {
  /// Registered connections, as their own signers name them.
  var agents: [PublicKey: [AgentRow]] = [:]
  /// Those that take cards by themselves: what they take, and what they have in hand.
  var loads: [PublicKey: AgentLoad] = [:]
  /// What this home's own worker does; `nil` where none ever worked.
  var worker: WorkerState?

  init() {}

  init(_ reader: Reader, in room: RoomID) throws {
    agents = Dictionary(grouping: try reader.agents(room).filter { !$0.isRetired }, by: \.pubkey)
    for load in try reader.agentLoads(room) { loads[load.pubkey] = load }
    worker = try reader.workerStates().first?.state
  }
}

/// Somebody who can be given a card: what they are, how they are, and what they have in hand. What they are is
/// said by what they have signed, never by what they are called.
struct Assignee {
  enum Kind: Int {
    /// Has signed records of runs, or speaks as agents do.
    case agent
    /// Says so of themselves, or is who looks.
    case person
    /// Has signed nothing that tells.
    case member
  }

  /// How much use it is to give them a card, the best first.
  enum Use: Int {
    case free, busy, doubtful, person, member, absent, gone
  }

  let key: PublicKey
  let kind: Kind
  let use: Use
  let load: AgentLoad
  private let scene: Scene
  private let member: TeamMember?
  private let workerMode: WorkerState.Mode?
  /// What goes against it.
  private let problem: SafeText

  /// - Parameter kinds: of the cards that are to be given away.
  static func all(_ scene: Scene, _ facts: AssigneeFacts, kinds: [String]) -> [Assignee] {
    scene.members.map { Assignee($0.pubkey, scene, facts, kinds) }.sorted { a, b in
      if a.use != b.use { return a.use.rawValue < b.use.rawValue }
      if a.load.work.total != b.load.work.total { return a.load.work.total < b.load.work.total }
      let (x, y) = (a.heardAt, b.heardAt)
      return x != y ? x > y : a.key.hex < b.key.hex
    }
  }

  private init(_ key: PublicKey, _ scene: Scene, _ facts: AssigneeFacts, _ kinds: [String]) {
    self.key = key
    self.scene = scene
    let known = facts.loads[key]
    let load = known ?? AgentLoad(pubkey: key)
    self.load = load
    let rows = scene.team.members.filter { $0.id.pubkey == key }
    let isHuman = facts.agents[key]?.contains { sameBytes($0.role, "human") } ?? false
    // What speaks through connections of a person's key is theirs; it does not make them one.
    let speaks = rows.contains { $0.row.evidence.isAgent && $0.id.connection == nil }
    workerMode = key == scene.me ? facts.worker?.mode : nil
    let kind: Kind
    if known != nil || workerMode != nil || (speaks && !isHuman && key != scene.me) {
      kind = .agent
    } else {
      kind = isHuman || key == scene.me ? .person : .member
    }
    self.kind = kind
    // The neediest of what they are at stands first.
    let member = rows.first { ($0.id.connection == nil) || kind != .agent } ?? rows.first
    self.member = member
    let refused = kind == .agent ? kinds.first { !load.takes($0) } : nil
    let last = Self.lastProblem(load.work, scene)
    problem =
      refused.map { "takes no “\(SafeText(untrusted: $0, limit: 40))” cards" } ?? last
    if kind == .agent, refused != nil || load.isPaused || load.parallel == 0 {
      use = .absent
    } else {
      use = Self.use(kind, member, load, workerMode, isDoubtful: !last.isEmpty)
    }
  }

  private static func use(
    _ kind: Kind, _ member: TeamMember?, _ load: AgentLoad, _ mode: WorkerState.Mode?,
    isDoubtful: Bool
  ) -> Use {
    switch kind {
    case .person: return .person
    case .member: return .member
    case .agent: break
    }
    if let mode, mode != .active { return .absent }
    switch member?.presence.state {
    case .gone: return .gone
    case .silent, .paused, .blocked: return .absent
    default: break
    }
    if member?.presence.isStalled == true || isDoubtful { return .doubtful }
    // Where it does not say how much it takes, whoever waits for an answer has enough.
    let isWaiting = load.parallel == nil && member?.presence.state == .waiting
    return load.hasSlot && !isWaiting ? .free : .busy
  }

  private var heardAt: Int64 { member?.row.evidence.lifeAt ?? 0 }

  /// What went wrong last, while it matters.
  private static func lastProblem(_ load: RunLoad, _ scene: Scene) -> SafeText {
    guard let last = load.last, scene.moments.now - last.signedAt < 86_400 else { return "" }
    let code = SafeText(untrusted: last.record.code ?? "", limit: 40)
    let age = scene.moments.age(of: last.signedAt)
    switch last.record.outcome {
    case "skipped": return code == "needs_consent" ? "asks its owner first" : "passes over: \(code)"
    case "failed", "timed_out", "lost", "budget_exhausted":
      let outcome = SafeText(untrusted: last.record.outcome.replacing("_", with: " "), limit: 40)
      return "last \(outcome)\(code.isEmpty ? "" : " (\(code))") \(age)"
    default: return ""
    }
  }

  // MARK: Words

  private var text: PresenceText? { member.map(scene.text) }

  private var kindWord: SafeText {
    switch kind {
    case .agent: "agent"
    case .person: "person"
    case .member: "member"
    }
  }

  /// `agent`, `agent of mira`: whose machine it runs on, as it says itself.
  private var what: SafeText {
    guard kind == .agent, let owner = load.owner, owner != key else { return kindWord }
    return "\(kindWord) of \(scene.names.brief(owner))"
  }

  /// `idle 8s`, `working 3s`, `silent 12m`, `paused`.
  private var state: SafeText {
    if let workerMode, workerMode != .active {
      return SafeText(untrusted: workerMode.rawValue)
    }
    if load.isPaused { return "paused" }
    guard let text, kind == .agent else { return "" }
    return text.age.isEmpty ? text.word : "\(text.word) \(text.age)"
  }

  /// `2 of 3, 1 queued`; where it does not say how much it takes, `2 running, 1 queued`.
  private var hands: SafeText {
    guard kind == .agent else { return "" }
    guard let parallel = load.parallel else { return PresenceText.hands(load.work) }
    var words: SafeText = "\(load.work.running) of \(parallel)"
    if load.work.waiting > 0 { words = "\(words), \(load.work.waiting) waiting" }
    if load.work.queued > 0 { words = "\(words), \(load.work.queued) queued" }
    return words
  }

  /// How wide the columns are.
  struct Widths {
    let name: Int
    let what: Int

    init(_ all: [Assignee]) {
      name = min(16, all.map(\.name.width).max() ?? 0)
      what = min(16, all.map(\.what.width).max() ?? 0)
    }
  }

  private var name: SafeText { scene.names.brief(key) }

  /// `● atlas  agent of mira  working 8s  1 of 2`.
  func title(_ widths: Widths) -> SafeText {
    let sign = kind == .agent ? load.isPaused ? "‖" : text?.glyph ?? "·" : " "
    let name = name.padded(to: widths.name)
    guard kind == .agent else { return "\(sign) \(name)  \(what)" }
    return
      "\(sign) \(name)  \(what.padded(to: widths.what))  \(state.padded(to: 12)) \(hands)"
  }

  func detail(isNow: Bool) -> SafeText {
    let short = scene.names.short(key)
    let words = !problem.isEmpty ? problem : short == scene.names.brief(key) ? "" : short
    return isNow ? words.isEmpty ? "now" : "now · \(words)" : words
  }
}
