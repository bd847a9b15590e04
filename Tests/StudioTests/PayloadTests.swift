import Nostr
import Studio
import Testing

struct PayloadTests {
  @Test(arguments: Sample.all)
  func `what another client writes is read, and written again alike`(
    kind: Int, text: String
  ) throws {
    let payload = try read(kind, text)
    #expect(payload.kind == kind)
    let again = try #require(try JSON(parsing: payload.encoded()).object)
    for (key, value) in try #require(try JSON(parsing: text).object) {
      #expect(again[key] == value, "\(key)")
    }
    #expect(try Payload(kind: kind, parsing: payload.encoded()) == payload)
  }

  @Test(arguments: Sample.all)
  func `unknown fields are kept verbatim`(kind: Int, text: String) throws {
    let value = #"{"b":[1,2.5,null,{"z":"é/\u0001"}],"a":-9007199254740993}"#
    let payload = try read(kind, try Sample.changing(text, "x-other", value))
    let again = String(decoding: try payload.encoded(), as: UTF8.self)
    #expect(again.contains("\"x-other\":\(value)"))
  }

  @Test(arguments: Sample.all)
  func `a payload without its author's name is read, and not written`(
    kind: Int, text: String
  ) throws {
    let payload = try read(kind, try Sample.changing(text, "createdBy", nil))
    #expect(problem { _ = try payload.encoded() }?.field == "createdBy")
  }

  @Test(arguments: Sample.all)
  func `a payload of another type is refused`(kind: Int, text: String) throws {
    let changed = try Sample.changing(text, "@type", #""Observation""#)
    #expect(problem { _ = try read(kind, changed) }?.field == "@type")
  }

  @Test(arguments: [30529, 30537, 30538, 30540, 0, -1])
  func `a kind without a payload is refused`(kind: Int) {
    #expect(problem { _ = try read(kind, "{}") }?.code == "unknown_kind")
  }

  @Test(arguments: ["", "null", "[]", "{", "{} x", #"{"a":1,"a":2}"#, "\"x\""])
  func `what is no JSON object is refused`(text: String) {
    #expect(problem { _ = try read(30530, text) }?.code == "not_json")
  }

  static let lengths: [(Int, String, Int)] = [
    (30530, "title", 200), (30530, "body", 10_000), (30531, "title", 200),
    (30531, "description", 2000), (30532, "reason", 2000), (30533, "body", 4000),
    (30534, "body", 4000), (30535, "body", 4000), (30536, "title", 200),
    (30536, "description", 2000),
  ]

  @Test(arguments: lengths)
  func `lengths are UTF-16 units: an emoji counts two`(kind: Int, key: String, limit: Int) throws {
    let sample = try #require(Sample.all.first { $0.kind == kind })
    let full = String(repeating: "😀", count: limit / 2)
    let whole = try Sample.changing(sample.text, key, "\"\(full)\"")
    #expect(problem { _ = try read(kind, whole) } == nil)
    let over = try Sample.changing(sample.text, key, "\"\(full)a\"")
    #expect(problem { _ = try read(kind, over) }?.field == key)
    let plain = String(repeating: "a", count: limit)
    let ascii = try Sample.changing(sample.text, key, "\"\(plain)\"")
    #expect(problem { _ = try read(kind, ascii) } == nil)
  }

  @Test func `101 emoji are too long a title, though they are 101 characters`() {
    let title = String(repeating: "😀", count: 101)
    #expect(problem { _ = try Payload.card(card(title: title)).encoded() }?.field == "title")
  }

  @Test func `a payload above 16,384 bytes is not written`() throws {
    let wide = String(repeating: "語", count: 9_900)
    let found = problem { _ = try Payload.card(card(body: wide)).encoded() }
    #expect(found?.code == "payload_too_large")
    var full = card(body: String(repeating: "b", count: 9_000))
    full.extra["x"] = ""
    let space = Limits.payloadBytes - (try Payload.card(full).encoded().count)
    full.extra["x"] = .string(String(repeating: "x", count: space))
    #expect(try Payload.card(full).encoded().count == Limits.payloadBytes)
    full.body += "b"
    #expect(problem { _ = try Payload.card(full).encoded() }?.code == "payload_too_large")
  }

  @Test func `a larger payload of others is read, up to what encryption carries`() throws {
    let large = try Sample.changing(
      Sample.card, "x", "\"\(String(repeating: "x", count: 40_000))\"")
    #expect(problem { _ = try read(30530, large) } == nil)
    let huge = try Sample.changing(
      Sample.card, "x", "\"\(String(repeating: "x", count: 66_000))\"")
    #expect(problem { _ = try read(30530, huge) }?.code == "payload_too_large")
  }

  @Test func `33 signals are one too many`() throws {
    let signals = (0..<33).map { "\"s\($0)\":\($0)" }.joined(separator: ",")
    let text = try Sample.changing(Sample.dispatch, "signals", "{\(signals)}")
    #expect(problem { _ = try read(30532, text) }?.field == "signals")
  }

  @Test func `a question's null track counts as none, and is not written`() throws {
    let payload = try read(30534, try Sample.changing(Sample.question, "track", "null"))
    #expect(!(String(decoding: try payload.encoded(), as: UTF8.self)).contains("track"))
  }

  @Test func `a closed track keeps its time, a fraction cut off`() throws {
    let payload = try read(30531, try Sample.changing(Sample.track, "closedAt", "17.9"))
    #expect(payload.json.object?["closedAt"] == 17)
  }

  @Test func `an open track says so: closedAt is null`() throws {
    let json = try #require(
      Payload.track(Track(name: "a", title: "A", createdBy: "x")).json.object)
    #expect(json["closedAt"] == .null)
    #expect(json["layout"]?.string == "column")
  }
}
