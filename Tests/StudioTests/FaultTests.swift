import Nostr
import Studio
import TestKit
import Testing

struct FaultTests {
  /// A sample of `kind` with `key` set to a JSON text, or removed, and the field to blame.
  struct Fault: Sendable, CustomStringConvertible {
    let kind: Int
    let key: String
    let value: String?
    let field: String

    init(_ kind: Int, _ key: String, _ value: String?, _ field: String? = nil) {
      self.kind = kind
      self.key = key
      self.value = value
      self.field = field ?? key
    }

    var description: String { "\(kind) \(key) \(value ?? "removed")" }
  }

  static let cards: [Fault] = [
    Fault(30530, "kind", nil), Fault(30530, "kind", #""""#), Fault(30530, "kind", "1"),
    Fault(30530, "track", nil), Fault(30530, "track", #""a b""#),
    Fault(30530, "title", nil), Fault(30530, "title", #""""#),
    Fault(30530, "body", nil), Fault(30530, "body", #""""#), Fault(30530, "body", "[]"),
    Fault(30530, "summary", #""other""#), Fault(30530, "blocks", nil),
    Fault(30530, "blocks", "{}"), Fault(30530, "blocks", "[1]", "blocks[0]"),
    Fault(30530, "blocks", #"[{"type":"text"},{}]"#, "blocks[1].type"),
    Fault(30530, "blocks", #"[{"type":""}]"#, "blocks[0].type"),
    Fault(30530, "tags", "null"), Fault(30530, "tags", #"["a",""]"#, "tags[1]"),
    Fault(30530, "tags", "[1]", "tags[0]"), Fault(30530, "relatedTo", #""x""#),
  ]

  static let others: [Fault] = [
    Fault(30531, "name", #""a/b""#), Fault(30531, "title", nil), Fault(30531, "layout", nil),
    Fault(30531, "layout", #""grid""#), Fault(30531, "closedAt", "-1"),
    Fault(30531, "closedAt", #""now""#), Fault(30531, "closedAt", "1e300"),
    Fault(30531, "description", "5"), Fault(30532, "eventId", nil),
    Fault(30532, "candidates", "[]"), Fault(30532, "candidates", #"["a",""]"#, "candidates[1]"),
    Fault(30532, "chosen", #""c""#), Fault(30532, "reason", #""""#),
    Fault(30532, "signals", "[]"), Fault(30532, "signals", #"{"a":[]}"#, "signals.a"),
    Fault(30532, "signals", #"{"a":null}"#, "signals.a"), Fault(30532, "createdAt", nil),
    Fault(30532, "createdAt", "0"), Fault(30532, "createdAt", "1e17"),
    Fault(30532, "createdAt", "-5"), Fault(30532, "track", #""a b""#),
    Fault(30533, "target", nil), Fault(30533, "target", #""x""#),
    Fault(30533, "target", "{}", "target.@id"),
    Fault(30533, "target", #"{"@id":1}"#, "target.@id"),
    Fault(30533, "target", #"{"@id":"abc"}"#, "target.@id"),
    Fault(30533, "target", #"{"@id":"nostr:"}"#, "target.@id"), Fault(30533, "body", nil),
    Fault(30533, "intent", #""""#), Fault(30533, "blocks", "[[]]", "blocks[0]"),
    Fault(30534, "body", #""""#), Fault(30534, "track", #""""#), Fault(30535, "target", nil),
    Fault(30535, "body", nil), Fault(30536, "slug", #""é""#), Fault(30536, "title", nil),
    Fault(30536, "project", nil), Fault(30536, "defaultTracks", nil),
    Fault(30536, "defaultTracks", #"["ok","not ok"]"#, "defaultTracks[1]"),
  ]

  @Test(arguments: cards + others) func `a broken field is named`(fault: Fault) throws {
    let sample = try #require(Sample.all.first { $0.kind == fault.kind })
    let text = try Sample.changing(sample.text, fault.key, fault.value)
    let found = try #require(problem { _ = try read(fault.kind, text) })
    #expect(found.field == fault.field)
    #expect(found.code == "invalid_field" || found.code == "missing_field")
    #expect(found.value.utf16.count < 200)
  }

  private static let hostile = [
    "null", "true", "-1", "1e999", "1e308", "9223372036854775807", "0.5", "\"\"", "\"x\"",
    "\"\\u0000\\u202e\"", "[]", "{}", "[null]", "[[\"a\"]]", "{\"@id\":\"\"}", "[{\"type\":1}]",
    "{\"v\":1,\"t\":\"x\"}", "{\"v\":99999999999}",
  ]
  private static let optional = [
    "fabric", "status", "assignees", "assignee", "prompt", "summary", "intent", "to_status",
  ]

  @Test(arguments: Sample.all)
  func `hostile values are read or refused with a field, and never trap`(
    kind: Int, text: String
  ) throws {
    var random = SeededRandom(UInt64(kind))
    let keys = try #require(try JSON(parsing: text).object).keys + Self.optional
    var readable = 0
    for _ in 0..<400 {
      var changed = text
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let key = try #require(keys.randomElement(using: &random))
        let value = try #require(Self.hostile.randomElement(using: &random))
        // A number that does not fit is refused by the JSON reader already.
        changed = (try? Sample.changing(changed, key, value)) ?? changed
      }
      do {
        let payload = try read(kind, changed)
        readable += 1
        #expect(try Payload(kind: kind, parsing: payload.json.bytes).kind == kind)
      } catch {
        #expect(!error.field.isEmpty)
      }
    }
    #expect(readable > 0)
  }

  @Test(arguments: Sample.all)
  func `noise in the bytes never traps`(kind: Int, text: String) {
    var random = SeededRandom(UInt64(kind) + 1)
    for _ in 0..<400 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if let payload = try? Payload(kind: kind, parsing: bytes) { #expect(payload.kind == kind) }
    }
  }
}
