import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// A run in words: its state, its clocks, what it has cost and done. Everything is said in text; colour only
/// repeats it.
struct RunText {
  let clocks: RunClocks
  let moments: Moments
  /// When it was asked to stop, with no word from it since.
  var cancelledAt: Int64?

  init(clocks: RunClocks, moments: Moments, cancelledAt: Int64? = nil) {
    self.clocks = clocks
    self.moments = moments
    self.cancelledAt = cancelledAt
  }

  init(row: RunRecordRow, moments: Moments, saidAt: Int64? = nil) {
    self.init(clocks: RunClocks(row, saidAt: saidAt), moments: moments)
  }

  var row: RunRecordRow { clocks.row }
  private var record: RunRecord { row.record }
  private var now: Int64 { moments.now }

  var glyph: SafeText {
    switch clocks.state {
    case .queued: "·"
    case .starting, .running: "●"
    case .waiting: "?"
    case .cancelling: "!"
    case .done:
      switch record.outcome {
      case "completed": "✓"
      case "cancelled": "×"
      case "lost": "x"
      case "skipped": "‖"
      default: "!"
      }
    }
  }

  var style: StyleName {
    switch clocks.state {
    case .queued: .stateIdle
    case .starting, .running: .stateWorking
    case .waiting: .stateWaiting
    case .cancelling: .badgeTrouble
    case .done:
      switch record.outcome {
      case "completed": .stateReady
      case "cancelled": .stateGone
      case "skipped": .stateBlocked
      default: .badgeTrouble
      }
    }
  }

  /// `running`, `queued, 2 before it`, `failed: no_result`.
  var state: SafeText {
    switch clocks.state {
    case .queued:
      return record.queuePosition > 0 ? "queued, \(record.queuePosition) before it" : "queued"
    case .starting: return "starting"
    case .running: return "running"
    case .waiting: return "waits for an answer"
    case .cancelling: return "stopping"
    case .done:
      switch record.outcome {
      case "completed": return "done"
      case "cancelled": return "stopped"
      case "skipped": return code.isEmpty ? "passed over" : "passed over: \(code)"
      default: return code.isEmpty ? outcome : "\(outcome): \(code)"
      }
    }
  }

  private var outcome: SafeText {
    SafeText(untrusted: record.outcome.replacing("_", with: " "), limit: 40)
  }

  private var code: SafeText {
    SafeText(untrusted: (record.code ?? "").replacing("_", with: " "), limit: 40)
  }

  var title: SafeText { "\(glyph) \(state)" }

  // MARK: Clocks

  private var heardAt: Int64 { clocks.heardAt }
  private var progressAt: Int64? { clocks.progressAt }

  private func age(_ time: Int64) -> SafeText {
    SafeText(untrusted: Age(since: time, now: now).text)
  }

  /// Since its last word, and since something last came of it.
  var heard: SafeText { age(heardAt) }
  var progressed: SafeText { progressAt.map(age) ?? "-" }

  /// How long it has been going on, or went on: `2h10m`.
  var elapsed: SafeText {
    guard let started = clocks.startedAt else { return "" }
    let end = row.isLive ? now : heardAt
    return Self.duration(max(0, end - started))
  }

