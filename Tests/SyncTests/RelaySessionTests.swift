import FourA
import Nostr
import Testing

@testable import Relay
@testable import Sync

/// A session and what it asks for, without any relay.
private struct Talk {
  var session: RelaySession
  var now: Int64 = 1_000
  /// Every message so far.
  var sent: [ClientMessage] = []
  var others: [RelaySession.Action] = []

  init(wasReadWithAuth: Bool = false, floor: Int64 = 0) throws {
    let me = try Person.alice.key
    let audience = try Room().audience
    session = RelaySession(
      interests: Interests(me: me, audiences: [audience]),
      backfill: Backfill(start: 1_000_000, floor: floor), wasReadWithAuth: wasReadWithAuth, now: now
    )
    take(session.opened(now: now))
  }

  mutating func take(_ actions: [RelaySession.Action]) {
    for action in actions {
      if case .send(let message) = action { sent.append(message) } else { others.append(action) }
    }
  }

  /// The ids of the subscriptions asked for, in order.
  var asked: [String] {
    sent.compactMap { if case .req(let id, _) = $0 { id } else { nil } }
  }
  func asked(_ purpose: RelaySession.Purpose) -> [String] {
    asked.filter { $0.hasPrefix("\(purpose)-") }
  }
  func filters(of id: String) -> [Filter] {
    for case .req(id, let filters) in sent { return filters }
    return []
  }
  func open(_ purpose: RelaySession.Purpose) -> String? {
    asked(purpose).last { session.purpose(of: $0) == purpose }
  }

  mutating func end(_ purpose: RelaySession.Purpose) {
    if let id = open(purpose) { take(session.endOfStored(id, now: now)) }
  }
  mutating func end(_ id: String) { take(session.endOfStored(id, now: now)) }
  mutating func close(_ purpose: RelaySession.Purpose, _ text: String) {
    if let id = open(purpose) { take(session.closed(id, Reason(reading: text), now: now)) }
  }
  mutating func challenge(_ text: String = "c") {
    take(session.challenged(text, now: now))
    if case .authenticate(text)? = others.last {
      session.sentAuthentication(Self.auth, now: now)
    }
  }
  mutating func verdict(_ accepted: Bool, _ text: String = "") {
    take(
      session.verdict(Self.auth, accepted: accepted, Reason(reading: text), now: now) ?? [])
  }
  mutating func pass(_ milliseconds: Int64) {
    now += milliseconds
    take(session.tick(now: now))
  }
  mutating func page(_ times: Int64...) {
    guard let id = open(.page) else { return }
    for time in times {
      session.arrived(EventID(SHA256.hash("\(time)")), createdAt: time, on: id, now: now)
    }
  }
  var isSaved: Bool {
    others.contains { if case .saveBackfill(_, finished: true) = $0 { true } else { false } }
  }
  func reports(_ text: String) -> Bool {
    others.contains { if case .report(text) = $0 { true } else { false } }
  }
  var isHungUp: Bool { others.contains { if case .hangUp = $0 { true } else { false } } }

  static let auth = EventID(SHA256.hash("auth"))
}

@Suite struct RelaySessionTests {
  @Test func `the live tail opens first and without a time, keys before pages`() throws {
    var talk = try Talk()
    #expect(talk.asked.map { $0.prefix(4) } == ["tail", "keys"])
    let tail = try #require(talk.filters(of: talk.asked[0]).first)
    #expect(tail.since == nil && tail.until == nil && tail.limit == 0)
    #expect(tail.kinds == [1059])
    talk.end(.tail)
    #expect(talk.asked(.page).isEmpty)
    talk.end(.keys)
    #expect(talk.asked(.page).count == 1)
    let page = try #require(talk.filters(of: talk.asked(.page)[0]).first)
    #expect(page.kinds == [1059] && page.limit == 500 && page.until == nil)
  }

  @Test func `a pass ends with an empty page, not with a short one`() throws {
    var talk = try Talk()
    talk.end(.keys)
    talk.page(900, 800)
    talk.end(.page)
    #expect(!talk.isSaved)
    #expect(talk.filters(of: talk.asked(.page)[1]).first?.until == 800)
    talk.page(800)
    talk.end(.page)
    talk.end(.page)
    #expect(talk.isSaved)
    #expect(talk.session.isCaughtUp)
  }

