import Testing

@testable import Nostr

@Suite struct EventReaderTests {
  /// The parts of a good event, to be spoilt one at a time.
  private func json(_ changes: [(String, String?)] = [], tail: String = "") throws -> [UInt8] {
    let event = try note(tags: [Tag("t", "x")])
    var members: [(String, String)] = [
      ("id", "\"\(event.id.hex)\""), ("pubkey", "\"\(event.pubkey.hex)\""),
      ("created_at", "\(event.createdAt)"), ("kind", "1"), ("tags", "[[\"t\",\"x\"]]"),
      ("content", "\"hello\""), ("sig", "\"\(event.sig.hex)\""),
    ]
    for (key, value) in changes {
      members.removeAll { $0.0 == key }
      if let value { members.append((key, value)) }
    }
    let body = members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
    return bytes("{\(body)\(tail)}")
  }

  @Test func `the unspoilt event is read and verifies`() throws {
    try Event(parsing: json()).verify()
  }

  @Test(arguments: ["id", "pubkey", "created_at", "kind", "tags", "content", "sig"])
  func `a missing field is named`(field: String) throws {
    let text = try json([(field, nil)])
    #expect(
      throws: NostrError(.missingField, field, "expected this field, got none")
    ) { try Event(parsing: text) }
  }

  @Test(arguments: [
    ("kind", "65536", NostrError.Code.outOfRange), ("kind", "-1", .outOfRange),
    ("kind", "1.0", .wrongType), ("kind", "1e0", .wrongType), ("kind", "\"1\"", .wrongType),
    ("kind", "01", .malformedJSON), ("kind", "null", .wrongType), ("kind", "true", .wrongType),
    ("created_at", "9007199254740993", .outOfRange), ("created_at", "-1", .outOfRange),
    ("created_at", "99999999999999999999999999", .outOfRange),
    ("created_at", "1700000000.0", .wrongType), ("created_at", "1.7e9", .wrongType),
    ("created_at", "\"1700000000\"", .wrongType), ("created_at", "NaN", .wrongType),
    ("tags", "[[]]", .wrongType), ("tags", "{}", .malformedJSON),
    ("tags", "[\"t\"]", .malformedJSON),
    ("tags", "[[1]]", .wrongType), ("tags", "[[\"t\",null]]", .wrongType),
    ("tags", "[[\"t\"],]", .malformedJSON),
    ("content", "null", .wrongType), ("content", "[]", .wrongType),
    ("id", "\"ab\"", .invalidHex), ("id", "7", .wrongType),
    ("content", "\"\\ud83d\"", .invalidUTF8), ("content", "\"\\ude00\\ud83d\"", .invalidUTF8),
    ("content", "\"\\ud83dx\"", .invalidUTF8), ("content", "\"\\u12\"", .malformedJSON),
    ("content", "\"\\x\"", .malformedJSON), ("content", "\"a\nb\"", .malformedJSON),
  ])
  func `a field of the wrong shape is refused`(
    field: String, value: String, expected: NostrError.Code
  ) throws {
    let text = try json([(field, value)])
    #expect(code { try Event(parsing: text) } == expected, "\(field): \(value)")
  }

  @Test(arguments: ["id", "pubkey", "sig"])
  func `upper-case, short and long hex is refused`(field: String) throws {
    let good = try json()
    let parsed = try JSON(parsing: good)
    let object = try #require(parsed.object)
    let value = try #require(object[field]?.string)
    for wrong in [
      value.uppercased(), String(value.dropLast()), value + "0", "g" + value.dropFirst(),
    ] {
      let text = try json([(field, "\"\(wrong)\"")])
      #expect(code { try Event(parsing: text) } == .invalidHex)
    }
  }

  @Test func `duplicate keys are refused, known and unknown, however written`() throws {
    for tail in [
      ",\"kind\":1", ",\"k\\u0069nd\":1", ",\"x\":1,\"x\":2", ",\"x\":1,\"\\u0078\":2",
    ] {
      let text = try json(tail: tail)
      #expect(code { try Event(parsing: text) } == .duplicateKey, "\(tail)")
    }
  }

  @Test func `unknown keys are skipped, up to a number and a depth`() throws {
    try Event(parsing: json(tail: ",\"x\":{\"a\":[1,2.5e3,null,\"\\n\"]},\"y\":false")).verify()
    let many = (0...EventLimits.unknownKeys).map { ",\"k\($0)\":0" }.joined()
    let crowded = try json(tail: many)
    #expect(code { try Event(parsing: crowded) } == .tooLarge)
  }

  @Test func `json nested a hundred thousand deep is refused`() throws {
    let deep = String(repeating: "[", count: 100_000)
    let text = try json(tail: ",\"x\":\(deep)")
    #expect(code { try Event(parsing: text) } == .tooDeep)
    #expect(code { try JSON(parsing: bytes(deep)) } == .tooDeep)
  }

  @Test func `too many tags, a tag too large and an event too large are refused`() throws {
    let tags = [String](repeating: "[\"t\"]", count: EventLimits.tags + 1).joined(separator: ",")
    let crowded = try json([("tags", "[\(tags)]")])
    #expect(code { try Event(parsing: crowded) } == .tooLarge)
    let wide = String(repeating: "a", count: EventLimits.tagBytes)
    let broad = try json([("tags", "[[\"t\",\"\(wide)\"]]")])
    #expect(code { try Event(parsing: broad) } == .tooLarge)
    let long = String(repeating: "a", count: EventLimits.eventBytes)
    let heavy = try json([("content", "\"\(long)\"")])
    #expect(code { try Event(parsing: heavy) } == .tooLarge)
    let frame = bytes("[\"EVENT\",") + heavy + [0x5d]
    #expect(code { try ClientMessage(parsing: frame) } == .tooLarge)
  }

  @Test func `a million tags are refused`() throws {
    let text =
      bytes("{\"tags\":[") + [[UInt8]](repeating: bytes("[\"\"],"), count: 1_000_000).flatMap { $0 }
    #expect(code { try Event(parsing: text) } == .tooLarge)
  }

  @Test(
    arguments: [
      [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82],
    ] as [[UInt8]])
  func `invalid UTF-8 is refused, never repaired`(raw: [UInt8]) throws {
    let event = try note(tags: [Tag("t", "MARK")], "MARK").json
    let mark = bytes("MARK")
    for skipped in 0...1 {
      var places = event.indices.filter { event[$0...].starts(with: mark) }
      #expect(places.count == 2)
      places.remove(at: skipped)
      var text = event
      text.replaceSubrange(places[0]..<places[0] + mark.count, with: raw)
      #expect(code { try Event(parsing: text) } == .invalidUTF8)
    }
  }

  @Test(arguments: [
    ("", ""), ("plain \u{e9} \u{fffd}", "plain \u{e9} \u{fffd}"), ("a\\u0041\\/", "aA/"),
    ("\\u0022\\u005c\\u000a", "\\\"\\\\\\n"), ("\\u0001", "\\u0001"),
  ])
  func `the id is of the content's one spelling, however it was written`(
    written: String, canonical: String
  ) throws {
    let event = try Event(parsing: json([("content", "\"\(written)\"")]))
    let head = "[0,\"\(event.pubkey.hex)\",\(event.createdAt),1,[[\"t\",\"x\"]],"
    let expected = EventID(SHA256.hash("\(head)\"\(canonical)\"]"))
    #expect(event.computedID() == expected)
    #expect(event.unsigned.id() == expected)
  }

  @Test func `line endings, NUL and DEL are read as they came`() throws {
    let text = try json([("content", "\"a\\r\\n\\u0000\\u007f\u{7f}\\/\\ud83d\\ude00\"")])
    let event = try Event(parsing: text)
    #expect(sameBytes(event.content, "a\r\n\u{0}\u{7f}\u{7f}/😀"))
    #expect(code { try event.verify() } == .idMismatch)
  }

  @Test func `anything after the event is refused, white space is not`() throws {
    let good = try json()
    try Event(parsing: bytes(" \n") + good + bytes("\t\r\n ")).verify()
    #expect(code { try Event(parsing: good + bytes("x")) } == .malformedJSON)
    #expect(code { try Event(parsing: good + good) } == .malformedJSON)
    #expect(code { try Event(parsing: [UInt8]()) } == .malformedJSON)
    for count in stride(from: 0, to: good.count, by: 7) {
      #expect(throws: NostrError.self) { try Event(parsing: good[..<count]) }
    }
  }

  @Test func `a changed field fails the id, a changed id or signature its own check`() throws {
    let event = try note()
    func copy(id: EventID? = nil, content: String? = nil, sig: Signature? = nil) -> Event {
      Event(
        id: id ?? event.id, pubkey: event.pubkey, createdAt: event.createdAt, kind: event.kind,
        tags: event.tags, content: content ?? event.content, sig: sig ?? event.sig)
    }
    #expect(code { try copy(content: "hullo").verify() } == .idMismatch)
    #expect(code { try copy(id: EventID(SHA256.hash("x"))).verify() } == .idMismatch)
    let foreign = try People.bob.sign(event.id)
    let forged = copy(sig: foreign)
    // A forged copy fails however often it comes, and does not spoil the good one.
    #expect(code { try forged.verify() } == .badSignature)
    #expect(code { try forged.verify() } == .badSignature)
    try event.verify()
  }

  @Test func `a key that is not on the curve is refused when it is used`() throws {
    let event = UnsignedEvent(pubkey: PublicKey(Bytes32()), createdAt: 1, kind: 1)
    let signed = Event(
      id: event.id(), pubkey: event.pubkey, createdAt: 1, kind: 1, tags: [], content: "",
      sig: try note().sig)
    #expect(code { try signed.verify() } == .invalidPublicKey)
  }
}
