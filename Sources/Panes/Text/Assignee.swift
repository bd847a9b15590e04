import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What has to be read about those who can be given a card, once, when the menu opens.
struct AssigneeFacts {
  /// Registered connections, as their own signers name them.
  var agents: [PublicKey: [AgentRow]] = [:]
  /// Keys that work by themselves, with their owners.
  var workers: [PublicKey: Set<PublicKey>] = [:]
  /// What this home's own worker does; `nil` where none ever worked.
  var worker: WorkerState?

  init() {}

  init(_ reader: Reader, in room: RoomID) throws {
    agents = Dictionary(grouping: try reader.agents(room).filter { !$0.isRetired }, by: \.pubkey)
    workers = try reader.workers(room)
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
  let load: RunLoad
  private let scene: Scene
  private let member: TeamMember?
  private let owners: Set<PublicKey>
  private let workerMode: WorkerState.Mode?

  static func all(_ scene: Scene, _ facts: AssigneeFacts) -> [Assignee] {
    scene.members.map { Assignee($0.pubkey, scene, facts) }.sorted { a, b in
      if a.use != b.use { return a.use.rawValue < b.use.rawValue }
      if a.load.total != b.load.total { return a.load.total < b.load.total }
      let (x, y) = (a.heardAt, b.heardAt)
      return x != y ? x > y : a.key.hex < b.key.hex
    }
  }

  private init(_ key: PublicKey, _ scene: Scene, _ facts: AssigneeFacts) {
    self.key = key
    self.scene = scene
    load = scene.runs.loads[key] ?? RunLoad()
    owners = facts.workers[key] ?? []
    let rows = scene.team.members.filter { $0.id.pubkey == key }
    let hasRuns = scene.runs.loads[key] != nil
    let isHuman = facts.agents[key]?.contains { sameBytes($0.role, "human") } ?? false
    let isWorker = facts.workers[key] != nil
    // What speaks through connections of a person's key is theirs; it does not make them one.
    let speaks = rows.contains { $0.row.evidence.isAgent && $0.id.connection == nil }
    workerMode = key == scene.me ? facts.worker?.mode : nil
    let kind: Kind
    if hasRuns || isWorker || workerMode != nil || (speaks && !isHuman && key != scene.me) {
      kind = .agent
    } else {
      kind = isHuman || key == scene.me ? .person : .member
    }
    self.kind = kind
    // The neediest of what they are at stands first.
    member = rows.first { ($0.id.connection == nil) || kind != .agent } ?? rows.first
    use = Self.use(kind, member, load, workerMode, problem: Self.problem(load, scene))
  }

  private static func use(
    _ kind: Kind, _ member: TeamMember?, _ load: RunLoad, _ mode: WorkerState.Mode?,
    problem: SafeText
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
    if member?.presence.isStalled == true || !problem.isEmpty { return .doubtful }
    return load.total == 0 && member?.presence.state != .waiting ? .free : .busy
  }

  private var heardAt: Int64 { member?.row.evidence.lifeAt ?? 0 }

  /// What went wrong last, while it matters.
  private static func problem(_ load: RunLoad, _ scene: Scene) -> SafeText {
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
    guard kind == .agent, let owner = owners.first(where: { $0 != key }) else { return kindWord }
    return "\(kindWord) of \(scene.names.brief(owner))"
  }

  /// `idle 8s`, `working 3s`, `silent 12m`.
  private var state: SafeText {
    if let workerMode, workerMode != .active {
      return SafeText(untrusted: workerMode.rawValue)
    }
    guard let text, kind == .agent else { return "" }
    return text.age.isEmpty ? text.word : "\(text.word) \(text.age)"
  }

  /// `1 running, 2 queued`.
  private var hands: SafeText {
    guard kind == .agent else { return "" }
    return PresenceText.hands(load)
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

  /// `● atlas  agent of mira  working 8s  1 running`.
  func title(_ widths: Widths) -> SafeText {
    let sign = kind == .agent ? text?.glyph ?? "·" : " "
    let name = name.padded(to: widths.name)
    guard kind == .agent else { return "\(sign) \(name)  \(what)" }
    return
      "\(sign) \(name)  \(what.padded(to: widths.what))  \(state.padded(to: 12)) \(hands)"
  }

  func detail(isNow: Bool) -> SafeText {
    let problem = kind == .agent ? Self.problem(load, scene) : ""
    let short = scene.names.short(key)
    let words = problem.isEmpty ? short == scene.names.brief(key) ? "" : short : problem
    return isNow ? words.isEmpty ? "now" : "now · \(words)" : words
  }
}
