import Nostr
import Replica
import Testing
import Worker

@Suite struct EligibilityTests {
  private static let me = key("me")
  private static let bob = key("bob")
  private static let now: Int64 = 2_000_000

  private static func key(_ name: String) -> PublicKey { PublicKey(SHA256.hash(name)) }

  /// A card that is worked on.
  private static var good: Candidate {
    var card = Candidate(me: me, author: bob, assignee: me)
    card.now = now
    card.touchedAt = now - 60
    card.consents = [Consent(.always)]
    card.contentHash = SHA256.hash("content")
    return card
  }

  private static func with(_ change: (inout Candidate) -> Void) -> Candidate {
    var card = good
    change(&card)
    return card
  }

  private static func past(
    _ count: Int, ago: Int64, apart: Int64 = 0, room: Int64 = 0, author: String = "else",
    isWaiting: Bool = false
  ) -> [RunHistory.Past] {
    (0..<Int64(count)).map {
      .init(
        room: room, author: key(author), takenUpAt: now - ago + $0 * apart, isWaiting: isWaiting)
    }
  }

  static let cases: [(SkipReason?, Candidate)] = [
    (nil, good),
    (.notAssigned, with { $0.assignee = nil }),
    (.notAssigned, with { $0.assignee = bob }),
    (.kind, with { $0.kind = "_agent" }),
    (.kind, with { $0.kind = "channel" }),
    (.kind, with { $0.acceptedKinds = ["review"] }),
    (nil, with { $0.acceptedKinds = ["review", "task"] }),
    (.notOpen, with { $0.status = "in_progress" }),
    (.notOpen, with { $0.status = "done" }),
    (nil, with { ($0.status, $0.isRetried) = ("in_progress", true) }),
    (nil, with { ($0.status, $0.isRetried) = ("done", true) }),
    (.notOpen, with { ($0.status, $0.isRetried) = ("archived", true) }),
    (.hold, with { $0.isHeld = true }),
    (.recursion, with { $0.author = me }),
    (.recursion, with { $0.chain = [bob, me] }),
    (.depth, with { $0.depth = 4 }),
    (nil, with { ($0.depth, $0.chain) = (3, ["a", "b", "c"].map(key)) }),
    (.depsBlocked, with { $0.isBlocked = true }),
    (.roomClosed, with { $0.room = .closed }),
    (.notAMember, with { $0.room = .notAMember }),
    (.epochKeyMissing, with { $0.room = .noEpochKey }),
    (.tooOld, with { $0.touchedAt = now - 7 * 86_400 - 1 }),
    (nil, with { $0.touchedAt = now - 7 * 86_400 }),
    (.needsConsent, with { $0.consents = [] }),
    (.blockedAuthor, with { $0.consents = [Consent(.always), Consent(.never)] }),
    (.blockedAuthor, with { ($0.consents, $0.roomSwitch) = ([Consent(.never)], .on) }),
    (.roomOff, with { $0.roomSwitch = .off }),
    (nil, with { ($0.consents, $0.roomSwitch) = ([], .on) }),
    (.attachmentUnavailable, with { $0.hasAttachments = false }),
    (.budgetZero, with { $0.budgetUSD = 0 }),
    (.noAdapter, with { $0.hasAdapter = false }),
    (.repoUnknown, with { $0.hasRepository = false }),
    (.sandboxUnavailable, with { $0.hasSandbox = false }),
    (.paused, with { $0.isPaused = true }),
    (.dailyCap, with { $0.history = RunHistory(past(50, ago: 86_000, room: 7)) }),
    (nil, with { $0.history = RunHistory(past(50, ago: 86_401, room: 7)) }),
    (.roomRate, with { $0.history = RunHistory(past(10, ago: 60)) }),
    (nil, with { $0.history = RunHistory(past(10, ago: 360)) }),
    (nil, with { $0.history = RunHistory(past(10, ago: 60, room: 7)) }),
    (
      .authorQueue,
      with { $0.history = RunHistory(past(5, ago: 9_000, author: "bob", isWaiting: true)) }
    ),
    (nil, with { $0.history = RunHistory(past(5, ago: 9_000, author: "bob")) }),
  ]

