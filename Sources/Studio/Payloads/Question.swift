package import Nostr

/// A question (kind 30534) to the room.
package struct Question: Sendable, Hashable, PayloadContent {
  static let number = 30534

  /// Markdown, 1 to 4,000 UTF-16 units.
  package var body: String
  /// The track it concerns.
  package var track: String?
  /// Free labels; `blocking` marks one that work waits for.
  package var tags: [String]
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object: `addr` and `card` name the card it is about.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new question.
  package init(
    body: String, track: String? = nil, tags: [String] = [], createdBy: String,
    fabric: Fabric? = nil, extra: JSONObject = [:]
  ) {
    self.body = body
    self.track = track
    self.tags = tags
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  /// The extension object of a question about a card (agents 2.13).
  package static func fabric(
    card: EventID, address: Address, blocking: Bool = false, connection: String? = nil
  ) -> Fabric {
    Fabric(
      type: "question", connection: connection,
      fields: [
        "addr": .string(address.text), "card": .string(card.hex), "kind": "text",
        "blocking": .bool(blocking),
      ])
  }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    createdBy = try fields.header(types: ["Question"]).by
    body = try fields.requiredText("body")
    track = try fields.optionalText("track")
    tags = try fields.texts("tags") ?? []
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  var object: JSONObject {
    var fields = FieldWriter(type: "Question", createdBy: createdBy)
    fields.set("body", body)
    fields.set("track", track)
    fields.setUnlessEmpty("tags", tags)
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try Check.text(body, "body", 1...Limits.body)
    if let track { try Check.slug(track, "track") }
    try Check.words(tags, "tags")
    try fabric?.validate()
  }
}