  @Test func `15: every REQ has an id of its own`() throws {
    var talk = try Talk()
    talk.end(.keys)
    for _ in 0..<5 {
      talk.close(.page, "error: try again")
      talk.pass(700_000)
      talk.end(.probe)
    }
    talk.challenge()
    talk.verdict(true)
    #expect(Set(talk.asked).count == talk.asked.count)
    #expect(talk.asked.allSatisfy { $0.utf8.count <= 64 && $0.utf8.allSatisfy { $0 > 0x20 } })
  }

  @Test func `12: what ended before the answer to AUTH proves nothing`() throws {
    var talk = try Talk()
    talk.challenge()
    talk.end(.keys)
    #expect(talk.asked(.page).isEmpty, "nothing is sent behind an AUTH")
    talk.verdict(true)
    #expect(talk.asked(.tail).count == 2 && talk.asked(.keys).count == 2)
    talk.end(.keys)
    talk.end(.page)
    #expect(talk.isSaved)
  }

  @Test func `12: an empty answer from before AUTH is asked for once more, from the beginning`()
    throws
  {
    var talk = try Talk(floor: 500_000)
    talk.end(.keys)
    talk.end(.page)
    #expect(talk.session.isCaughtUp)
    talk.challenge()
    talk.verdict(true)
    #expect(!talk.session.isCaughtUp)
    talk.end(.keys)
    let opened = try #require(talk.open(.page))
    let page = try #require(talk.filters(of: opened).first)
    #expect(page.since == nil, "what was believed of this relay was shown to a stranger")
    var known = try Talk(wasReadWithAuth: true, floor: 500_000)
    known.challenge()
    known.verdict(true)
    known.end(.keys)
    let again = try #require(known.open(.page))
    let owed = try #require(known.filters(of: again).first)
    #expect(owed.since == 500_000)
  }

  @Test func `12: a refused AUTH is reported, and what needs none goes on`() throws {
    var talk = try Talk()
    talk.challenge()
    talk.verdict(false, "restricted: not you")
    #expect(talk.reports("restricted: not you"))
    #expect(talk.asked(.tail).count == 2)
    talk.end(.keys)
    talk.end(.page)
    #expect(talk.session.isCaughtUp)
    talk.challenge("another")
    #expect(talk.session.auth.isRefused && !talk.session.isAuthenticating)
  }

  @Test func `12: silence on AUTH is taken for consent`() throws {
    var talk = try Talk()
    talk.challenge()
    #expect(talk.session.deadline == talk.now + 3_000)
    talk.pass(3_001)
    #expect(!talk.session.isAuthenticating)
    #expect(talk.asked(.tail).count == 2)
  }

  @Test func `12: auth-required behind ERROR: waits for the challenge and asks anew`() throws {
    var talk = try Talk()
    talk.close(.keys, "ERROR: auth-required: please")
    talk.close(.tail, "ERROR: auth-required: please")
    talk.challenge()
    talk.verdict(true)
    #expect(talk.open(.tail) != nil && talk.open(.keys) != nil)
  }

  @Test func `12: the same challenge again and again is answered once`() throws {
    var talk = try Talk()
    for _ in 0..<50 { talk.challenge() }
    talk.verdict(true)
    for _ in 0..<50 { talk.challenge() }
    let answers = talk.others.count {
      if case .authenticate = $0 { true } else { false }
    }
    #expect(answers == 1)
  }

  @Test(arguments: [
    "error: could not", "rate-limited: slow down", "", "Duplicate: x", "something odd",
    "ERROR: shutting down",
  ])
  func `13: a subscription ended for a passing reason is opened again, ever later`(_ text: String)
    throws
  {
    var talk = try Talk()
    talk.close(.tail, text)
    #expect(talk.open(.tail) == nil)
    talk.pass(5_000)
    #expect(talk.open(.tail) != nil)
    talk.close(.tail, text)
    talk.pass(5_000)
    #expect(talk.open(.tail) == nil, "the second wait is longer")
    talk.pass(5_000)
    #expect(talk.open(.tail) != nil)
  }