  static func duration(_ seconds: Int64) -> SafeText {
    switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3_600: "\(seconds / 60)m"
    default:
      seconds % 3_600 < 60 ? "\(seconds / 3_600)h" : "\(seconds / 3_600)h\(seconds % 3_600 / 60)m"
    }
  }

  /// Whether its next sign of life is overdue.
  var isLate: Bool { clocks.isLate(now: now) }

  /// When one of its ages reads differently.
  var nextChange: Int64? {
    guard row.isLive else { return nil }
    let times = [heardAt, progressAt, clocks.startedAt, cancelledAt]
    return times.compactMap { $0.map { now + Age(since: $0, now: now).untilNext } }.min()
  }

  // MARK: Parts

  /// `$0.42 of $5.00`, the tokens where it tells no dollars, or nothing.
  var cost: SafeText {
    guard let spent = record.costUSD else {
      let tokens = (record.tokensIn ?? 0) + (record.tokensOut ?? 0)
      return tokens == 0 ? "" : "\(Self.short(tokens)) tokens"
    }
    let budget: SafeText = record.budgetUSD.map { " of \(Self.dollars($0))" } ?? ""
    return "\(Self.dollars(spent))\(budget)"
  }

  static func dollars(_ amount: Double) -> SafeText { SafeText(untrusted: Dollars.text(amount)) }

  private static func short(_ count: Int64) -> SafeText {
    count < 1_000 ? "\(count)" : count < 1_000_000 ? "\(count / 1_000)k" : "\(count / 1_000_000)M"
  }

  private static func count(_ number: Int64?, _ word: SafeText) -> SafeText {
    guard let number, number > 0 else { return "" }
    return number == 1 ? "1 \(word)" : "\(number) \(word)s"
  }

  /// What matters most first; none is empty.
  var parts: [SafeText] {
    var parts: [SafeText] = []
    if row.isLive {
      if !elapsed.isEmpty { parts.append("for \(elapsed)") }
      if let cancelledAt {
        parts.append(
          now - cancelledAt < Problem.patience
            ? "asked to stop \(age(cancelledAt)) ago"
            : "asked to stop \(age(cancelledAt)) ago, not confirmed: its worker is late")
      }
      parts.append("heard \(age(heardAt)) ago\(isLate ? ", late" : "")")
      if let progressAt { parts.append("progress \(age(progressAt)) ago") }
    } else {
      if record.run != nil, !elapsed.isEmpty { parts.append("after \(elapsed)") }
      parts.append("\(age(heardAt)) ago")
    }
    parts.append(cost)
    if let budget = record.budgetUSD, let spent = record.costUSD, spent > budget {
      parts.append("over budget")
    }
    parts += [Self.count(record.files, "file"), Self.count(record.tools, "tool")]
    if record.attempt > 1 { parts.append("attempt \(record.attempt)") }
    if record.cycle > 1 { parts.append("time \(record.cycle)") }
    let adapter = SafeText(untrusted: record.model ?? record.adapter ?? "", limit: 40)
    let host = SafeText(untrusted: record.host ?? "", limit: 40)
    parts.append(
      adapter.isEmpty ? host : host.isEmpty ? adapter : "\(adapter) on \(host)")
    if let branch = record.branch { parts.append(SafeText(untrusted: branch, limit: 100)) }
    return parts.filter { !$0.isEmpty }
  }

  /// Why it ended as it did, where it says so.
  var reason: SafeText {
    guard record.state == .done, record.outcome != "completed" else { return "" }
    return SafeText(untrusted: record.reason, limit: 300)
  }
}

/// What a run has to do, as its last progress lists it.
struct Checklist {
  struct Point {
    let text: SafeText
    let isDone: Bool
  }

  let points: [Point]

  /// - Parameter entries: of a card, the oldest first.
  init(_ entries: [EntryRow], by author: PublicKey?) {
    let last = entries.last {
      $0.author == author && $0.intent == "progress" && $0.verdict != .refused
    }
    let todo = last?.fabric.flatMap { try? JSON(parsing: $0) }?["todo"]?.array ?? []
    points = todo.prefix(100).map {
      Point(
        text: SafeText(untrusted: $0["text"]?.string ?? "", limit: 120),
        isDone: $0["done"]?.bool ?? false)
    }.filter { !$0.text.isEmpty }
  }

  /// The points one after the other, in at most `rows` lines; where they do not all fit, from the last that is
  /// done on.
  func lines(width: Int, rows: Int) -> [[Span]] {
    guard !points.isEmpty, rows > 0, width > 12 else { return [] }
    let done = points.count(where: \.isDone)
    let head = Span(" \(done)/\(points.count) ", .strong)
    let next = points.firstIndex { !$0.isDone }
    for start in [0, max(0, (next ?? 0) - 1)] {
      var lines: [[Span]] = [[head]]
      var used = head.text.width
      var isWhole = true
      for (index, point) in points.enumerated().dropFirst(start) {
        let sign: SafeText = point.isDone ? "✓" : index == next ? "▸" : "·"
        let text: SafeText = " \(sign) \(point.text.truncated(to: max(8, width / 2 - 4))) "
        if used + text.width > width {
          guard lines.count < rows else {
            lines[lines.count - 1].append(Span("…", .dim))
            isWhole = false
            break
          }
          lines.append([Span(SafeText("").padded(to: head.text.width))])
          used = head.text.width
        }
        used += text.width
        lines[lines.count - 1].append(
          Span(text, point.isDone ? .dim : index == next ? .strong : .text))
      }
      if isWhole || start > 0 || next == nil || (next ?? 0) < 2 { return lines }
    }
    return []
  }
}
