package import Nostr

/// A dispatch record (kind 30532): what was decided about an event, and why.
package struct DispatchIntent: Sendable, Hashable, PayloadContent {
  static let number = 30532

  /// What the decision is about: an event id, `studio-auto-run:<id>`, or any other text.
  package var eventID: String
  /// What could have been chosen; not empty.
  package var candidates: [String]
  /// What was: one of `candidates`.
  package var chosen: String
  /// 1 to 2,000 UTF-16 units.
  package var reason: String
  /// At most 32 texts, numbers and booleans by name.
  package var signals: JSONObject
  /// The track it concerns.
  package var track: String?
  /// When, in Unix milliseconds; positive.
  package var createdAtMilliseconds: Int64
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new record.
  package init(
    eventID: String, candidates: [String], chosen: String, reason: String,
    signals: JSONObject = [:], track: String? = nil, createdAtMilliseconds: Int64,
    createdBy: String, fabric: Fabric? = nil, extra: JSONObject = [:]
  ) {
    self.eventID = eventID
    self.candidates = candidates
    self.chosen = chosen
    self.reason = reason
    self.signals = signals
    self.track = track
    self.createdAtMilliseconds = createdAtMilliseconds
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    createdBy = try fields.header(types: ["DispatchIntent"]).by
    eventID = try fields.requiredText("eventId")
    guard let candidates = try fields.texts("candidates") else {
      throw .missing("candidates", "a list of texts")
    }
    self.candidates = candidates
    chosen = try fields.requiredText("chosen")
    reason = try fields.requiredText("reason")
    let signals = fields.take("signals")
    if let signals, signals != .null {
      guard let object = signals.object else {
        throw .invalid("signals", "an object", signals.text)
      }
      self.signals = object
    } else {
      self.signals = [:]
    }
    track = try fields.optionalText("track")
    guard let stated = fields.take("createdAt") else {
      throw .missing("createdAt", "a time in milliseconds")
    }
    guard let time = stated.wholeNumber else {
      throw .invalid("createdAt", "a time in milliseconds", stated.text)
    }
    createdAtMilliseconds = time
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  var object: JSONObject {
    var fields = FieldWriter(type: "DispatchIntent", createdBy: createdBy)
    fields.set("eventId", eventID)
    fields.set("candidates", candidates)
    fields.set("chosen", chosen)
    fields.set("reason", reason)
    if !signals.isEmpty { fields.set("signals", .object(signals)) }
    fields.set("track", track)
    fields.set("createdAt", .integer(createdAtMilliseconds))
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try Check.text(eventID, "eventId", 1...Target.maximumBytes)
    guard !candidates.isEmpty else { throw .missing("candidates", "one text at least") }
    try Check.words(candidates, "candidates")
    guard candidates.contains(where: { sameBytes($0, chosen) }) else {
      throw .invalid("chosen", "one of the candidates", chosen)
    }
    try Check.text(reason, "reason", 1...Limits.description)
    guard signals.count <= Limits.signals else {
      throw .invalid("signals", "at most \(Limits.signals) entries", String(signals.count))
    }
    for (key, value) in signals {
      switch value {
      case .string, .integer, .number, .bool: continue
      default: throw .invalid("signals.\(key.prefix(40))", "a text, number or boolean", value.text)
      }
    }
    if let track { try Check.slug(track, "track") }
    guard (1...Limits.integer).contains(createdAtMilliseconds) else {
      throw .invalid("createdAt", "a time from 1 to 2^53", String(createdAtMilliseconds))
    }
    try fabric?.validate()
  }
}
