import FourA
package import Nostr

/// The seven things that are said in a room (kinds 30530 to 30536, 4A 1.8).
package enum Payload: Sendable, Hashable {
  /// Kind 30530.
  case card(Card)
  /// Kind 30531.
  case track(Track)
  /// Kind 30532.
  case dispatch(DispatchIntent)
  /// Kind 30533.
  case comment(Comment)
  /// Kind 30534.
  case question(Question)
  /// Kind 30535.
  case answer(Answer)
  /// Kind 30536.
  case room(Room)

  /// The `@context` of every payload.
  package static let context = "https://sonata.4a4.ai/ns/studio-v0"
  /// The kinds that have a payload.
  package static let kinds = 30530...30536

  /// Reads what a member wrote: legacy fields and forms are understood, unknown fields and blocks
  /// are kept, and only what no reader could use is refused. `tags` are those of the rumor, in
  /// which older writers name the assignee.
  package init(kind: Int, parsing bytes: [UInt8], tags: [Tag] = []) throws(PayloadError) {
    guard Self.kinds.contains(kind) else {
      throw PayloadError(
        code: "unknown_kind", field: "kind", value: String(kind),
        message: "expected 30530 to 30536, found \(kind)")
    }
    guard bytes.count <= Limits.readBytes else {
      throw .tooLarge(bytes.count, limit: Limits.readBytes)
    }
    let object: JSONObject
    do {
      guard let parsed = try JSON(parsing: bytes).object else {
        throw PayloadError(
          code: "not_json", field: "payload", message: "expected a JSON object")
      }
      object = parsed
    } catch let error as PayloadError {
      throw error
    } catch {
      throw PayloadError(
        code: "not_json", field: "payload", message: "expected a JSON object: \(error)")
    }
    var fields = FieldReader(object)
    switch kind {
    case Card.number: self = .card(try Card(reading: &fields, tags: tags))
    case Track.number: self = .track(try Track(reading: &fields))
    case DispatchIntent.number: self = .dispatch(try DispatchIntent(reading: &fields))
    case Comment.number: self = .comment(try Comment(reading: &fields))
    case Question.number: self = .question(try Question(reading: &fields))
    case Answer.number: self = .answer(try Answer(reading: &fields))
    default: self = .room(try Room(reading: &fields))
    }
  }

  private var content: any PayloadContent {
    switch self {
    case .card(let value): value
    case .track(let value): value
    case .dispatch(let value): value
    case .comment(let value): value
    case .question(let value): value
    case .answer(let value): value
    case .room(let value): value
    }
  }

  /// The kind of the rumor that carries it.
  package var kind: Int { type(of: content).number }

  /// The extension object, if there is one.
  package var fabric: Fabric? { content.fabric }

  /// Who the payload says it is by: of no authority, the rumor's key is.
  package var createdBy: String { content.createdBy }

  /// The payload as JSON, unchecked.
  package var json: JSON { .object(content.object) }

  /// The payload as bytes, checked field by field and for size.
  package func encoded() throws(PayloadError) -> [UInt8] {
    try Check.text(content.createdBy, "createdBy", 1...Limits.word)
    try content.validate()
    var bytes = json.bytes
    if bytes.count > Limits.payloadBytes, case .card(let card) = self {
      // The copy of the body under its older name is a courtesy; the body is not.
      bytes = JSON.object(card.object(withPrompt: false)).bytes
    }
    guard bytes.count <= Limits.payloadBytes else {
      throw .tooLarge(bytes.count, limit: Limits.payloadBytes)
    }
    return bytes
  }

  /// Tags of ours that follow the standard ones: what is answered, by id and by address, who is
  /// assigned, and the type of the extension object (agents 2.1). Inside the wrap, so no relay
  /// sees them.
  package var extraTags: [Tag] {
    var tags: [Tag] = []
    if let event = relatedEvent { tags.append(Tag("e", event.hex)) }
    if let address = relatedAddress { tags.append(Tag("a", address.text)) }
    if case .card(let card) = self, let assignee = card.assignee {
      tags.append(Tag("fa:assignee", assignee.hex))
    }
    if let type = fabric?.type { tags.append(Tag("t", "studio:\(type)")) }
    return tags
  }

  /// The event that it is about: of a comment or answer the target, else what `fabric` names.
  private var relatedEvent: EventID? {
    switch self {
    case .comment(let comment):
      if case .event(let id)? = comment.target.resolved { return id }
    case .answer(let answer):
      if case .event(let id)? = answer.target.resolved { return id }
    default: break
    }
    return fabric?.card
  }

  private var relatedAddress: Address? {
    if let address = fabric?.address ?? fabric?.root { return address }
    if case .comment(let comment) = self, case .address(let address)? = comment.target.resolved {
      return address
    }
    return nil
  }
}

/// What the seven payloads have in common.
protocol PayloadContent: Sendable, Hashable {
  static var number: Int { get }
  var createdBy: String { get }
  var fabric: Fabric? { get }
  var extra: JSONObject { get }
  var object: JSONObject { get }
  func validate() throws(PayloadError)
}

extension PayloadError {
  static func tooLarge(_ count: Int, limit: Int) -> PayloadError {
    PayloadError(
      code: "payload_too_large", field: "payload", value: String(count),
      message: "expected at most \(limit) bytes, found \(count); shorten the text")
  }
}
