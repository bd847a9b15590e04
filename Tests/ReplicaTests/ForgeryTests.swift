import FourA
import Nostr
import Replica
import Studio
import Testing

/// What people without a right to it try (wire.md 6.1).
@Suite struct ForgeryTests {
  @Test func `6-1-1: a stranger with all that is public posts nothing`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    try home.take([card])
    let before = try home.hash()
    let forged = [
      try room.rumor(Words.card("Forged"), d: "two", by: .mallory, at: 201),
      try room.rumor(Words.comment(on: card.id), d: "c", by: .mallory, at: 202),
      try room.rumor(Words.status(.done, on: card.id), d: "s", by: .mallory, at: 203),
      try room.rumor(
        Words.profile("bob"), d: DTag.profile(Person.mallory.key), by: .mallory, at: 204),
      try room.rumor(Words.track("backend", title: "Mine"), d: "backend", by: .mallory, at: 205),
      try room.rumor(Words.room("team", title: "Mine"), d: "team", by: .mallory, at: 206),
    ]
    try home.take(forged)
    #expect(try home.hash() == before)
    for event in forged {
      let row = try #require(try home.reader.logEvent(event.id))
      #expect(row.verdict == .refused)
      #expect(row.reason == "the author was not a member at that epoch")
    }
  }

  @Test func `6-1-3: a forged grant never displaces a key`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let mine = try home.replica.epochKeys().map(\.pubkey)
    let other = try SecretKey(bytes: SHA256.hash("attacker's key").bytes)
    for granter in [try Person.mallory.secret, try Person.bob.secret, room.secret] {
      let report = try home.take(room.grant(at: 500, by: granter, of: other))
      #expect(report.rejected == 1 && report.newKeys.isEmpty)
    }
    #expect(try home.replica.epochKeys().map(\.pubkey) == mine)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    try home.take([card])
    #expect(try home.card(card)?.title == "Title")
  }

  @Test func `6-1-3: a forged grant that comes before the declaration gives way to the true one`()
    throws
  {
    let room = try Room()
    let home = try Home()
    try home.follow(room)
    let other = try SecretKey(bytes: SHA256.hash("attacker's key").bytes)
    try home.take(room.grant(at: 50, by: Person.mallory.secret, of: other), room.grant())
    #expect(try home.replica.epochKeys().map(\.state) == [.waiting, .waiting])
    let report = try home.take(room.declaration().open)
    #expect(try home.replica.epochKeys().map(\.state) == [.proven])
    #expect(try report.newKeys.map(\.secret.publicKey) == [room.epochSecret(1).publicKey])
    // And after a restart, when the secret has to be unsealed first.
    #expect(try home.replica.epochKeys().allSatisfy { $0.sealed == "sealed \($0.pubkey.hex)" })
  }

  @Test func `6-1-4: a declaration signed by another key changes no roster`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let before = try home.hash()
    let honest = try room.declaration(epoch: 2, members: [.mallory], at: 900, closedAt: 901)
    let forged = try UnsignedEvent(
      pubkey: Person.mallory.key, createdAt: 900, kind: honest.kind, tags: honest.tags,
      content: honest.content
    ).signed(by: Person.mallory.secret)
    let report = try home.take(forged.open)
    #expect(report.rejected == 1)
    #expect(try home.hash() == before)
    #expect(try home.reader.knowsEvent(forged.id) == false)
  }

  @Test func `6-1-5: neither a bystander sets a status nor anybody revives a deleted card`() throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let bystander = try room.rumor(Words.status(.done, on: card.id), d: "s1", by: .dave, at: 210)
    try home.take([card, bystander])
    #expect(try home.card(card)?.status == "open")
    #expect(try home.verdict(bystander) == .refused)
    let refused = try home.reader.refusals(home.room(room))
    #expect(refused.map(\.eventID) == [bystander.id])
    #expect(refused.first?.effect == "status done")
    #expect(refused.first?.reason == "neither the author nor the assignee may set “done”")

    let assignee = try room.rumor(Words.status(.done, on: card.id), d: "s2", by: .carol, at: 220)
    try home.take([assignee])
    #expect(try home.card(card)?.status == "done")

    let tombstone = try room.rumor(Words.card(status: .deleted), d: "one", by: .bob, at: 230)
    let revival = try room.rumor(Words.status(.open, on: tombstone.id), d: "s3", by: .bob, at: 240)
    try home.take([tombstone, revival])
    #expect(try home.card(card)?.isShown == false)
    #expect(try home.reader.cards(home.room(room)).isEmpty)
    #expect(try home.reader.logEvent(revival.id)?.reason == "the card was deleted")

    let again = try room.rumor(Words.card("Again"), d: "one", by: .bob, at: 250)
    try home.take([again])
    #expect(try home.reader.cards(home.room(room)).map(\.title) == ["Again"])
  }

  @Test func `6-1-6: only the founder names a room, and only the one it was said in`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    #expect(try home.reader.room(id)?.title == "Declared team")
    let events = [
      try room.rumor(Words.room("team", title: "True"), d: "team", by: .alice, at: 200),
      try room.rumor(Words.room("team", title: "Bob's"), d: "team", by: .bob, at: 300),
      try room.rumor(Words.room("other", title: "Elsewhere"), d: "team", by: .alice, at: 400),
    ]
    try home.take(events)
    let row = try #require(try home.reader.room(id))
    #expect(row.title == "True")
    #expect(try row.founder == Person.alice.key)
    #expect(try events.map { try home.verdict($0) } == [.applied, .refused, .refused])
  }

  @Test func `6-1-7: a member overwrites no track and no dispatch record of another`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let made = try room.rumor(Words.track("docs", title: "Bob's"), d: "docs", by: .bob, at: 200)
    let taken = try room.rumor(
      Words.track("docs", title: "Carol's"), d: "docs", by: .carol, at: 300)
    try home.take([taken, made])
    #expect(try home.reader.tracks(home.room(room)).map(\.title) == ["Bob's"])
    #expect(try home.verdict(taken) == .refused)
    let founders = try room.rumor(
      Words.track("docs", title: "Alice's"), d: "docs", by: .alice, at: 250)
    try home.take([founders])
    #expect(try home.reader.tracks(home.room(room)).map(\.title) == ["Alice's"])

    func record(_ person: Person, _ chosen: String, at time: Int64) throws -> Event {
      try room.rumor(
        .dispatch(
          DispatchIntent(
            eventID: "e", candidates: ["a", "b"], chosen: chosen, reason: "r",
            createdAtMilliseconds: time * 1000, createdBy: "x")), d: "e", by: person, at: time)
    }
    try home.take([try record(.bob, "a", at: 200), try record(.carol, "b", at: 300)])
    let kept = try home.replica.connection.rows("SELECT chosen FROM dispatch ORDER BY chosen") {
      $0.text(0)
    }
    #expect(kept == ["a", "b"])
  }

  @Test func `6-1-8: two rooms with one slug share nothing`() throws {
    let room = try Room()
    let other = try Room("team", seed: "another audience")
    let home = try Home(in: room)
    try home.follow(other)
    try home.take(other.declaration(members: [.mallory]).open)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    try home.take([card])
    #expect(try home.reader.rooms(slug: "team").count == 2)
    #expect(try home.reader.cards(home.room(room)).count == 1)
    #expect(try home.reader.cards(home.room(other)).isEmpty)
    #expect(try home.reader.members(home.room(room)).count == 4)
    // A rumor of one room never counts in the other, whoever signed it.
    let crossed = try other.rumor(Words.comment(on: card.id), d: "c", by: .bob, at: 210)
    try home.take([crossed])
    #expect(try home.verdict(crossed) == .refused)
    #expect(try home.card(card)?.comments == 0)
  }

  @Test func `6-1-9: a name comes from one's own profile alone`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let bob = try Person.bob.key
    func name() throws -> String? { try home.reader.name(of: bob, in: id) }
    try home.take([
      try room.rumor(Words.profile("Not d"), d: "profile:x", by: .bob, at: 210),
      try room.rumor(Words.profile("By dave"), d: DTag.profile(bob), by: .dave, at: 210),
      try room.rumor(
        Words.profile("Other kind", kind: "_profilex"), d: DTag.profile(bob), by: .bob, at: 205),
    ])
    #expect(try name() == nil)
    try home.take([try room.rumor(Words.profile("Bob"), d: DTag.profile(bob), by: .bob, at: 220)])
    #expect(try name() == "Bob")
    #expect(try home.reader.cards(id).isEmpty, "what begins with _ shows in no list")
    #expect(try home.reader.tracks(id).isEmpty, "nor makes a track")
    #expect(try home.reader.search("Bob").isEmpty, "nor is found")
    let deleted = Card(
      kind: "_profile", track: "inbox", title: "Bob", body: "b", status: .deleted, createdBy: "x")
    try home.take([try room.rumor(.card(deleted), d: DTag.profile(bob), by: .bob, at: 230)])
    #expect(try name() == nil)
  }

  @Test func `6-1-10: what is dated in the future pins nothing and waits for its time`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card("Now"), d: "one", by: .bob, at: 200)
    let future = try room.rumor(Words.card("Later"), d: "one", by: .bob, at: 4_102_444_800)
    let soon = try room.rumor(Words.card("Soon"), d: "one", by: .bob, at: 10_901)
    try home.take([future, soon, card])
    #expect(try home.card(card)?.title == "Now")
    #expect(try home.verdict(future) == .held)
    #expect(try home.replica.nextDue() == 10_001)
    home.clock.now = 10_001
    let report = try home.replica.settle(keyring: home.keyring)
    #expect(report.applied == 1)
    #expect(try home.card(card)?.title == "Soon")
    #expect(try home.verdict(future) == .held)

    // A declaration from the future, too.
    try home.take(room.declaration(epoch: 2, members: [.alice], at: 4_000_000_000).open)
    #expect(try home.reader.room(home.room(room))?.epoch == 1)
  }

  @Test func `6-1-11: what somebody writes after their removal changes nothing`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let before = try room.rumor(Words.card("Before"), d: "one", by: .dave, at: 200)
    let after = try room.rumor(Words.card("After"), d: "two", by: .dave, at: 500)
    try home.take([before, after])
    #expect(try home.reader.cards(home.room(room)).count == 2)
    // The removal comes later than what it forbids.
    try home.take(room.declaration(epoch: 2, members: [.alice, .bob], at: 400).open)
    #expect(try home.reader.cards(home.room(room)).map(\.title) == ["Before"])
    #expect(try home.verdict(after) == .refused)
    #expect(try home.reader.search("After").isEmpty)
    #expect(try home.reader.tracks(home.room(room)).map(\.cards) == [1])
    // And back on the roster, all of it counts.
    try home.take(room.declaration(epoch: 2, members: [.alice, .bob, .dave], at: 600).open)
    #expect(try home.reader.cards(home.room(room)).count == 2)
    // A closed room takes nothing that is dated later.
    try home.take(
      room.declaration(epoch: 2, members: [.alice, .bob, .dave], at: 700, closedAt: 450).open)
    #expect(try home.verdict(after) == .refused)
    #expect(try home.reader.room(home.room(room))?.status == "closed")
  }
}