  @Test(arguments: [
    "restricted: no", "BLOCKED: no", "unsupported: kinds", "Invalid: filter", "pow: 20",
  ])
  func `13: a refused subscription rests for an hour and is never given up`(_ text: String) throws {
    var talk = try Talk()
    talk.close(.tail, text)
    talk.end(.keys)
    talk.end(.page)
    #expect(talk.reports(text))
    talk.pass(1_800_000)
    #expect(talk.open(.tail) == nil)
    talk.end(.probe)
    talk.pass(1_800_000)
    #expect(talk.open(.tail) != nil)
  }

  @Test func `13: refused keys do not keep the wraps from being read`() throws {
    var talk = try Talk()
    talk.close(.keys, "blocked: only wraps here")
    #expect(talk.asked(.page).count == 1)
  }

  @Test func `10: no end of stored events is asked again, then the relay is left`() throws {
    var talk = try Talk()
    talk.end(.tail)
    talk.end(.keys)
    for _ in 0..<3 { talk.pass(20_000) }
    #expect(talk.asked(.page).count >= 3)
    #expect(!talk.isHungUp)
    talk.pass(20_000)
    #expect(talk.isHungUp)
  }

  @Test func `10: keys that never end hold nothing up`() throws {
    var talk = try Talk()
    talk.end(.tail)
    talk.pass(20_000)
    #expect(talk.asked(.page).count == 1)
  }

  @Test func `10: an end of stored events that comes twice or for nobody changes nothing`() throws {
    var talk = try Talk()
    let keys = try #require(talk.open(.keys))
    talk.end(keys)
    talk.end(keys)
    let page = try #require(talk.open(.page))
    talk.end(page)
    let before = talk.asked
    talk.end(page)
    talk.end("nobody")
    talk.session.arrived(EventID(SHA256.hash("x")), createdAt: 1, on: "nobody", now: talk.now)
    #expect(talk.asked == before)
  }

  @Test func `a live connection is asked every ten minutes and left when it is dead`() throws {
    var talk = try Talk()
    talk.end(.tail)
    talk.end(.keys)
    talk.end(.page)
    #expect(talk.session.deadline == 601_000, "nothing is due before")
    talk.pass(600_000)
    #expect(talk.asked(.probe).count == 1)
    talk.end(.probe)
    talk.pass(600_000)
    talk.pass(15_000)
    #expect(talk.isHungUp)
  }

  @Test
  func `answers to what is asked anyway say how long the way is, and pages full of events do not`()
    throws
  {
    var talk = try Talk()
    #expect(talk.session.roundTrip == nil)
    talk.now += 40
    talk.end(.keys)
    #expect(talk.session.roundTrip == 40)
    let page = try #require(talk.open(.page))
    for index in 0..<20 {
      talk.session.arrived(
        EventID(SHA256.hash("\(index)")), createdAt: 1, on: page, now: talk.now)
    }
    talk.now += 5_000
    talk.end(page)
    #expect(talk.session.roundTrip == 40)
    talk.session.answered(after: 80)
    #expect(talk.session.roundTrip == 50)
    let asked = talk.asked.count
    talk.session.answered(after: 50)
    #expect(talk.asked.count == asked, "nothing is asked for the measure alone")
  }

  @Test func `the tail is opened anew before the old one ends`() throws {
    var talk = try Talk()
    let old = try #require(talk.open(.tail))
    talk.end(.tail)
    talk.end(.keys)
    talk.end(.page)
    for _ in 0..<5 {
      talk.pass(600_000)
      talk.end(.probe)
    }
    #expect(talk.asked(.tail).count == 2)
    let opened = try #require(
      talk.sent.lastIndex { if case .req(talk.asked(.tail)[1], _) = $0 { true } else { false } })
    let closed = try #require(
      talk.sent.lastIndex { if case .close(old) = $0 { true } else { false } })
    #expect(opened < closed)
  }

  @Test func `a new room changes the keys asked for and nothing else`() throws {
    var talk = try Talk()
    talk.end(.tail)
    talk.end(.keys)
    talk.end(.page)
    let other = try Room("other", seed: "other").audience
    let interests = Interests(me: try Person.alice.key, audiences: [other])
    talk.take(talk.session.change(interests, now: talk.now))
    #expect(talk.asked(.keys).count == 2 && talk.asked(.tail).count == 1)
    talk.take(talk.session.change(interests, now: talk.now))
    #expect(talk.asked(.keys).count == 2)
  }
}
