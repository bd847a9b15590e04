package import Nostr

/// What a connection says of itself: the block `hb` of a heartbeat or of a status post (agents 2.5).
package struct Heartbeat: Sendable, Hashable {
  package enum State: String, Sendable, CaseIterable {
    case working, waiting, idle
    /// It goes away and says so: from here on silence means nothing.
    case stopping
  }

  /// Seconds between signs of life, unless something else was promised.
  package static let standardInterval: Int64 = 300
  /// The shortest promise that counts.
  package static let shortestInterval: Int64 = 120
  package static let longestInterval: Int64 = 86_400
  /// UTF-16 units of a note.
  package static let noteLimit = 200

  package var state: State
  /// Since when it is in that state, by its own clock.
  package var since: Int64
  /// Seconds within which the next sign of life is promised; `nil` for no promise.
  package var interval: Int64?
  /// Its last real output, by its own clock.
  package var progressAt: Int64?
  /// The card that it is about.
  package var card: Address?
  package var note: String

  package init(
    state: State, since: Int64, interval: Int64? = standardInterval, progressAt: Int64? = nil,
    card: Address? = nil, note: String = ""
  ) {
    self.state = state
    self.since = since
    self.interval = interval.flatMap(Self.promise)
    self.progressAt = progressAt
    self.card = card
    self.note = note
  }

  /// Reads a block; `nil` without a state that we know. Of the rest, what is damaged is absent.
  package init?(_ json: JSON?) {
    guard let json, let state = json["state"]?.string.flatMap({ State(rawValue: $0) }) else {
      return nil
    }
    self.init(
      state: state, since: WireTime.seconds(json["since"]) ?? 0,
      interval: json["interval"]?.integer, progressAt: WireTime.seconds(json["progress_at"]),
      card: json["card"]?.string.flatMap { Address($0) }, note: json["note"]?.string ?? "")
    if json["interval"] == nil { interval = Self.standardInterval }
    if note.utf16.count > Self.noteLimit { note = String(note.prefix(Self.noteLimit / 2)) }
  }

  /// The block as it is written.
  package var json: JSON {
    var object: JSONObject = [
      "state": .string(state.rawValue), "since": .integer(since),
      "interval": .integer(interval ?? 0),
    ]
    if let progressAt { object["progress_at"] = .integer(progressAt) }
    if let card { object["card"] = .string(card.text) }
    if !note.isEmpty { object["note"] = .string(note) }
    return .object(object)
  }

  /// The seconds of a promise as they count; `nil` for none.
  package static func promise(_ seconds: Int64) -> Int64? {
    seconds <= 0 ? nil : min(max(seconds, shortestInterval), longestInterval)
  }
}

/// Times as strangers write them.
enum WireTime {
  /// Unix seconds; what is too large for them is read as milliseconds. `nil` for no time at all.
  static func seconds(_ json: JSON?) -> Int64? {
    guard let value = json?.integer, value > 0, value <= Limits.integer else { return nil }
    return value > 100_000_000_000 ? value / 1_000 : value
  }
}

/// How far a piece of work is: `31/40`, or `3/?`.
package struct WorkStep: Sendable, Hashable {
  package let done: Int
  package let total: Int?

  /// `nil` for numbers that mean nothing.
  package init?(done: Int64?, total: Int64?) {
    guard let done, (0...999_999).contains(done) else { return nil }
    let isTotal = total.map { $0 >= max(done, 1) && $0 <= 999_999 } ?? false
    if done == 0, !isTotal { return nil }
    self.done = Int(done)
    self.total = isTotal ? total.map { Int($0) } : nil
  }

  /// `31/40`.
  package var text: String { "\(done)/\(total.map { String($0) } ?? "?")" }
}

extension Fabric {
  /// `todo`: how many points of a checklist are done, of how many.
  package var todo: WorkStep? {
    guard let points = self["todo"]?.array?.prefix(1_000), !points.isEmpty else { return nil }
    let done = points.count { $0["done"]?.bool ?? false }
    return WorkStep(done: Int64(done), total: Int64(points.count))
  }

  /// `last`: what a run was doing, in a line.
  package var lastWords: String? { self["last"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}
