import Home
import Nostr
import Replica
import Studio
import Testing
import Threads

@testable import Sync

/// Relays that lie, stall and forget (sync.md 3, relay behaviour).
@Suite(.serialized) struct RelayFaultTests {
  /// A room with `count` cards that alice has never seen, on a relay with a fault.
  private func backlog(
    _ count: Int = 40, _ fault: @Sendable (inout LyingRelay.Lies) -> Void
  ) throws -> (Room, LyingRelay) {
    let room = try Room()
    let relay = try LyingRelay()
    let now = SystemCall.now()
    relay.store(
      try (0..<count).map {
        try room.card("c\($0)").wrapped(by: .bob, at: now - 10_000 + Int64($0 / 3))
      })
    relay.store([try room.declaration(), try room.grant()])
    relay.lie(fault)
    return (room, relay)
  }

  private func expectAll(_ count: Int = 40, _ fault: @Sendable (inout LyingRelay.Lies) -> Void)
    throws
  {
    let (room, relay) = try backlog(count, fault)
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    try rig.wait("the whole backlog", milliseconds: 60_000) {
      try rig.titles(in: room).count == count
    }
  }

  @Test
  func `10: a connection that breaks in the middle of a frame and of a page is taken up again`()
    throws
  {
    let (room, relay) = try backlog { $0.clamp = 10 }
    relay.lie { $0.hangsUpAfter = 5 }
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    for after in [3, 17, 25] {
      relay.lie { $0.hangsUpAfter = after }
      relay.hangUp()
    }
    try rig.wait("the whole backlog") { try rig.titles(in: room).count == 40 }
  }

  @Test func `10: two ends of stored events end nothing early`() throws {
    try expectAll {
      $0.endsTwice = true
      $0.clamp = 7
    }
  }

  @Test func `10: an end before the events, or none, holds nothing back that was sent`() throws {
    try expectAll { $0.endsFirst = true }
    try expectAll { $0.withholdsEnd = true }
  }

  @Test func `10: events on a subscription that nobody opened are judged like any`() throws {
    let (room, relay) = try backlog(1) { _ in }
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let card = try room.card("astray")
    relay.say("[\"EVENT\",\"nobody\",\(try card.wrapped(by: .bob).text)]")
    try rig.wait("it") { try rig.has(card) }
  }

  @Test func `11: a clamped limit`() throws { try expectAll { $0.clamp = 7 } }

  @Test func `11: an exclusive until`() throws {
    try expectAll {
      $0.clamp = 7
      $0.untilIsExclusive = true
    }
  }

  @Test func `11: a relay that ignores until`() throws { try expectAll { $0.ignoresUntil = true } }

  @Test func `11: the oldest first`() throws { try expectAll { $0.oldestFirst = true } }

  @Test func `11: everything twice`() throws {
    try expectAll {
      $0.sendsTwice = true
      $0.clamp = 9
    }
  }

  @Test func `12: nothing is shown before AUTH at connect`() throws {
    try expectAll {
      $0.hidesUntilAuth = true
      $0.challengesFirst = true
    }
  }

  @Test func `12: auth-required on every REQ`() throws { try expectAll { $0.wantsAuth = true } }

  @Test func `12: an AUTH that is never answered`() throws {
    let (room, relay) = try backlog {
      $0.challengesFirst = true
      $0.authVerdict = nil
    }
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    try rig.wait("the whole backlog") { try rig.titles(in: room).count == 40 }
  }

  @Test func `12: a refused AUTH is said, and another relay still serves`() throws {
    let (room, relay) = try backlog { _ in }
    let strict = try LyingRelay {
      $0.wantsAuth = true
      $0.authVerdict = false
    }
    let rig = try Rig(relays: [strict.url, relay.url])
    try rig.join(room, on: relay)
    try rig.wait("the whole backlog") { try rig.titles(in: room).count == 40 }
    try rig.wait("the refusal is told") { try rig.relay(strict.url)["auth"]?.string == "refused" }
    let tries = strict.heard.drain().count { if case .auth = $0 { true } else { false } }
    #expect(tries <= 2)
  }

