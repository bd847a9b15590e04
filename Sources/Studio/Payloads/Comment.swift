package import Nostr

/// A comment (kind 30533): a word on a card, question or answer, or a change of a card's state.
package struct Comment: Sendable, Hashable, PayloadContent {
  static let number = 30533

  /// What it is on.
  package var target: TargetReference
  /// Markdown, 1 to 4,000 UTF-16 units.
  package var body: String
  /// What it means to a program: `status_change`, `progress`, `result` and so on; `nil` for plain
  /// talk.
  package var intent: String?
  /// Attachments, links and the like.
  package var blocks: [Block]
  /// The state that a status change asks for.
  package var toStatus: CardStatus?
  /// The state that its author saw before.
  package var fromStatus: CardStatus?
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new comment.
  package init(
    target: TargetReference, body: String, intent: String? = nil, blocks: [Block] = [],
    toStatus: CardStatus? = nil, fromStatus: CardStatus? = nil, createdBy: String,
    fabric: Fabric? = nil, extra: JSONObject = [:]
  ) {
    self.target = target
    self.body = body
    self.intent = intent
    self.blocks = blocks
    self.toStatus = toStatus
    self.fromStatus = fromStatus
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  /// The intent of a change of state.
  package static let statusChangeIntent = "status_change"

  /// A change of the card `card`, in its newest version, from one state to another. `address` is
  /// the card's, and finds it when the version is not known.
  package static func statusChange(
    card: EventID, address: Address?, from: CardStatus, to: CardStatus, createdBy: String,
    reason: String? = nil, hold: Bool = false, run: String? = nil, connection: String? = nil
  ) -> Comment {
    var fields: JSONObject = [:]
    if let address { fields["addr"] = .string(address.text) }
    if let reason { fields["reason"] = .string(reason) }
    if hold { fields["hold"] = true }
    if let run { fields["run"] = .string(run) }
    return Comment(
      target: TargetReference(card), body: "status: \(from) \u{2192} \(to)",
      intent: statusChangeIntent, toStatus: to, fromStatus: from, createdBy: createdBy,
      fabric: Fabric(type: statusChangeIntent, connection: connection, fields: fields))
  }

  /// The state that it asks for, when it is a change of state that anybody could apply: whether its
  /// signer may is another question.
  package var requestedStatus: CardStatus? {
    guard let intent, sameBytes(intent, Self.statusChangeIntent), let toStatus,
      toStatus.isLifecycle
    else { return nil }
    return toStatus
  }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    createdBy = try fields.header(types: ["Comment"]).by
    target = try TargetReference(reading: &fields)
    body = try fields.requiredText("body")
    intent = try fields.optionalText("intent")
    blocks = try fields.blocks() ?? []
    toStatus = try Self.status("to_status", &fields)
    fromStatus = try Self.status("from_status", &fields)
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  /// Nobody validates these: what is not a short text is as good as absent.
  private static func status(
    _ key: String, _ fields: inout FieldReader
  ) throws(PayloadError) -> CardStatus? {
    guard let text = fields.take(key)?.string, (1...Limits.word).contains(text.utf16.count) else {
      return nil
    }
    return try CardStatus(reading: .string(text))
  }

  var object: JSONObject {
    var fields = FieldWriter(type: "Comment", createdBy: createdBy)
    fields.set("target", target.json)
    fields.set("body", body)
    fields.set("intent", intent)
    if !blocks.isEmpty { fields.set(blocks: blocks) }
    fields.set("to_status", toStatus?.rawValue)
    fields.set("from_status", fromStatus?.rawValue)
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try target.validate()
    try Check.text(body, "body", 1...Limits.body)
    if let intent { try Check.text(intent, "intent", 1...Limits.word) }
    if let toStatus { try Check.text(toStatus.rawValue, "to_status", 1...Limits.word) }
    if let fromStatus { try Check.text(fromStatus.rawValue, "from_status", 1...Limits.word) }
    try fabric?.validate()
  }
}
