import Nostr
import Replica
import Studio
import Testing
import Workspace

@Suite struct TeamTests {
  private static let now: Int64 = 1_767_362_580
  private let me = PublicKey(SHA256.hash("me"))

  private func row(
    _ name: String, card: Int64? = nil, _ evidence: PresenceEvidence
  ) -> PresenceRow {
    PresenceRow(
      id: .init(PublicKey(SHA256.hash(name)), card: card.map { ObjectID($0) }), name: name,
      short: "12345678",
      card: card.map {
        .init(
          id: ObjectID($0), eventID: EventID(SHA256.hash("\($0)")), title: "t",
          status: "in_progress", assignee: PublicKey(SHA256.hash(name)), updatedAt: 0)
      }, evidence: evidence)
  }

  private func life(_ ago: Int64, asked: Int64? = nil, work: Bool = true) -> PresenceEvidence {
    PresenceEvidence(
      lifeAt: Self.now - ago, progressAt: Self.now - ago, askedAt: asked.map { Self.now - $0 },
      workSince: work ? 0 : nil)
  }

  @Test func `who needs somebody comes first, then who is silent, each the longest first`() {
    var team = Team()
    team.update(
      [
        row("idle", life(10, work: false)), row("fresh", life(5)), row("busy", life(60)),
        row("lost", life(700)), row("gone", life(4_000)), row("asks", life(5, asked: 240)),
        row("asks-long", life(5, asked: 900)),
      ], link: .up, me: me, now: Self.now)
    #expect(
      team.members.map { $0.row.name ?? "" } == [
        "asks-long", "asks", "gone", "lost", "fresh", "busy", "idle",
      ])
    #expect(team.count == (5, 7))
  }

  @Test func `a silent agent enters the inbox once, until it speaks and falls silent again`() {
    var team = Team()
    // Two cards of one agent are one silence.
    let rows = [row("drift", card: 1, life(0)), row("drift", card: 2, life(0))]
    let drift = rows[0].id.pubkey
    func silences(at seconds: Int64, without aside: Set<PutAside> = []) -> [String?] {
      team.update(link: .up, me: me, now: Self.now + seconds)
      return team.silences(without: aside).map(\.row.name)
    }
    team.update(rows, link: .up, me: me, now: Self.now)
    for seconds in [200, 604] as [Int64] { #expect(silences(at: seconds) == []) }
    #expect(silences(at: 605) == ["drift"])
    #expect(silences(at: 2_000) == ["drift"])
    let aside: Set = [PutAside(pubkey: drift, connection: nil, lifeAt: Self.now)]
    #expect(silences(at: 2_010, without: aside) == [])
    #expect(silences(at: 90_000, without: aside) == [])
    let again = rows.map { row in
      var row = row
      row.evidence.lifeAt = Self.now + 90_010
      return row
    }
    team.update(again, link: .up, me: me, now: Self.now + 90_010)
    #expect(team.silences(without: aside).isEmpty)
    #expect(silences(at: 90_010 + 605, without: aside) == ["drift"])
  }

  @Test
  func `nobody is reported silent who said goodbye, has nothing to do, or while we are offline`() {
    var team = Team()
    var goodbye = life(5_000)
    goodbye.word = .stopped
    var person = life(5_000)
    person.isAgent = false
    let rows = [
      row("goodbye", goodbye), row("person", person), row("idle", life(5_000, work: false)),
      row("drift", life(5_000)),
    ]
    team.update(rows, link: .up, me: me, now: Self.now)
    #expect(team.silences(without: []).map(\.row.name) == ["drift"])
    team.update(link: .down(since: Self.now + 10), me: me, now: Self.now + 10)
    #expect(team.silences(without: []).isEmpty)
    #expect(team.members.allSatisfy { $0.presence.state == .unknown })
    #expect(team.members.allSatisfy { $0.presence.since == Self.now + 10 })
    #expect(team.nextChange == Self.now + 15 || team.nextChange == nil)
  }

  @Test func `whoever looks on is never silent and waits for nobody`() {
    var team = Team()
    let mine = PresenceRow(
      id: .init(me), name: "me", short: "1", evidence: life(9_000, asked: 100))
    team.update([mine], link: .up, me: me, now: Self.now)
    #expect(team.members.first?.presence.state == .idle)
    #expect(team.silences(without: []).isEmpty)
    #expect(team.count == (0, 0))
  }

  @Test func `our own connection is down from its first word on until it is live`() {
    var watch = LinkWatch(now: 100)
    #expect(watch.link == .down(since: 100))
    watch.update(isLive: false, now: 110)
    #expect(watch.link == .down(since: 100))
    watch.update(isLive: true, now: 120)
    #expect(watch.link == .up)
    watch.update(isLive: false, now: 130)
    watch.update(isLive: false, now: 140)
    #expect(watch.link == .down(since: 130))
  }
}
