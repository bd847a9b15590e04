package import Nostr

/// A card (kind 30530): a piece of work, a note, or, with a kind that begins with `_`, a record that
/// no list shows.
package struct Card: Sendable, Hashable, PayloadContent {
  static let number = 30530

  /// `note`, `task`, `review` and so on; free text.
  package var kind: String
  /// The track it lies on.
  package var track: String
  /// 1 to 200 UTF-16 units.
  package var title: String
  /// Markdown, 1 to 10,000 UTF-16 units.
  package var body: String
  /// Attachments, links and the like.
  package var blocks: [Block]
  /// Who is to do it. Only the first counts.
  package var assignees: [PublicKey]
  /// The state that this version claims; comments may have moved the card since.
  package var status: CardStatus
  /// What else it is about: event ids, `nostr:` names or addresses.
  package var relatedTo: [String]
  /// Free labels.
  package var tags: [String]
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new card.
  package init(
    kind: String, track: String, title: String, body: String, blocks: [Block] = [],
    assignees: [PublicKey] = [], status: CardStatus = .open, relatedTo: [String] = [],
    tags: [String] = [], createdBy: String, fabric: Fabric? = nil, extra: JSONObject = [:]
  ) {
    self.kind = kind
    self.track = track
    self.title = title
    self.body = body
    self.blocks = blocks
    self.assignees = assignees
    self.status = status
    self.relatedTo = relatedTo
    self.tags = tags
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  /// The member who is to do it.
  package var assignee: PublicKey? { assignees.first }

  init(reading fields: inout FieldReader, tags rumorTags: [Tag]) throws(PayloadError) {
    let header = try fields.header(types: ["Card", "StudioCard"])
    // The agent-fabric form says neither kind nor track: such a card is work, in the inbox.
    let isFabricForm = header.type == "StudioCard"
    createdBy = header.by
    kind = try fields.text("kind") ?? (isFabricForm ? "task" : "")
    track = try fields.text("track") ?? (isFabricForm ? "inbox" : "")
    title = try fields.requiredText("title")
    body = try Self.body(&fields)
    guard let blocks = try fields.blocks() ?? (isFabricForm ? [] : nil) else {
      throw .missing("blocks", "a list, which may be empty")
    }
    self.blocks = blocks
    assignees = Self.assignees(&fields, tags: rumorTags)
    status = try CardStatus(reading: fields.take("status"))
    relatedTo = try fields.texts("relatedTo") ?? []
    tags = try fields.texts("tags") ?? []
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  /// `body`, else the legacy `summary`, else the agent-fabric form's `prompt`.
  private static func body(_ fields: inout FieldReader) throws(PayloadError) -> String {
    let body = try fields.text("body")
    let summary = try fields.text("summary")
    let prompt = try fields.optionalText("prompt")
    if let body, let summary, !sameBytes(body, summary) {
      throw .invalid("summary", "the same text as body", summary)
    }
    guard let text = body ?? summary ?? prompt else { throw .missing("body", "a text") }
    return text
  }

  /// `assignees`, else the agent-fabric form's `assignee`, else the `fa:assignee` tag. A list that
  /// does not start with a key names nobody: readers look at the first place alone.
  private static func assignees(_ fields: inout FieldReader, tags: [Tag]) -> [PublicKey] {
    let list = fields.take("assignees")
    let single = fields.take("assignee")
    if let list, list != .null {
      return list.array?.map { $0.string.flatMap(key) }.prefix { $0 != nil }.compactMap { $0 } ?? []
    }
    if let single { return single.string.flatMap(key).map { [$0] } ?? [] }
    let tag = tags.first { sameBytes($0.name, "fa:assignee") }
    return tag.flatMap { key($0.value) }.map { [$0] } ?? []
  }

  private static func key(_ text: String) -> PublicKey? { PublicKey(hex: text.lowercased()) }

  var object: JSONObject { object(withPrompt: true) }

  /// A card that is somebody's to do also carries the names that the agent-fabric form has for its
  /// body and assignee.
  func object(withPrompt: Bool) -> JSONObject {
    var fields = FieldWriter(type: "Card", createdBy: createdBy)
    fields.set("kind", kind)
    fields.set("track", track)
    fields.set("title", title)
    fields.set("body", body)
    if withPrompt, assignee != nil { fields.set("prompt", body) }
    fields.set(blocks: blocks)
    fields.set("assignees", assignees.map(\.hex))
    fields.set("assignee", assignee?.hex)
    fields.set("status", status.rawValue)
    fields.setUnlessEmpty("relatedTo", relatedTo)
    fields.setUnlessEmpty("tags", tags)
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try Check.text(kind, "kind", 1...Limits.word)
    try Check.slug(track, "track")
    try Check.text(title, "title", 1...Limits.title)
    try Check.text(body, "body", 1...Limits.cardBody)
    try Check.text(status.rawValue, "status", 1...Limits.word)
    try Check.words(tags, "tags")
    try fabric?.validate()
  }
}
