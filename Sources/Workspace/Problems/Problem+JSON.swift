import Nostr
import Replica
import Studio

extension Problem {
  /// What is wrong, by one word.
  var kind: String {
    switch cause {
    case .agent(let member):
      member.presence.isStalled
        ? "stalled" : member.isSilent ? member.presence.state.rawValue : "clock"
    case .run(let clocks, _, let cancelledAt):
      if clocks.row.isLive {
        cancelledAt == nil ? "late" : "not_stopped"
      } else {
        clocks.row.record.outcome
      }
    case .machine(let machine): machine.kind
    }
  }

  func json(_ names: [PublicKey: String], now: Int64) -> JSON {
    var object: JSONObject = ["id": .string(short), "kind": .string(kind)]
    func name(_ key: PublicKey) -> JSON { .string(names[key] ?? key.short) }
    func time(_ time: Int64?) -> JSON { time.map { .integer($0) } ?? .null }
    func set(
      _ who: JSON, card: EventID?, title: String?, heard: Int64?, progress: Int64?, _ words: String
    ) {
      object["name"] = who
      object["card"] = card.map { .string($0.hex) } ?? .null
      object["title"] = title.map { .string($0) } ?? .null
      object["heard_at"] = time(heard)
      object["progress_at"] = time(progress)
      object["words"] = .string(words)
    }
    switch cause {
    case .agent(let member):
      let row = member.row
      set(
        row.id.connection == nil ? name(row.id.pubkey) : .string(row.name ?? row.short),
        card: row.card?.eventID, title: row.card?.title, heard: row.evidence.lifeAt,
        progress: row.evidence.progressAt,
        // Never of an agent that is unknown since some time.
        member.explanation(now: now) { "\($0)" }.joined(separator: "; "))
      object["pubkey"] = .string(row.id.pubkey.hex)
    case .run(let clocks, let card, let cancelledAt):
      set(
        name(clocks.row.author), card: card.eventID, title: card.title, heard: clocks.heardAt,
        progress: clocks.progressAt, clocks.words(cancelledAt: cancelledAt, now: now))
      object["pubkey"] = .string(clocks.row.author.hex)
      object["run"] = clocks.row.record.run.map { .string($0) } ?? .null
      object["code"] = clocks.row.record.code.map { .string($0) } ?? .null
    case .machine(let machine):
      switch machine.subject {
      case .thing(let thing):
        set(
          .string(thing), card: nil, title: machine.place, heard: nil, progress: nil, machine.words)
      case .member(let key):
        set(name(key), card: nil, title: machine.place, heard: nil, progress: nil, machine.words)
        object["pubkey"] = .string(key.hex)
      }
    }
    object["snoozed_until"] =
      aside.map { aside in aside.until.map { .integer($0) } ?? "change" } ?? .null
    return .object(object)
  }
}

extension RunClocks {
  /// Why it is told of.
  fileprivate func words(cancelledAt: Int64?, now: Int64) -> String {
    func age(_ time: Int64) -> String { Age(since: time, now: now).text }
    guard row.isLive else {
      let reason = row.record.reason
      return reason.isEmpty ? row.record.code ?? row.record.outcome : reason
    }
    if let cancelledAt { return "asked to stop \(age(cancelledAt)) ago, and not confirmed" }
    let promise =
      row.record.interval.map { ", promised every \(Age(since: 0, now: $0).text)" } ?? ""
    return "last heard \(age(heardAt)) ago\(promise)"
  }
}
