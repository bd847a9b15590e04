import Testing

@testable import Nostr

@Suite struct FilterTests {
  @Test func `a filter survives its JSON`() throws {
    let filter = Filter(
      ids: [EventID(SHA256.hash("x"))], authors: [People.alice.publicKey], kinds: [1, 1059],
      tags: ["p": [People.bob.publicKey.hex], "E": ["a", "é"]], since: 1, until: 2, limit: 0)
    #expect(try Filter(parsing: filter.json) == filter)
    #expect(try Filter(parsing: JSON(parsing: filter.json.bytes)).json == filter.json)
    #expect(Filter().json.text == "{}")
  }

  @Test func `each condition restricts`() throws {
    let event = try note(at: 100, kind: 7, tags: [Tag("p", "x"), Tag("p", "y"), Tag("e")])
    let cases: [(Filter, Bool)] = [
      (Filter(), true), (Filter(ids: [event.id]), true),
      (Filter(ids: [EventID(SHA256.hash("x"))]), false), (Filter(ids: []), false),
      (Filter(authors: [event.pubkey]), true), (Filter(authors: [People.bob.publicKey]), false),
      (Filter(kinds: [1, 7]), true), (Filter(kinds: [1]), false), (Filter(kinds: []), false),
      (Filter(since: 100), true), (Filter(since: 101), false), (Filter(until: 100), true),
      (Filter(until: 99), false), (Filter(tags: ["p": ["z", "y"]]), true),
      (Filter(tags: ["p": ["z"]]), false), (Filter(tags: ["p": []]), false),
      (Filter(tags: ["e": [""]]), false), (Filter(tags: ["p": ["x"], "q": ["x"]]), false),
      (Filter(kinds: [7], limit: 0), true),
    ]
    for (filter, wanted) in cases {
      #expect(filter.matches(event) == wanted, "\(filter.json.text)")
    }
  }

  @Test(arguments: [
    ("[]", NostrError.Code.wrongType), ("{\"ids\":\"x\"}", .wrongType),
    ("{\"ids\":[\"AB\"]}", .invalidHex), ("{\"kinds\":[65536]}", .outOfRange),
    ("{\"kinds\":[1.0]}", .wrongType), ("{\"since\":-1}", .outOfRange),
    ("{\"limit\":-1}", .outOfRange), ("{\"limit\":null}", .wrongType),
    ("{\"search\":\"x\"}", .unknownField), ("{\"#pp\":[]}", .unknownField),
    ("{\"#é\":[]}", .unknownField), ("{\"#p\":[1]}", .wrongType),
  ])
  func `a filter that is not one is refused`(text: String, wanted: NostrError.Code) throws {
    let json = try JSON(parsing: text)
    #expect(code { try Filter(parsing: json) } == wanted)
  }
}

@Suite struct ReasonTests {
  @Test(arguments: [
    ("auth-required: we only serve you", Reason.Prefix.authRequired),
    ("ERROR: auth-required: authenticate first", .authRequired),
    ("error: ERROR: Auth-Required : x", .authRequired), ("RATE-LIMITED: slow", .rateLimited),
    ("restricted: not you", .restricted), ("duplicate:", .duplicate), ("ERROR: bad req", .error),
    ("Write error: disk full", .error), ("error: could not", .error),
    ("replaced: newer", .replaced),
    ("deleted: gone", .deleted), ("pow: 28 bits", .pow), ("mute: nobody", .mute),
    ("unsupported: search", .unsupported), ("blocked: policy", .blocked),
    ("you are rate-limited, wait", .rateLimited), ("event has been deleted", .deleted),
    ("sorry, auth-required: for this", .authRequired),
    ("relay says: invalid: too old", .invalid),
  ])
  func `a reason is read as relays really write it`(text: String, wanted: Reason.Prefix) {
    let reason = Reason(reading: text)
    #expect(reason.prefix == wanted)
    #expect(reason.text == text)
  }

  @Test(arguments: ["", "no reason at all", "powder: snow", ":", "reauth-required-ish: x"])
  func `a text without a known word has no prefix`(text: String) {
    #expect(Reason(reading: text).prefix == nil)
  }

  @Test func `a written reason is read again`() {
    let reason = Reason(.rateLimited, "six a minute")
    #expect(reason.text == "rate-limited: six a minute")
    #expect(Reason(reading: reason.text) == reason)
  }

  @Test func `a long text is cut between two characters`() {
    let reason = Reason(reading: "invalid: " + String(repeating: "é", count: 5_000))
    #expect(reason.prefix == .invalid)
    #expect((Reason.limit - 1...Reason.limit).contains(reason.text.utf8.count))
    #expect(!reason.text.unicodeScalars.contains("\u{fffd}"))
  }
}