  @Test func `every reason to pass a card over has a name, and a card without one runs`() {
    for (reason, card) in Self.cases { #expect(card.skip() == reason, "\(card)") }
    let seen = Set(Self.cases.compactMap(\.0))
    #expect(Set(SkipReason.allCases).subtracting(seen) == [.duplicateWorker])
    #expect(Set(SkipReason.allCases.map(\.words)).count == SkipReason.allCases.count)
  }

  @Test func `a room has ten runs at once, and one more every six minutes`() {
    let limits = PickUpLimits()
    #expect(limits.roomBurst == 10 && limits.roomRefill == 360)
    func skip(_ runs: Int, ago: Int64) -> SkipReason? {
      Self.with { $0.history = RunHistory(Self.past(runs, ago: ago)) }.skip()
    }
    #expect(skip(9, ago: 0) == nil && skip(10, ago: 0) == .roomRate)
    #expect(skip(10, ago: 359) == .roomRate && skip(10, ago: 360) == nil)
    // What is spent comes back one by one.
    #expect(skip(12, ago: 1_079) == .roomRate && skip(12, ago: 1_080) == nil)
  }

  @Test func `a profile has fifty runs in a day, whatever their rooms`() {
    #expect(PickUpLimits().perDay == 50)
    func skip(_ runs: Int, ago: Int64) -> SkipReason? {
      Self.with { $0.history = RunHistory(Self.past(runs, ago: ago, room: 7)) }.skip()
    }
    #expect(skip(49, ago: 60) == nil && skip(50, ago: 60) == .dailyCap)
    #expect(skip(50, ago: 86_399) == .dailyCap && skip(50, ago: 86_400) == nil)
  }

  @Test func `steady use of a room costs nothing but its share`() {
    // One every six minutes is what the bucket takes for ever; the deployed one refused after ten.
    let steady = RunHistory(Self.past(40, ago: 40 * 360, apart: 360))
    #expect(Self.with { $0.history = steady }.skip() == nil)
    let fast = RunHistory(Self.past(40, ago: 40 * 180, apart: 180))
    #expect(Self.with { $0.history = fast }.skip() == .roomRate)
    let opens = RunHistory(Self.past(10, ago: 60)).roomOpensAt(.init(), now: Self.now)
    #expect(opens == Self.now - 60 + 360)
  }

  @Test func `once is for one text and one run`() {
    var once = Consent(.once)
    once.contentHash = SHA256.hash("content")
    #expect(Self.with { $0.consents = [once] }.skip() == nil)
    #expect(
      Self.with { ($0.consents, $0.contentHash) = ([once], SHA256.hash("edited")) }.skip()
        == .needsConsent)
    once.isUsed = true
    #expect(Self.with { $0.consents = [once] }.skip() == .needsConsent)
    once.isUsed = false
    once.contentHash = nil
    #expect(Self.with { $0.consents = [once] }.skip() == .needsConsent)
  }

  @Test func `always holds within its limits`() throws {
    func skip(_ change: (inout Consent.Limits) -> Void) -> SkipReason? {
      var limits = Consent.Limits()
      change(&limits)
      var consent = Consent(.always)
      // As it is kept.
      consent.limits = Consent.Limits(limits.json)
      return Self.with {
        $0.consents = [consent]
        $0.budgetUSD = 5
        $0.history = RunHistory(Self.past(2, ago: 600, room: 7, author: "bob"))
      }.skip()
    }
    #expect(skip { _ in } == nil)
    #expect(skip { $0.kinds = ["task"] } == nil)
    #expect(skip { $0.kinds = ["review"] } == .needsConsent)
    #expect(skip { $0.expiresAt = Self.now } == .needsConsent)
    #expect(skip { $0.expiresAt = Self.now + 1 } == nil)
    #expect(skip { $0.perDay = 2 } == .needsConsent)
    #expect(skip { $0.perDay = 3 } == nil)
    #expect(skip { $0.budgetUSD = 4.99 } == .needsConsent)
    #expect(skip { $0.budgetUSD = 5 } == nil)
    #expect(Consent.Limits(.null).expiresAt == 0, "what cannot be read allows nothing")
  }
}
