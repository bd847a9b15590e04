package import Nostr

/// The names (`d` tags) of what we write (4A 1.7, agents 2.2). `random` gives the random bytes; the
/// system's, unless a test says otherwise.
package enum DTag {
  /// Gives `count` random bytes.
  package typealias Random = (_ count: Int) -> [UInt8]

  /// `slug(56)-rnd8`
  package static func card(title: String, random: Random = RandomBytes.bytes) -> String {
    "\(named(title, limit: 56))-\(hex8(random))"
  }

  /// `profile:<key>`, the one name of a member's profile card.
  package static func profile(_ key: PublicKey) -> String { "profile:\(key.hex)" }

  /// `<event id>:rnd8`
  package static func comment(target: EventID, random: Random = RandomBytes.bytes) -> String {
    "\(target.hex):\(hex8(random))"
  }

  /// As above for a target of any form: of one that is no event id, the first 32 letters and digits.
  package static func comment(target: String, random: Random = RandomBytes.bytes) -> String {
    if let event = EventID(hex: target.lowercased()) {
      return comment(target: event, random: random)
    }
    let plain = target.utf8.filter { isPlain($0) && $0 != UInt8(ascii: "-") }.prefix(32)
    return "\(String(decoding: plain, as: UTF8.self)):\(hex8(random))"
  }

  /// `status-change:<event id>:rnd8`
  package static func statusChange(card: EventID, random: Random = RandomBytes.bytes) -> String {
    "status-change:\(card.hex):\(hex8(random))"
  }

  /// `slug(48)-rnd8` of the first 64 units of the body.
  package static func question(body: String, random: Random = RandomBytes.bytes) -> String {
    let start = String(decoding: Array(body.utf16.prefix(64)), as: UTF16.self)
    return "\(named(start, limit: 48))-\(hex8(random))"
  }

  /// `<question id>:rnd8`
  package static func answer(question: EventID, random: Random = RandomBytes.bytes) -> String {
    "\(question.hex):\(hex8(random))"
  }

  /// The track's own name.
  package static func track(name: String) -> String { name }

  /// The room's own slug.
  package static func room(slug: String) -> String { slug }

  /// Of a dispatch record: the event id it speaks of, or a slug of that text.
  package static func dispatch(eventID: String) -> String {
    EventID(hex: eventID.lowercased())?.hex ?? named(eventID, limit: 128)
  }

  /// `studio-auto-run-<event id>`, the record of a run on a card.
  package static func run(card: EventID) -> String { "studio-auto-run-\(card.hex)" }

  /// `slug(64)`, the name of a contract.
  package static func contract(name: String) -> String { named(name, limit: 64) }

  /// `slug(56)-execution` or `slug(56)-discussion`, for a contract's two streams; `slug(64)` for
  /// one of its own.
  package static func stream(name: String, role: String? = nil) -> String {
    role.map { "\(named(name, limit: 56))-\(slugify($0))" } ?? named(name, limit: 64)
  }

  /// `channel-slug(40)-h8(name)`: of one author and name always the same.
  package static func channel(name: String) -> String {
    "channel-\(named(name, limit: 40))-\(hash8(name))"
  }

  /// `agent-<uuid>`
  package static func agent(connection: String) -> String { "agent-\(slugify(connection))" }

  /// `schema-slug(48)`
  package static func schema(name: String) -> String { "schema-\(named(name, limit: 48))" }

  /// `scratchpad-slug(40)-h8(arc)`
  package static func scratchpad(arc: String) -> String {
    "scratchpad-\(named(arc, limit: 40))-\(hash8(arc))"
  }

  /// `<card>:p-run8-<segment>`: replaced as the run goes on.
  package static func progress(card: EventID, run: String, segment: Int) -> String {
    "\(card.hex):p-\(slugify(run).prefix(8))-\(segment)"
  }

  /// `hb-uuid8-h8(channel)`: replaced with every heartbeat.
  package static func heartbeat(connection: String, channel: String) -> String {
    "hb-\(slugify(connection).prefix(8))-\(hash8(channel))"
  }

  /// `<contract>:patch-<rev>-rnd8`
  package static func contractPatch(
    contract: EventID, revision: Int, random: Random = RandomBytes.bytes
  ) -> String {
    "\(contract.hex):patch-\(revision)-\(hex8(random))"
  }

  /// `route-slug(40)-rnd8`
  package static func route(_ name: String, random: Random = RandomBytes.bytes) -> String {
    "route-\(named(name, limit: 40))-\(hex8(random))"
  }

  /// Lower case, every run of anything but `a-z 0-9` one dash, none at the ends.
  package static func slugify(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.lowercased().utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        bytes.append(byte)
      default:
        if let last = bytes.last, last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
      }
    }
    if bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A slug cut to `limit`, no dash at its end, and `x` when nothing is left.
  private static func named(_ text: String, limit: Int) -> String {
    var slug = slugify(text).prefix(limit)
    while slug.last == "-" { slug.removeLast() }
    return slug.isEmpty ? "x" : String(slug)
  }

  private static func hex8(_ random: Random) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = random(4).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  private static func hash8(_ text: String) -> String {
    String(SHA256.hash(Array(text.utf8)).hex.prefix(8))
  }

  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
