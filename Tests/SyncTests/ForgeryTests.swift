import FourA
import Home
import Nostr
import Replica
import Studio
import Testing
import Workspace

@testable import Sync

/// What people without a right to it try, through a relay and a running engine (wire.md 6.1 and 6.2).
@Suite(.serialized) struct ForgeryTests {
  private let now = SystemCall.now()

  private struct Scene {
    let room: Room
    let relay: LyingRelay
    let rig: Rig
  }

  private func scene() throws -> Scene {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    return Scene(room: room, relay: relay, rig: rig)
  }

  /// Publishes, then waits until something honest that came after has been taken.
  private func publish(_ scene: Scene, _ events: [Event], marker: String) throws {
    scene.relay.publish(events)
    let last = try scene.room.card(marker, by: .carol, at: 5)
    scene.relay.publish(try last.wrapped(by: .carol))
    try scene.rig.wait("the marker \(marker)") { try scene.rig.has(last) }
  }

  private func hash(_ scene: Scene) throws -> String {
    try scene.rig.reader.stateHash().digest.hex
  }

  @Test func `6-1-1: an outsider with all that is public changes nothing and shows as refused`()
    throws
  {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let card = try room.card("honest", to: .alice)
    try publish(scene, [try card.wrapped(by: .bob)], marker: "m")
    let before = try hash(scene)
    let mallory = try Person.mallory.key
    let forged = [
      try room.card("Forged", by: .mallory, at: 11),
      try room.rumor(
        .comment(Comment(target: TargetReference(card.id), body: "x", createdBy: "x")), d: "c",
        by: .mallory, at: 12),
      try room.rumor(
        .comment(
          .statusChange(
            card: card.id, address: card.address, from: .open, to: .done, createdBy: "x")),
        d: "s", by: .mallory, at: 13),
      try room.rumor(
        .card(Card.profile(name: "Bob", of: mallory)), d: DTag.profile(mallory), by: .mallory,
        at: 14),
      try room.rumor(
        .track(Track(name: "todo", title: "Mine", createdBy: "x")), d: "todo", by: .mallory, at: 15),
      try room.rumor(
        .room(
          Studio.Room(slug: "team", title: "Mine", project: "p", defaultTracks: [], createdBy: "x")),
        d: "team", by: .mallory, at: 16),
    ]
    scene.relay.publish(try forged.map { try $0.wrapped(by: .mallory) })
    // The same under the seal of a member, and the same with the member's name on it.
    scene.relay.publish(try forged.map { try $0.wrapped(by: .bob) })
    try rig.wait("all of it is judged") { try forged.allSatisfy { try rig.has($0) } }
    #expect(try hash(scene) == before)
    for event in forged {
      let row = try #require(try rig.reader.logEvent(event.id))
      #expect(row.verdict == .refused, "\(row.effect)")
      #expect(row.reason?.isEmpty == false)
      #expect(row.signer == mallory)
    }
    #expect(try rig.titles(in: room).sorted() == ["honest", "m"])
  }

  @Test func `6-1-3: forged grants displace no key, and nothing is written under theirs`() throws {
    let scene = try scene()
    let room = scene.room
    let key = try SecretKey(bytes: SHA256.hash("mallory's key").bytes)
    let forged = [
      try room.grant(of: key, by: Person.mallory.secret, at: 30),
      try room.grant(of: key, by: Person.carol.secret, at: 31), try room.grant(of: key, at: 32),
      try room.grant(epoch: 2, of: key, by: Person.mallory.secret, at: 33),
    ]
    try publish(scene, forged, marker: "m")
    let id = try scene.rig.post("mine", in: room)
    try scene.rig.wait("it is sent") { try scene.rig.reader.delivery(of: id)?.isSent == true }
    let raw = try Event(parsing: #require(try scene.rig.reader.rawEvent(id)))
    let real = Keyring()
    real.add(epochSecret: try room.epochSecret(1), audience: room.audience, epoch: 1)
    #expect(try String(decoding: real.open(rumor: raw).payload, as: UTF8.self).contains("mine"))
    let theirs = Keyring()
    theirs.add(epochSecret: key, audience: room.audience, epoch: 1)
    #expect(throws: (any Error).self) { try theirs.open(rumor: raw) }
  }

  @Test func `6-1-4: forged declarations replace no roster and close no room`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let before = try hash(scene)
    let honest = try room.declaration(epoch: 2, [.mallory], at: 100, closedAt: 101)
    let byMallory = try honest.changed(by: .mallory) { $0.pubkey = mallory }
    let stolen = try Event(
      parsing: Array(
        byMallory.text.replacing(try Person.mallory.key.hex, with: room.audience.key.hex).utf8))
    scene.relay.publish(byMallory, stolen)
    try publish(scene, [], marker: "m")
    let row = try #require(try rig.reader.room(room.audience))
    #expect(row.epoch == 1 && row.closedAt == nil)
    #expect(try rig.reader.members(row.id).count == 4)
    #expect(try !rig.has(byMallory) && !rig.has(stolen))
    #expect(try hash(scene) != before, "only the marker")
  }

