import Nostr
import Testing

@testable import Relay

@Suite struct RelayURLTests {
  @Test(arguments: [
    ("wss://Relay.Example.COM", "wss://relay.example.com"),
    ("WSS://relay.example.com:443/", "wss://relay.example.com"),
    ("ws://relay.example.com:80/path", "ws://relay.example.com/path"),
    ("wss://relay.example.com/Path/?Key=1#part", "wss://relay.example.com/Path/?Key=1"),
    ("ws://127.0.0.1:7777/", "ws://127.0.0.1:7777"),
    ("ws://[::1]:7777", "ws://[::1]:7777"),
    ("ws://host?x=1", "ws://host/?x=1"),
  ])
  func `equal addresses become equal text`(text: String, normal: String) throws {
    let url = try RelayURL(text)
    #expect(url.text == normal)
    #expect(try RelayURL(normal) == url)
  }

  @Test(arguments: [
    "", "relay.example.com", "http://relay.example.com", "wss://", "wss:///path", "wss://a b",
    "wss://user@host", "wss://user:word@host", "wss://host:0", "wss://host:65536", "wss://host:",
    "wss://host:80x", "wss://h\u{e9}te", "wss://host\r\nX: y", "ws://[::1", "ws://[host]",
    "ws://[::1]x", "wss://" + String(repeating: "a", count: 300),
    "wss://host/" + String(repeating: "a", count: 1_020),
  ])
  func `what is no address is refused`(text: String) {
    #expect(throws: RelayError.self) { try RelayURL(text) }
  }

  @Test func `the parts are what is dialled`() throws {
    let url = try RelayURL("wss://[2001:DB8::1]:8443/a?b")
    #expect(url.isSecure && url.port == 8443 && url.host == "2001:db8::1" && url.path == "/a?b")
    #expect(url.authority == "[2001:db8::1]:8443")
  }

  @Test func `what nobody else reaches is told`() throws {
    for text in ["ws://127.0.0.1:7447", "ws://[::1]:7447", "ws://LOCALHOST"] {
      #expect(try RelayURL(text).isLoopback)
    }
    for text in ["wss://relay.example.com", "ws://192.168.0.7:7447", "ws://[2001:db8::1]"] {
      #expect(try !RelayURL(text).isLoopback)
    }
  }
}

@Suite struct BackoffTests {
  @Test func `each failure doubles the wait, up to five minutes`() {
    var backoff = Backoff()
    let waits = (0..<11).map { _ in backoff.lost(at: .zero, unit: 1) }
    #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { .seconds($0) })
  }

  @Test func `jitter is over the whole wait`() {
    var backoff = Backoff()
    #expect(backoff.lost(at: .zero, unit: 0) == .zero)
    #expect(backoff.lost(at: .zero, unit: 0.5) == .seconds(1))
  }

  @Test(arguments: [(59, true, 3), (60, false, 3), (60, true, 0)])
  func `only a stable and useful connection is forgiven`(
    seconds: Int, useful: Bool, before: Int
  ) {
    var backoff = Backoff()
    for _ in 0..<3 { _ = backoff.lost(at: .zero, unit: 1) }
    backoff.opened(at: .zero)
    if useful { backoff.useful() }
    let wait = backoff.lost(at: .seconds(seconds), unit: 1)
    #expect(wait == .seconds(1 << before))
  }

  @Test func `a relay that is full is left alone for as long as it says`() {
    var backoff = Backoff()
    let asked = LinkClose(reason: "", httpStatus: 429, retryAfter: 900)
    #expect(backoff.lost(at: .zero, close: asked, unit: 0) == .seconds(900))
    let silent = LinkClose(reason: "", httpStatus: 503)
    #expect(backoff.lost(at: .zero, close: silent, unit: 0) == .seconds(300))
    let endless = LinkClose(reason: "", httpStatus: 429, retryAfter: .max)
    #expect(backoff.lost(at: .zero, close: endless, unit: 0) == .seconds(86_400))
  }
}

@Suite struct AuthStateTests {
  private let id = EventID(Bytes32())

  @Test func `an eager client answers at once, another when it is asked to`() {
    var eager = AuthState(policy: .eager)
    #expect(eager.challenged("c", at: .zero) == .sign(challenge: "c"))
    var shy = AuthState(policy: .onDemand)
    #expect(shy.challenged("c", at: .zero) == nil)
    #expect(shy.required(at: .zero) == .sign(challenge: "c"))
    #expect(shy.required(at: .zero) == nil)
  }

  @Test func `auth-required before the challenge is remembered`() {
    var state = AuthState(policy: .onDemand)
    #expect(state.required(at: .zero) == nil)
    #expect(state.challenged("c", at: .zero) == .sign(challenge: "c"))
  }

  @Test func `one AUTH at a time, and each challenge once`() {
    var state = AuthState(policy: .eager)
    _ = state.challenged("c", at: .zero)
    #expect(state.challenged("d", at: .zero) == nil)
    #expect(state.signed(id, at: .zero) == .wake(at: .seconds(3)))
    #expect(state.challenged("e", at: .zero) == nil)
    #expect(state.answered(id, accepted: true, reason: .none, at: .zero) == .resume)
    #expect(state.challenged("c", at: .zero) == nil)
    #expect(state.isAuthenticated)
  }

  @Test func `silence is taken for consent, and the next refusal for a no`() {
    var state = AuthState(policy: .eager)
    _ = state.challenged("c", at: .zero)
    _ = state.signed(id, at: .zero)
    #expect(state.passed(to: .seconds(2)) == nil)
    #expect(state.passed(to: .seconds(3)) == .resume)
    #expect(state.phase == .assumed)
    guard case .park(let until, _) = state.required(at: .seconds(4)) else {
      Issue.record("not parked")
      return
    }
    #expect(until == .seconds(3_604))
  }

