/// What a relay says to a client.
package enum RelayMessage: Sendable {
  /// An event for a subscription.
  case event(String, Event)
  /// The verdict on an event; some relays leave out the id when they refuse.
  case ok(EventID?, Bool, Reason)
  /// The end of what the relay chose to send from its store.
  case eose(String)
  /// A subscription ended by the relay.
  case closed(String, Reason)
  /// Words for people; untrusted, cut to `Reason.limit` bytes.
  case notice(String)
  /// A challenge (NIP-42).
  case auth(String)
  /// How many events match (NIP-45).
  case count(String, Int)
  /// A verb that we do not know; to be ignored.
  case unknown(String)

  /// Reads one frame: the event strictly, the words around it leniently; more elements than
  /// expected are skipped.
  package init(parsing frame: [UInt8]) throws(NostrError) {
    self = try frame.withUnsafeBufferPointer { bytes throws(NostrError) in
      try RelayMessage.parse(UnsafeRawBufferPointer(bytes))
    }
  }

  private static func parse(_ frame: UnsafeRawBufferPointer) throws(NostrError) -> RelayMessage {
    var scanner = try JSONScanner(frame: frame)
    let message = try message(try scanner.string(in: "message"), &scanner)
    while scanner.consume(0x2c) {
      try scanner.skipValue(depth: JSONLimits.depth - 1, in: "message")
    }
    try scanner.expect(0x5d, "]", in: "message")
    try scanner.end()
    return message
  }

  private static func message(
    _ verb: String, _ scanner: inout JSONScanner
  ) throws(NostrError) -> RelayMessage {
    switch verb {
    case "EVENT": return .event(try text(&scanner, "subscription"), try scanner.nextEvent())
    case "OK":
      let id = EventID(hex: try scanner.nextString(in: "id"))
      try scanner.expect(0x2c, ",", in: "message")
      guard let accepted = try scanner.literal(in: "OK").bool else {
        throw NostrError(.wrongType, "OK", "expected true or false")
      }
      return .ok(id, accepted, try reason(&scanner))
    case "EOSE": return .eose(try text(&scanner, "subscription"))
    case "CLOSED": return .closed(try text(&scanner, "subscription"), try reason(&scanner))
    case "NOTICE": return .notice(Reason.cut(try scanner.nextString(in: "NOTICE")))
    case "AUTH": return .auth(try text(&scanner, "challenge"))
    case "COUNT":
      let id = try text(&scanner, "subscription")
      try scanner.expect(0x2c, ",", in: "message")
      guard let number = try scanner.value(depth: 8)["count"]?.integer, number >= 0 else {
        throw NostrError(.wrongType, "COUNT", "expected a whole number as count")
      }
      return .count(id, Int(number))
    default: return .unknown(Reason.cut(verb))
    }
  }

  private static func text(
    _ scanner: inout JSONScanner, _ field: String
  ) throws(NostrError) -> String {
    let text = try scanner.nextString(in: field)
    guard text.utf8.count <= MessageLimits.foreignText else {
      throw NostrError(
        .tooLarge, field,
        "expected at most \(MessageLimits.foreignText) bytes, got \(text.utf8.count)")
    }
    return text
  }

  private static func reason(_ scanner: inout JSONScanner) throws(NostrError) -> Reason {
    guard scanner.consume(0x2c) else { return .none }
    guard scanner.peek() == 0x22 else {
      try scanner.skipValue(depth: JSONLimits.depth - 1, in: "message")
      return .none
    }
    return Reason(reading: try scanner.string(in: "message"))
  }

  /// The frame to send.
  package var bytes: [UInt8] {
    switch self {
    case .event(let id, let event): RelayMessage.frame(id, event.json)
    case .ok(let id, let accepted, let reason):
      JSON.array(["OK", .string(id?.hex ?? ""), .bool(accepted), .string(reason.text)]).bytes
    case .eose(let id): JSON.array(["EOSE", .string(id)]).bytes
    case .closed(let id, let reason):
      JSON.array(["CLOSED", .string(id), .string(reason.text)]).bytes
    case .notice(let text): JSON.array(["NOTICE", .string(text)]).bytes
    case .auth(let challenge): JSON.array(["AUTH", .string(challenge)]).bytes
    case .count(let id, let number):
      JSON.array(["COUNT", .string(id), ["count": .integer(Int64(number))]]).bytes
    case .unknown(let verb): JSON.array([.string(verb)]).bytes
    }
  }

  /// An EVENT frame around an event's stored JSON, which is sent as it stands.
  package static func frame(_ subscription: String, _ event: some Collection<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(event.count + subscription.utf8.count + 16)
    out.append(ascii: "[\"EVENT\",")
    out.append(jsonString: subscription)
    out.append(0x2c)
    out.append(contentsOf: event)
    out.append(0x5d)
    return out
  }
}