  private var mallory: PublicKey { (try? Person.mallory.key) ?? PublicKey(Bytes32()) }

  @Test func `6-1-5: a bystander's status is refused, a deleted card stays deleted`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let card = try room.card("theirs", to: .carol)
    func status(_ to: CardStatus, by person: Person, at time: Int64) throws -> Event {
      try room.rumor(
        .comment(
          .statusChange(card: card.id, address: card.address, from: .open, to: to, createdBy: "x")),
        d: "s\(time)", by: person, at: time)
    }
    let bystander = try status(.done, by: .dave, at: 20)
    let gone = try room.card("theirs", at: 30, status: .deleted)
    let revival = try status(.open, by: .carol, at: 40)
    try publish(scene, [try bystander.wrapped(by: .dave), try card.wrapped(by: .bob)], marker: "m")
    try rig.wait("the status") { try rig.verdict(bystander) == .refused }
    scene.relay.publish(try revival.wrapped(by: .carol), try gone.wrapped(by: .bob))
    try rig.wait("the deletion") { try rig.has(gone) && rig.has(revival) }
    #expect(try rig.titles(in: room) == ["m"])
    let refusals = try rig.reader.refusals(#require(try rig.reader.room(room.audience)).id)
    #expect(Set(refusals.map(\.eventID)) == [bystander.id, revival.id])
  }

  @Test func `6-1-6, 6-1-7: a member renames no room, takes no track and no card of another`()
    throws
  {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let card = try room.card("bob's", d: "same")
    let events = [
      try room.rumor(
        .room(
          Studio.Room(
            slug: "team", title: "Dave's", project: "p", defaultTracks: [], createdBy: "x")),
        d: "team", by: .dave, at: 20),
      try room.rumor(
        .track(Track(name: "docs", title: "Bob's", createdBy: "x")), d: "docs", by: .bob, at: 20),
      try room.rumor(
        .track(Track(name: "docs", title: "Dave's", createdBy: "x")), d: "docs", by: .dave, at: 30),
      try room.card("dave's", by: .dave, at: 40, d: "same"),
    ]
    try publish(
      scene,
      [
        try card.wrapped(by: .bob), try events[0].wrapped(by: .dave),
        try events[1].wrapped(by: .bob),
        try events[2].wrapped(by: .dave), try events[3].wrapped(by: .dave),
      ], marker: "m")
    try rig.wait("all of it") { try events.allSatisfy { try rig.has($0) } }
    let row = try #require(try rig.reader.room(room.audience))
    #expect(row.title != "Dave's")
    #expect(try rig.reader.tracks(row.id).first { $0.name == "docs" }?.title == "Bob's")
    #expect(try rig.titles(in: room).sorted() == ["bob's", "dave's", "m"])
    #expect(try rig.verdict(events[0]) == .refused && rig.verdict(events[2]) == .refused)
  }

  @Test func `6-1-8: an invite to a room of the same slug is another room`() throws {
    let scene = try scene()
    let other = try Room("team", seed: "another")
    let invite = Invite(
      audience: other.audience, epoch: 1, secret: SecretKey.random(), inviter: mallory,
      relays: [scene.relay.url])
    _ = try scene.rig.workspace.submit(.join(url: invite.url, note: nil))
    try publish(scene, [try other.declaration([.mallory, .alice])], marker: "m")
    #expect(try scene.rig.reader.rooms(slug: "team").count == 2)
    let mine = try #require(try scene.rig.reader.room(scene.room.audience))
    #expect(mine.relation == .joined)
    #expect(try scene.rig.reader.members(mine.id).count == 4)
    #expect(try scene.rig.titles(in: other).isEmpty)
    let id = try scene.rig.post("here", in: scene.room)
    #expect(try scene.rig.reader.logEvent(id)?.room == mine.id)
  }

