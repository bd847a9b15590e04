import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// How somebody is, in the words and signs of the screen: the same wherever it is shown.
struct PresenceText {
  let member: TeamMember
  let names: Names
  let moments: Moments
  /// The run on the card that they are at.
  var run: RunRecordRow?
  /// What they have in hand.
  var load: RunLoad?

  private var presence: Presence { member.presence }
  private var row: PresenceRow { member.row }
  private var now: Int64 { moments.now }

  /// One cell, a different one for each thing that has to be told apart without colour.
  var glyph: SafeText {
    if presence.isStalled { return "!" }
    return switch presence.state {
    case .waiting: "?"
    case .working, .quiet: "●"
    case .silent: "○"
    case .gone: "x"
    case .blocked, .paused: "‖"
    case .idle: "z"
    case .done: "✓"
    case .unknown: "·"
    }
  }

  var word: SafeText {
    if presence.isStalled { return "no progress" }
    return switch presence.state {
    case .waiting: "waits"
    case .working: "working"
    case .quiet: "quiet"
    case .silent: "silent"
    case .gone: "gone"
    case .blocked: "blocked"
    case .paused: "paused"
    case .idle: "idle"
    case .done: "done"
    case .unknown: "unknown"
    }
  }

  var style: StyleName {
    if presence.isStalled { return .badgeTrouble }
    return switch presence.state {
    case .waiting: .stateWaiting
    case .working: .stateWorking
    case .quiet: .stateQuiet
    case .silent: .stateSilent
    case .gone: .stateGone
    case .blocked: .stateBlocked
    case .paused: .statePaused
    case .idle, .unknown: .stateIdle
    case .done: .stateReady
    }
  }

  var name: SafeText {
    if row.id.connection == nil { return names.brief(row.id.pubkey) }
    let name = SafeText(untrusted: row.name ?? "", limit: 200).truncated(to: 32)
    return name.isEmpty ? short : name
  }

  /// `#` and the beginning of the connection, or of the key.
  var short: SafeText { "#\(SafeText(untrusted: row.short, limit: 16))" }

  /// The beginning of the key beside a name; empty where it is the name.
  var besideName: SafeText { name == short ? "" : short }

  // MARK: Ages

  /// From when the age beside the state counts.
  private var since: Int64? { member.shownSince }

  /// `8s`; empty when nothing was ever heard.
  var age: SafeText { since.map(age) ?? "" }

  /// Since the last sign of life.
  var lifeAge: SafeText { row.evidence.lifeAt.map(age) ?? "-" }

  /// Since the last progress.
  var progressAge: SafeText {
    row.evidence.isAgent ? row.evidence.progressAt.map(age) ?? "-" : ""
  }

  private func age(since time: Int64) -> SafeText {
    SafeText(untrusted: Age(since: time, now: now).text)
  }

  /// When one of the ages reads differently.
  var nextChange: Int64? {
    let shown = presence.state == .unknown ? [] : [since, row.evidence.progressAt]
    return shown.compactMap { $0.map { now + Age(since: $0, now: now).untilNext } }.min()
  }

  /// `● 8s`, `● 3m quiet`, `○ 12m silent`, `? 4m`: what a card or a sidebar has room for.
  var brief: SafeText { "\(glyph) \(detail)" }

  /// The same without the sign.
  var detail: SafeText {
    switch presence.state {
    case .unknown: "unknown since \(since.map(moments.clock) ?? "-")"
    case .waiting: age
    case .working: presence.isStalled ? "\(word) \(age)" : age
    case .quiet: presence.isStalled ? "\(word) \(age)" : "\(age) quiet"
    case .silent: "\(age) silent"
    case .gone, .blocked, .paused, .idle, .done: age.isEmpty ? word : "\(word) \(age)"
    }
  }

  // MARK: Work

  var cardTitle: SafeText {
    row.card.map { SafeText(untrusted: $0.title, limit: 200) }
      ?? load.flatMap { $0.total > 0 ? Self.hands($0) : nil } ?? "-"
  }

  /// `1 running, 2 queued`.
  static func hands(_ load: RunLoad) -> SafeText {
    let parts: [SafeText] = [
      load.running > 0 ? "\(load.running) running" : "",
      load.waiting > 0 ? "\(load.waiting) waiting" : "",
      load.queued > 0 ? "\(load.queued) queued" : "",
    ]
    let said = parts.filter { !$0.isEmpty }
    guard let first = said.first else { return "nothing in hand" }
    return said.dropFirst().reduce(first) { "\($0), \($1)" }
  }

  /// `$0.42`; empty where none is told.
  var cost: SafeText { run?.record.costUSD.map(RunText.dollars) ?? "" }
  var step: SafeText { row.step.map { SafeText(untrusted: $0.text) } ?? "" }
  var host: SafeText { row.host.map { SafeText(untrusted: $0, limit: 64) } ?? "" }

  /// What they ask, or said last.
  var words: SafeText {
    if presence.state == .waiting, let question = row.question {
      return "“\(SafeText(untrusted: question.body, limit: 400))”"
    }
    let said = row.words.map { SafeText(untrusted: $0, limit: 400) } ?? ""
    return [.silent, .gone].contains(presence.state) && !said.isEmpty ? "last: \(said)" : said
  }

  /// Since when there has been work at the card: `2h10m`.
  var elapsed: SafeText {
    guard let since = row.evidence.workSince, since > 0, presence.state != .unknown else {
      return ""
    }
    let minutes = max(0, now - since) / 60
    return minutes < 60
      ? "\(minutes)m"
      : minutes < 1_440
        ? "\(minutes / 60)h\(minutes % 60)m" : SafeText(untrusted: Age(since: since, now: now).text)
  }

  /// Twelve cells: an hour in steps of five minutes.
  var spark: SafeText { Self.spark(row.activity) }

  /// The last of them.
  func spark(_ cells: Int) -> SafeText { Self.spark(Array(row.activity.suffix(cells))) }

  static func spark(_ counts: [Int]) -> SafeText {
    let bars: [SafeText] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"]
    let most = counts.max() ?? 0
    guard most > 0 else { return SafeText("").padded(to: counts.count).replacingBlanks() }
    // A little is little, even when it is all there was.
    let full = max(most, 6)
    return counts.reduce("") { text, count in
      "\(text)\(bars[count == 0 ? 0 : min(6, max(1, (count * 6 + full - 1) / full))])"
    }
  }

  // MARK: Explained

  /// Why it is said to be so, in sentences of their own.
  var explanation: [SafeText] {
    member.explanation(now: now) { moments.clock(of: $0).string }
      .map { SafeText(untrusted: $0, limit: 600) }
  }
}

extension SafeText {
  /// Dots where there is nothing.
  fileprivate func replacingBlanks() -> SafeText {
    SafeText(untrusted: String(repeating: "·", count: width))
  }
}