@Suite struct MessageTests {
  @Test func `what a client says is read as it was written`() throws {
    let event = try note("a/b\n")
    let filters = [Filter(kinds: [1]), Filter(limit: 3)]
    let messages: [ClientMessage] = [
      .event(event), .req("s", filters), .close("s"), .auth(event), .count("s", filters),
    ]
    for message in messages {
      #expect(try ClientMessage(parsing: message.bytes).bytes == message.bytes)
    }
    let spaced = bytes(" [ \"REQ\" , \"s\" , { } ] \n")
    guard case .req("s", [Filter()]) = try ClientMessage(parsing: spaced) else {
      Issue.record("white space between the parts is allowed")
      return
    }
  }

  @Test(arguments: [
    ("[\"PUBLISH\",{}]", NostrError.Code.unknownVerb), ("[\"REQ\",\"s\"]", .missingField),
    ("[\"REQ\",\"\",{}]", .outOfRange), ("[\"REQ\",\"a\\\"b\",{}]", .outOfRange),
    ("[\"REQ\",\"é\",{}]", .outOfRange), ("[\"REQ\",7,{}]", .wrongType),
    ("[\"CLOSE\"]", .malformedJSON), ("[\"CLOSE\",\"s\",1]", .malformedJSON),
    ("{}", .malformedJSON), ("[]", .wrongType), ("", .malformedJSON),
    ("[\"EVENT\",{}]", .missingField), ("[\"CLOSE\",\"s\"]x", .malformedJSON),
  ])
  func `a frame that no client should send is refused`(text: String, wanted: NostrError.Code) {
    #expect(code { try ClientMessage(parsing: bytes(text)) } == wanted)
  }

  @Test func `too long a subscription and too many filters are refused`() {
    let long = bytes("[\"CLOSE\",\"\(String(repeating: "s", count: 65))\"]")
    #expect(code { try ClientMessage(parsing: long) } == .outOfRange)
    let many = [String](repeating: "{}", count: MessageLimits.filters + 1).joined(separator: ",")
    #expect(code { try ClientMessage(parsing: bytes("[\"REQ\",\"s\",\(many)]")) } == .tooLarge)
    let huge = [UInt8](repeating: 0x5b, count: 20_000_000)
    #expect(code { try ClientMessage(parsing: huge) } == .tooLarge)
    #expect(code { try RelayMessage(parsing: huge) } == .tooLarge)
    #expect(FrameScan.eventID(in: huge) == nil)
  }

  @Test func `what a relay says is read as it was written`() throws {
    let event = try note()
    let messages: [RelayMessage] = [
      .event("s", event), .ok(event.id, true, Reason(reading: "")),
      .ok(nil, false, Reason(.blocked, "no")), .eose("s"), .closed("s", Reason(.error, "x")),
      .notice("hi\n"), .auth("challenge"), .count("s", 3), .unknown("LIMITS"),
    ]
    for message in messages {
      #expect(try RelayMessage(parsing: message.bytes).bytes == message.bytes)
    }
  }

  @Test func `the words of a relay are read leniently`() throws {
    guard
      case .closed("s", let reason) = try RelayMessage(
        parsing: bytes("[\"CLOSED\",\"s\",\"ERROR: auth-required: x\",1]"))
    else {
      Issue.record("strfry's CLOSED was not read")
      return
    }
    #expect(reason.prefix == .authRequired)
    for text in ["[\"OK\",\"\",false]", "[\"OK\",\"x\",false,null]", "[\"OK\",\"ABC\",false,\"\"]"]
    {
      guard case .ok(nil, false, .none) = try RelayMessage(parsing: bytes(text)) else {
        Issue.record("an OK without a usable id was not read: \(text)")
        return
      }
    }
    guard
      case .unknown("NEG-MSG") = try RelayMessage(parsing: bytes("[\"NEG-MSG\",{\"a\":[1]},2]")),
      case .count("s", 5) = try RelayMessage(
        parsing: bytes("[\"COUNT\",\"s\",{\"approximate\":true,\"count\":5}]"))
    else {
      Issue.record("an unknown verb or a longer COUNT was not read")
      return
    }
    #expect(code { try RelayMessage(parsing: bytes("[\"OK\",\"\",1]")) } != nil)
    #expect(code { try RelayMessage(parsing: bytes("[\"COUNT\",\"s\",{}]")) } == .wrongType)
  }

  @Test func `the light scan finds the id wherever a relay puts it`() throws {
    let event = try note(tags: [Tag("e", "]}"), Tag("id", "x")], "\\\"id\":{[,")
    let frame = RelayMessage.event("sub", event).bytes
    let found = try #require(FrameScan.eventID(in: frame))
    #expect(found.subscription == "sub" && found.id == event.id)
    let parsed = try JSON(parsing: event.json)
    let object = try #require(parsed.object)
    for order in [object.keys.sorted(), object.keys.reversed()] {
      let changed = JSONObject(order.map { ($0, object[$0] ?? .null) })
      let text = bytes("[ \"EVENT\" , \"sub\", \(changed.text) ]")
      #expect(FrameScan.eventID(in: text)?.id == event.id)
    }
    for other in ["[\"EOSE\",\"s\"]", "[\"EVENT\",\"s\"]", "[\"EVENT\",\"s\",{\"id\":1}]", "", "["]
    {
      #expect(FrameScan.eventID(in: bytes(other)) == nil)
    }
  }
}