  @Test func `a refusal parks for an hour, on the next connection too`() {
    var state = AuthState(policy: .eager)
    _ = state.challenged("c", at: .zero)
    _ = state.signed(id, at: .zero)
    let no = Reason(.restricted, "not you")
    guard case .park = state.answered(id, accepted: false, reason: no, at: .zero) else {
      Issue.record("not parked")
      return
    }
    var next = AuthState(policy: .eager, parkedUntil: state.parkedUntil)
    #expect(next.challenged("d", at: .seconds(3_599)) == nil)
    var later = AuthState(policy: .eager, parkedUntil: state.parkedUntil)
    #expect(later.challenged("d", at: .seconds(3_600)) == .sign(challenge: "d"))
  }

  @Test func `a relay that challenges each second gets two answers`() {
    var state = AuthState(policy: .eager)
    var asked = 0
    for number in 0..<20 {
      let now = Duration.seconds(number)
      if case .sign = state.challenged("\(number)", at: now) {
        asked += 1
        _ = state.signed(id, at: now)
        _ = state.answered(id, accepted: true, reason: .none, at: now)
      }
    }
    #expect(asked == 2)
  }

  @Test func `an OK for another event is none of ours`() {
    var state = AuthState(policy: .eager)
    _ = state.challenged("c", at: .zero)
    _ = state.signed(id, at: .zero)
    let other = EventID([UInt8](repeating: 1, count: 32)) ?? id
    #expect(state.answered(other, accepted: true, reason: .none, at: .zero) == nil)
    #expect(!state.isAuthenticated)
  }
}

@Suite struct PublishingTests {
  @Test(arguments: [
    ("duplicate: exists", PublishReaction.acknowledged),
    ("replaced: have newer event", .final(.superseded)),
    ("ERROR: deleted: user requested deletion", .final(.deleted)),
    ("ERROR: auth-required: who are you", .authenticate),
    ("restricted: not on the list", .park),
    ("rate-limited: slow down", .retry(slower: true)),
    ("error: disk full", .retry(slower: false)),
    ("Write error: db", .retry(slower: false)),
    ("", .retry(slower: false)),
    ("pow: 28 bits needed", .final(.wantsWork)),
    ("blocked: spam", .final(.blocked)),
    ("invalid: created_at too late", .rewrap),
    ("invalid: timestamp is too far in the future", .rewrap),
    ("invalid: event too large", .final(.tooLarge)),
    ("invalid: bad signature", .final(.malformed)),
    ("invalid: bad event id", .final(.malformed)),
    ("invalid: kind not allowed", .final(.blocked)),
    ("mute: no one was listening", .retry(slower: false)),
  ])
  func `a refusal is understood`(text: String, reaction: PublishReaction) {
    #expect(PublishReaction.to(accepted: false, Reason(reading: text)) == reaction)
  }

  @Test(arguments: ["", "duplicate: have this event", "error: but fine"])
  func `true is true, whatever is said with it`(text: String) {
    #expect(PublishReaction.to(accepted: true, Reason(reading: text)) == .acknowledged)
  }

  @Test(arguments: [
    ("ERROR: auth-required: DMs", CloseReaction.authenticate),
    ("rate-limited: too many", .reopen(slower: true)),
    ("error: shutting down", .reopen(slower: false)),
    ("", .reopen(slower: false)),
    ("restricted: members only", .park),
    ("blocked: you", .park),
    ("unsupported: filter", .park),
    ("invalid: filter", .park),
  ])
  func `a CLOSED is understood`(text: String, reaction: CloseReaction) {
    #expect(CloseReaction.to(Reason(reading: text)) == reaction)
  }

  @Test func `a CLOSED without words after all ids came is the end`() {
    #expect(CloseReaction.to(Reason(reading: ""), exhausted: true) == .done)
  }
}

@Suite struct SendRateTests {
  @Test func `full speed until the first complaint`() {
    var rate = SendRate()
    for _ in 0..<10_000 { #expect(rate.take(at: .zero) == nil) }
    rate.limited(at: .zero)
    #expect(rate.take(at: .zero) == .seconds(1))
    #expect(rate.take(at: .seconds(1)) == nil)
  }

  @Test func `complaints halve, acceptances add, and both have an end`() throws {
    var rate = SendRate(announced: 8)
    for second in 1...30 { rate.limited(at: .seconds(second)) }
    #expect(rate.perSecond == SendRate.floor)
    for _ in 0..<10_000 { rate.accepted(at: .seconds(40)) }
    let grown = try #require(rate.perSecond)
    #expect(grown == SendRate.ceiling)
  }

  @Test func `complaints about one burst count once`() {
    var rate = SendRate(announced: 8)
    for _ in 0..<5 { rate.limited(at: .seconds(1)) }
    #expect(rate.perSecond == 4)
  }

  @Test func `after a rest five may go at once`() {
    var rate = SendRate(announced: 1)
    for _ in 0..<5 { #expect(rate.take(at: .seconds(100)) == nil) }
    #expect(rate.take(at: .seconds(100)) != nil)
  }
}

@Suite struct HTTPDateTests {
  @Test func `a date is read as RFC 9110 writes it`() {
    #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.seconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
    #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37") == nil)
    #expect(HTTPDate.seconds("nonsense") == nil)
  }

  @Test func `Retry-After is a number or a date`() {
    #expect(HTTPDate.retryAfter("120", now: nil) == 120)
    #expect(HTTPDate.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_700) == 77)
    #expect(HTTPDate.retryAfter("-1", now: 0) == nil)
  }
}