  @Test func `12: a challenge long after an empty answer makes us look again`() throws {
    let (room, relay) = try backlog { $0.hidesUntilAuth = true }
    let rig = try Rig(relays: [relay.url])
    try rig.waitUntilCaughtUp()
    relay.say("[\"AUTH\",\"now then\"]")
    try rig.join(room, on: relay)
    try rig.wait("the whole backlog") { try rig.titles(in: room).count == 40 }
  }

  @Test func `12: AUTH names the address that was dialled and a time that the relay believes`()
    throws
  {
    let relay = try LyingRelay {
      $0.challengesFirst = true
      $0.clockError = 5_000
    }
    let rig = try Rig(relays: [relay.url])
    try rig.waitUntilCaughtUp()
    let answers = relay.heard.drain().compactMap {
      if case .auth(let event) = $0 { event } else { nil }
    }
    let answer = try #require(answers.first)
    try answer.verify()
    #expect(answer.firstTag("relay") == relay.url)
    #expect(answer.firstTag("challenge") == "prove it")
    #expect(abs(answer.createdAt - (SystemCall.now() + 5_000)) < 60)
    #expect(abs((try rig.status().object?["clock_skew"]?.integer ?? 0) - 5_000) < 60)
  }

  @Test(arguments: [
    "error: oops", "ERROR: shutting down", "", "rate-limited: slow down", "duplicate: x",
    "Something Else",
  ])
  func `13: a subscription that is ended comes back`(_ text: String) throws {
    try expectAll(8) { $0.closures = Array(repeating: text, count: 3) }
  }

  @Test(arguments: ["restricted: no", "Blocked: no", "unsupported: no", "invalid: no", "pow: 5"])
  func `13: a refused subscription for keys keeps no wraps out`(_ text: String) throws {
    let (room, relay) = try backlog(8) { _ in }
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    rig.stop()
    let late = try room.card("late")
    relay.store([try late.wrapped(by: .bob)])
    // The first subscription is the tail, the second the keys.
    relay.lie { $0.closures = [text, text] }
    try rig.start()
    try rig.wait("what was stored meanwhile") { try rig.has(late) }
  }

  @Test func `13: notices and unknown words end nothing`() throws {
    let (room, relay) = try backlog(3) { _ in }
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    for text in ["too many concurrent REQs", "bad req", "rate-limited", "unknown envelope"] {
      relay.say("[\"NOTICE\",\"\(text)\"]")
    }
    relay.say("[\"NEG-ERR\",\"x\",\"y\"]")
    let card = try room.card("after")
    relay.publish(try card.wrapped(by: .bob))
    try rig.wait("what comes after") { try rig.has(card) }
    #expect(relay.opened == 1, "nor do they make us dial again")
  }

  @Test func `15: no subscription id is ever used twice`() throws {
    let (room, relay) = try backlog { $0.clamp = 7 }
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    try rig.wait("the whole backlog") { try rig.titles(in: room).count == 40 }
    let ids = relay.heard.drain().compactMap { if case .req(let id, _) = $0 { id } else { nil } }
    #expect(ids.count > 6)
    #expect(Set(ids).count == ids.count)
  }

  @Test func `17: a relay that is not there at the start is found when it comes`() throws {
    let room = try Room()
    let first = try LyingRelay()
    let port = first.port
    let url = first.url
    first.stop()
    let rig = try Rig(relays: [url])
    try rig.wait("a failed dial") { try rig.relay(url)["state"]?.string == "waiting" }
    let relay = try LyingRelay(port: port)
    try rig.join(room, on: relay)
    let card = try room.card("here")
    relay.publish(try card.wrapped(by: .bob))
    try rig.wait("it") { try rig.has(card) }
  }
}
