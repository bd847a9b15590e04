import FourA
import Nostr
import TestKit
import Testing

struct InviteTests {
  private static let bech = "4ainv1apq56wzdptj5qldw8qk7m083qklxrl6l7q5a3etewtvp4tmurz6s7rduge"
  private static let publicHex = "dd5857a114db166131d9553f6f16516ee4892a9e198dfe606f0f273b7d2e92a7"
  private static let roomHex = "05173fa1ee9541bcbd689cfe3d6268fdd7cc7d55c64309dd533107ca2f9fafcb"

  private static var hex: String {
    get throws { try Published.invite.withBytes { try #require(Bytes32($0)).hex } }
  }

  private func read(_ text: String) throws -> Invite { try Invite(parsing: text) }

  @Test func `the published invite key has the published public key`() throws {
    let invite = try read("s4a://invite/team-design/1?k=\(Self.bech)")
    #expect(invite.key.hex == Self.publicHex)
    #expect(invite.slug == "team-design")
    #expect(invite.epoch == 1)
    #expect(invite.audience == nil)
    #expect(invite.inviter == nil)
    #expect(invite.relays.isEmpty)
  }

  @Test func `both URLs carry room, inviter and relays, and are read back`() throws {
    let invite = Invite(
      audience: try Published.audience, epoch: 4, secret: try Published.invite,
      inviter: try Published.evan.publicKey,
      relays: ["wss://relay.example/a?b=c&d=e#f", "ws://127.0.0.1:7000"])
    #expect(
      invite.url.hasPrefix(
        "s4a://invite/team-design/4?k=\(Self.bech)&address=30520:\(Self.roomHex)"))
    #expect(invite.webURL.hasPrefix("https://claim.4a4.ai/invite/team-design/4?k=4ainv1"))
    for text in [invite.url, invite.webURL] {
      let again = try read(text)
      #expect(again.key == invite.key)
      #expect(again.audience == invite.audience)
      #expect(again.inviter == invite.inviter)
      #expect(again.relays == invite.relays)
      #expect(again.epoch == 4)
    }
  }

  @Test(arguments: [
    "4a://invite/team-design/1?k=BECH", "4A://INVITE/team-design/1?k=HEX",
    "S4A://invite/team-design/1?k=BECH", "s4a://Invite/team-design/1/?k=BECH",
    "s4a://invite//team-design//1?k=BECH", "s4a://invite/team-design/1?k=UPPERBECH",
    "s4a://invite/team-design/1?k=UPPERHEX", "s4a://invite/team-design/1?priv=BECH",
    "s4a://invite/team-design/1?priv=nonsense&k=BECH", "s4a://invite/team-design/01?k=BECH",
    "s4a://invite/team-design/1e0?k=BECH", "s4a://invite/team-design/1?k=BECH#fragment?k=x",
    "s4a://invite/team-design/1/PUB?priv=BECH", "s4a://invite/team-design/1/UPPERPUB?priv=HEX",
    "http://example.org/invite/team-design/1?k=BECH",
    "HTTPS://user@example.org:8443/invite/team-design/1?k=BECH",
    "https://claim.4a4.ai/invite/team-design/1/?utm=1&k=BECH&&empty&x=%zz",
    "s4a://invite/team%2Ddesign/1?%6b=BECH", "  s4a://invite/team-design/1?k=BECH\n",
    "url          s4a://invite/team-design/1?k=BECH\nexpires at   2026-12-08 00:40:55",
    "Join us! https://claim.4a4.ai/invite/team-design/1?k=BECH before noon",
  ])
  func `every form in use is read`(form: String) throws {
    let text = form.replacing("UPPERBECH", with: Self.bech.uppercased())
      .replacing("UPPERHEX", with: try Self.hex.uppercased())
      .replacing("UPPERPUB", with: Self.publicHex.uppercased())
      .replacing("BECH", with: Self.bech).replacing("HEX", with: try Self.hex)
      .replacing("PUB", with: Self.publicHex)
    let invite = try read(text)
    #expect(invite.key.hex == Self.publicHex)
    #expect(invite.slug == "team-design")
    #expect(invite.epoch == 1)
  }

  @Test func `the inviter may be an npub`() throws {
    let key = try Published.evan.publicKey
    let invite = try read("s4a://invite/x/1?k=\(Self.bech)&inviter=\(key.npub)")
    #expect(invite.inviter == key)
  }

  @Test func `6-1-8 the address must have the slug of the path`() throws {
    let address = "30520:\(Self.roomHex):elsewhere"
    let text = "s4a://invite/team-design/1?k=\(Self.bech)&address=\(address)"
    #expect(code { _ = try read(text) } == .mismatch)
    #expect(field { _ = try read(text) } == "address")
  }

  @Test(arguments: [
    ("", "url"), ("hello", "url"), ("s4a:invite/x/1?k=BECH", "url"), ("s4a://join/x/1", "url"),
    ("ftp://a/invite/x/1?k=BECH", "url"), ("https://a/b/invite/x/1?k=BECH", "url"),
    ("https://invite/x/1?k=BECH", "url"), ("s4a://invite", "slug"), ("s4a://invite/?k=1", "slug"),
    ("s4a://invite/a_b/1?k=BECH", "slug"), ("s4a://invite/a%2fb/1?k=BECH", "slug"),
    ("s4a://invite/%ff/1?k=BECH", "path"), ("s4a://invite/%4/1?k=BECH", "path"),
    ("s4a://invite/x?k=BECH", "epoch"), ("s4a://invite/x/0?k=BECH", "epoch"),
    ("s4a://invite/x/-1?k=BECH", "epoch"), ("s4a://invite/x/1e99?k=BECH", "epoch"),
    ("s4a://invite/x/99999999999?k=BECH", "epoch"), ("s4a://invite/x/1.5?k=BECH", "epoch"),
    ("s4a://invite/x/1", "k"), ("s4a://invite/x/1?k=", "k"), ("s4a://invite/x/1?k=4ainv1qqqq", "k"),
    ("s4a://invite/x/1?k=ZEROS", "k"), ("s4a://invite/x/1?k=%zz", "k"),
    ("s4a://invite/x/1?priv=4ainv1qqqq", "priv"),
    ("s4a://invite/x/1/ROOM?k=BECH", "k"), ("s4a://invite/x/1/PUB/more?k=BECH", "path"),
    ("s4a://invite/x/1/nokey?k=BECH", "path"), ("s4a://invite/x/1?k=BECH&address=x", "address"),
    ("s4a://invite/x/1?k=BECH&inviter=me", "inviter"),
    ("s4a://invite/x/1?k=BECH&relay=http://a", "relay"),
    ("s4a://invite/x/1?k=BECH&relay=wss://a%0ab", "relay"),
  ])
  func `a bad invite names the part that is wrong`(form: String, expected: String) throws {
    let text = form.replacing("BECH", with: Self.bech).replacing("PUB", with: Self.publicHex)
      .replacing("ROOM", with: Self.roomHex)
      .replacing("ZEROS", with: String(repeating: "0", count: 64))
    #expect(field { _ = try read(text) } == expected)
  }

  @Test func `a key of another kind of bech32 is refused`() throws {
    let text = "s4a://invite/x/1?k=\(try Published.evan.publicKey.npub)"
    #expect(field { _ = try read(text) } == "k")
  }

  @Test func `an invite is bounded in size and relays`() throws {
    let padding = String(repeating: "x", count: Invite.maximumBytes)
    #expect(
      code { _ = try read("s4a://invite/x/1?k=\(Self.bech)&x=\(padding)") } == .tooLarge)
    let relays = String(repeating: "&relay=wss://a", count: Invite.maximumRelays + 1)
    #expect(code { _ = try read("s4a://invite/x/1?k=\(Self.bech)\(relays)") } == .tooLarge)
  }

  @Test func `neither a description nor an error shows the key`() throws {
    let invite = try read("s4a://invite/x/1?k=\(Self.bech)")
    #expect(!"\(invite)".contains("4ainv"))
    do {
      _ = try read("s4a://invite/x/1?k=\(Self.bech)x")
      Issue.record("a damaged key was read")
    } catch { #expect(!"\(error)".contains("apq56wzd")) }
  }

  @Test func `noise never traps, and what is read is written and read again`() throws {
    var random = SeededRandom(20_260_101)
    let seed = Array("s4a://invite/team-design/1?k=\(Self.bech)&relay=wss://a&inviter=".utf8)
    var read = 0
    for _ in 0..<3000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0x20...0x7e, using: &random), at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard let invite = try? Invite(parsing: text),
        let audience = invite.audience
          ?? Audience(
            key: invite.key, slug: invite.slug)
      else { continue }
      read += 1
      let whole = Invite(
        audience: audience, epoch: invite.epoch, secret: invite.secret, inviter: invite.inviter,
        relays: invite.relays)
      #expect(try Invite(parsing: whole.url).key == invite.key)
    }
    #expect(read > 0)
  }
}
