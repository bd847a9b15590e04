import Replica
import Studio

extension TeamMember {
  /// From when the age beside the state counts.
  package var shownSince: Int64? {
    presence.isStalled ? row.evidence.progressAt ?? row.evidence.workSince : presence.since
  }

  /// Why it is said to be so, in sentences of their own, with the words of others in them.
  ///
  /// - Parameter clock: writes a moment.
  package func explanation(now: Int64, clock: (Int64) -> String) -> [String] {
    func age(_ time: Int64) -> String { Age(since: time, now: now).text }
    var lines: [String] = []
    let evidence = row.evidence
    if let last = evidence.lifeAt {
      let promise = evidence.promise.map { ", promised every \(Age(since: 0, now: $0).text)" } ?? ""
      lines.append("last event \(age(last)) ago\(promise)")
    } else {
      lines.append("nothing was ever heard")
    }
    if evidence.isAgent {
      lines[0] += "; \(evidence.progressAt.map { "progress \(age($0)) ago" } ?? "no progress yet")"
    }
    if let skew = row.clockSkew {
      let size = Age(since: 0, now: abs(skew)).text
      lines.append("its clock is \(size) \(skew > 0 ? "ahead" : "behind")")
    }
    let since = shownSince.map(age) ?? ""
    return lines + [reason(since, clock)].compactMap(\.self)
  }

  private func reason(_ age: String, _ clock: (Int64) -> String) -> String? {
    if presence.isStalled { return "it speaks, but nothing has come of it for \(age)" }
    switch presence.state {
    case .waiting:
      let question = row.question.map { "“\(String($0.body.prefix(400)))”" } ?? ""
      return "waits \(age) for an answer: \(question)"
    case .silent: return "it has work in hand and has not said a word for \(age)"
    case .gone:
      return row.evidence.word == .stopped
        ? "it said that it stops" : "it has work in hand and was not heard for \(age)"
    case .unknown:
      let since = shownSince.map(clock) ?? "-"
      return "our own connection is down since \(since): silence says nothing now"
    case .blocked: return "its card is blocked"
    case .paused: return "it said that it waits"
    case .idle: return row.card == nil ? "nothing is in its hands" : nil
    case .working, .quiet, .done: return nil
    }
  }
}