  @Test func `6-1-9: a name comes from its owner's profile alone`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let bob = try Person.bob.key
    let false1 = try room.rumor(
      .card(Card.profile(name: "Not Bob", of: bob)), d: DTag.profile(bob), by: .dave, at: 20)
    let true1 = try room.rumor(
      .card(Card.profile(name: "Bob", of: bob)), d: DTag.profile(bob), by: .bob, at: 10)
    try publish(scene, [try true1.wrapped(by: .bob), try false1.wrapped(by: .dave)], marker: "m")
    try rig.wait("both") { try rig.has(false1) && rig.has(true1) }
    let id = try #require(try rig.reader.room(room.audience)).id
    #expect(try rig.reader.name(of: bob, in: id) == "Bob")
    #expect(try rig.reader.name(of: Person.dave.key, in: id) == nil)
  }

  @Test func `6-1-10: a card from the future pins nothing, it is held`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let future = try room.card("later", at: 50_000 + 86_400, d: "x")
    let present = try room.card("now", at: 20, d: "x")
    try publish(
      scene, [try future.wrapped(by: .bob), try present.wrapped(by: .bob)], marker: "m")
    try rig.wait("both") { try rig.has(future) && rig.has(present) }
    #expect(try rig.titles(in: room).sorted() == ["m", "now"])
    #expect(try rig.verdict(future) == .held)
    let declaration = try room.declaration(epoch: 9, [.mallory], at: 50_000 + 86_400)
    try publish(scene, [declaration], marker: "m2")
    #expect(try rig.reader.room(room.audience)?.epoch == 1)
  }

  @Test func `6-1-11: a removed member is heard up to the removal and no further`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let before = try room.card("before", by: .dave, at: 10)
    let after = try room.card("after", by: .dave, at: 200)
    try publish(scene, [try before.wrapped(by: .dave), try after.wrapped(by: .dave)], marker: "m")
    try rig.wait("both") { try rig.titles(in: room).count == 3 }
    scene.relay.publish(
      try room.declaration(epoch: 2, [.bob, .alice, .carol], at: 100),
      try room.grant(epoch: 2, at: 100))
    try rig.wait("the removal") { try rig.titles(in: room).sorted() == ["before", "m"] }
    #expect(try rig.verdict(after) == .refused)
    // And under the new epoch, whose key dave does not have, nor with the old key.
    let later = try room.card("later", by: .dave, at: 300, epoch: 2)
    let old = try room.card("old", by: .dave, at: 301)
    scene.relay.publish(try later.wrapped(by: .dave), try old.wrapped(by: .dave))
    try rig.wait("both are judged") { try rig.has(later) && rig.has(old) }
    #expect(try rig.verdict(later) == .refused && rig.verdict(old) == .refused)
  }

  @Test func `6-1-11: nothing is posted into a closed room, nor after leaving`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    scene.relay.publish(try room.declaration(epoch: 1, at: 100, closedAt: 100))
    try rig.wait("it is closed") { try rig.reader.room(room.audience)?.closedAt != nil }
    #expect { try rig.post("late", in: room) } throws: {
      ($0 as? StudioError)?.code == "room_closed"
    }
    scene.relay.publish(try room.declaration(epoch: 1, at: 200))
    try rig.wait("it is open") { try rig.reader.room(room.audience)?.closedAt == nil }
    _ = try rig.workspace.submit(.leave(room.audience))
    #expect { try rig.post("gone", in: room) } throws: {
      ($0 as? StudioError)?.code == "not_a_member"
    }
  }

  @Test func `6-2-17: of one second the lowest id wins, whichever came first`() throws {
    let scene = try scene()
    let twins = [try scene.room.card("one", d: "x"), try scene.room.card("two", d: "x")]
      .sorted { $0.id < $1.id }
    for event in twins { try publish(scene, [try event.wrapped(by: .bob)], marker: event.id.hex) }
    try scene.rig.wait("both") { try twins.allSatisfy { try scene.rig.has($0) } }
    let winner = twins[0]
    #expect(try scene.rig.reader.logEvent(winner.id)?.verdict == .applied)
    #expect(try scene.rig.titles(in: scene.room).contains { ["one", "two"].contains($0) })
  }

  @Test func `6-2-18, 6-2-19: a status before its card counts, an edit keeps its thread`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let card = try room.card("first", at: 10, d: "x")
    let status = try room.rumor(
      .comment(
        .statusChange(card: card.id, address: card.address, from: .open, to: .done, createdBy: "x")),
      d: "s", by: .bob, at: 30)
    let older = try room.rumor(
      .comment(
        .statusChange(
          card: card.id, address: card.address, from: .open, to: .inProgress, createdBy: "x")),
      d: "s2", by: .bob, at: 20)
    let comment = try room.rumor(
      .comment(Comment(target: TargetReference(card.id), body: "hello", createdBy: "x")), d: "c",
      by: .carol, at: 25)
    let edit = try room.card("second", at: 15, d: "x")
    for event in [status, edit, comment, older, card] {
      scene.relay.publish(try event.wrapped(by: event.pubkey == card.pubkey ? .bob : .carol))
    }
    try rig.wait("all of it") {
      try [status, edit, comment, older, card].allSatisfy { try rig.has($0) }
    }
    guard case .one(let found) = try rig.reader.resolveObject(card.id.hex) else {
      throw Late("no card")
    }
    let row = try #require(try rig.reader.card(found.id, me: Person.alice.key))
    #expect(row.title == "second" && row.comments == 1)
    #expect(row.status == "done")
  }

  @Test func `6-2-25, 24: what waits for its key survives a restart, over two rotations`() throws {
    let scene = try scene()
    let (room, rig) = (scene.room, scene.rig)
    let cards = try (0..<60).map { index in
      try room.card("c\(index)", at: 210 + Int64(index), epoch: index < 30 ? 2 : 3)
    }
    scene.relay.publish(try cards.map { try $0.wrapped(by: .bob) })
    try rig.wait("they are held") { try rig.status().object?["pending"]?.integer == 60 }
    rig.stop()
    // Two rotations while offline; the grants stand before their declarations in the store.
    for epoch in [3, 2] {
      scene.relay.store([
        try room.grant(epoch: epoch, at: Int64(epoch) * 100),
        try room.declaration(epoch: epoch, at: Int64(epoch) * 100),
      ])
    }
    try rig.start()
    try rig.wait("they are applied") { try rig.titles(in: room).count == 60 }
    #expect(try rig.status().object?["pending"]?.integer == 0)
  }
}
