/// Bounds of the frames that clients and relays exchange.
package enum MessageLimits {
  /// Bytes of one frame: the largest event and room around it.
  package static let frameBytes = 1 << 20
  /// Characters of a subscription id that we give or serve (NIP-01).
  package static let subscription = 64
  /// Filters in one request.
  package static let filters = 64
  /// Bytes of a challenge or of a subscription id that a relay repeats.
  package static let foreignText = 1_024
}

/// What a client says to a relay.
package enum ClientMessage: Sendable {
  /// Publishes an event.
  case event(Event)
  /// Opens a subscription.
  case req(String, [Filter])
  /// Ends a subscription.
  case close(String)
  /// Answers a challenge (NIP-42).
  case auth(Event)
  /// Asks how many events match (NIP-45).
  case count(String, [Filter])

  /// Reads one frame strictly. Throws `.unknownVerb` for another message.
  package init(parsing frame: [UInt8]) throws(NostrError) {
    self = try frame.withUnsafeBufferPointer { bytes throws(NostrError) in
      try ClientMessage.parse(UnsafeRawBufferPointer(bytes))
    }
  }

  private static func parse(
    _ frame: UnsafeRawBufferPointer
  ) throws(NostrError) -> ClientMessage {
    var scanner = try JSONScanner(frame: frame)
    let verb = try scanner.string(in: "message")
    let message: ClientMessage
    switch verb {
    case "EVENT": message = .event(try scanner.nextEvent())
    case "AUTH": message = .auth(try scanner.nextEvent())
    case "CLOSE": message = .close(try subscription(&scanner))
    case "REQ": message = .req(try subscription(&scanner), try filters(&scanner))
    case "COUNT": message = .count(try subscription(&scanner), try filters(&scanner))
    default:
      throw NostrError(.unknownVerb, "message", "expected EVENT, REQ, CLOSE, AUTH or COUNT")
    }
    try scanner.expect(0x5d, "]", in: "message")
    try scanner.end()
    return message
  }

  private static func subscription(
    _ scanner: inout JSONScanner
  ) throws(NostrError) -> String {
    let id = try scanner.nextString(in: "subscription")
    let isPlain = id.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
    guard (1...MessageLimits.subscription).contains(id.utf8.count), isPlain else {
      throw NostrError(
        .outOfRange, "subscription",
        "expected 1 to \(MessageLimits.subscription) printable ASCII characters")
    }
    return id
  }

  private static func filters(_ scanner: inout JSONScanner) throws(NostrError) -> [Filter] {
    var filters: [Filter] = []
    while scanner.consume(0x2c) {
      guard filters.count < MessageLimits.filters else {
        throw NostrError(.tooLarge, "filters", "expected at most \(MessageLimits.filters)")
      }
      filters.append(try Filter(parsing: scanner.value(depth: 3)))
    }
    guard !filters.isEmpty else {
      throw NostrError(.missingField, "filters", "expected at least one filter, got none")
    }
    return filters
  }

  /// The frame to send.
  package var bytes: [UInt8] {
    switch self {
    case .event(let event): ClientMessage.frame("EVENT", event)
    case .auth(let event): ClientMessage.frame("AUTH", event)
    case .close(let id): JSON.array(["CLOSE", .string(id)]).bytes
    case .req(let id, let filters): ClientMessage.frame("REQ", id, filters)
    case .count(let id, let filters): ClientMessage.frame("COUNT", id, filters)
    }
  }

  /// The frame that publishes an event given as its JSON, byte for byte.
  package static func frame(publishing event: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(event.count + 10)
    out.append(ascii: "[\"EVENT\",")
    out += event
    out.append(0x5d)
    return out
  }

  private static func frame(_ verb: StaticString, _ event: Event) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(EventWriter.capacity(event.tags, event.content) + 16)
    out.append(ascii: "[\"")
    out.append(ascii: verb)
    out.append(ascii: "\",")
    EventWriter.append(event, to: &out)
    out.append(0x5d)
    return out
  }

  private static func frame(_ verb: String, _ id: String, _ filters: [Filter]) -> [UInt8] {
    JSON.array([.string(verb), .string(id)] + filters.map(\.json)).bytes
  }
}

extension JSONScanner {
  /// A scanner inside the array of a frame. Throws `.tooLarge` beyond the frame limit.
  init(frame: UnsafeRawBufferPointer) throws(NostrError) {
    guard frame.count <= MessageLimits.frameBytes else {
      throw NostrError(
        .tooLarge, "message",
        "expected at most \(MessageLimits.frameBytes) bytes, got \(frame.count)")
    }
    self.init(frame)
    try expect(0x5b, "[", in: "message")
  }

  mutating func nextString(in field: String) throws(NostrError) -> String {
    try expect(0x2c, ",", in: "message")
    return try string(in: field)
  }

  mutating func nextEvent() throws(NostrError) -> Event {
    try expect(0x2c, ",", in: "message")
    return try EventReader.read(from: &self)
  }
}
