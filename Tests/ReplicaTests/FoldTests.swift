import FourA
import Nostr
import Replica
import Studio
import Testing

/// Where the reference loses data or depends on the order (wire.md 6.2).
@Suite struct FoldTests {
  @Test func `6-2-17: of one second the lowest id wins, whichever came first`() throws {
    let room = try Room()
    let versions = try ["A", "B", "C"].map {
      try room.rumor(Words.card($0), d: "one", by: .bob, at: 200)
    }
    let winner = try #require(versions.min { $0.id < $1.id })
    for order in [versions, versions.reversed()] {
      let home = try Home(in: room)
      for event in order { try home.take([event]) }
      #expect(try home.card(winner)?.eventID == winner.id)
    }
  }

  @Test func `6-2-18: an older status change never beats a newer one`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let newer = try room.rumor(Words.status(.done, on: card.id), d: "s1", by: .carol, at: 300)
    let older = try room.rumor(Words.status(.inProgress, on: card.id), d: "s2", by: .carol, at: 250)
    try home.take([card])
    try home.take([newer])
    try home.take([older])
    #expect(try home.card(card)?.status == "done")
    #expect(try home.verdict(older) == .superseded)
    #expect(try home.verdict(newer) == .applied)
  }

  @Test func `6-2-18: a status change that comes before its card still counts`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let change = try room.rumor(Words.status(.done, on: card.id), d: "s1", by: .carol, at: 300)
    try home.take([change])
    #expect(try home.reader.logEvent(change.id)?.reason == "its card has not come")
    try home.take([card])
    #expect(try home.card(card)?.status == "done")
    #expect(try home.verdict(change) == .applied)
  }

  @Test func `6-2-18: an answer that comes before its question answers it`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let question = try room.rumor(Words.question(), d: "q", by: .bob, at: 200)
    let answer = try room.rumor(Words.answer(to: question.id), d: "a", by: .carol, at: 300)
    let edited = try room.rumor(Words.question("Edited?"), d: "q", by: .bob, at: 400)
    for batch in [[answer], [question], [edited]] { try home.take(batch) }
    let id = try home.room(room)
    #expect(try home.reader.questions(id, openOnly: true).isEmpty)
    let row = try #require(try home.reader.questions(id, openOnly: false).first)
    #expect(row.body == "Edited?" && row.isAnswered && row.isEdited)
    #expect(try home.reader.replies(to: row.id, kind: .answer).map(\.body) == ["Answer."])
  }

  @Test func `authority is that of the assignee in force when the change was made`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let first = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let early = try room.rumor(Words.status(.done, on: first.id), d: "s1", by: .dave, at: 250)
    let second = try room.rumor(Words.card(to: .dave), d: "one", by: .bob, at: 300)
    let former = try room.rumor(Words.status(.done, on: first.id), d: "s2", by: .carol, at: 350)
    let late = try room.rumor(
      Words.status(.inProgress, on: second.id), d: "s3", by: .dave, at: 360)
    let founder = try room.rumor(
      Words.status(.archived, on: first.id), d: "s4", by: .alice, at: 370)
    let notHers = try room.rumor(Words.status(.done, on: first.id), d: "s5", by: .alice, at: 380)
    try home.take([notHers, late, former, second, early, first])
    #expect(try home.card(first)?.status == "in_progress")
    #expect(try home.verdict(early) == .refused)
    #expect(try home.verdict(former) == .refused)
    #expect(try home.verdict(notHers) == .refused)
    try home.take([founder])
    #expect(try home.card(first)?.status == "archived")
  }

  @Test func `6-2-19: editing a card keeps its thread`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let comment = try room.rumor(Words.comment("First", on: card.id), d: "c", by: .carol, at: 210)
    let question = try room.rumor(Words.question(on: card), d: "q", by: .carol, at: 220)
    try home.take([card, comment, question])
    let edited = try room.rumor(Words.card("Edited", to: .carol), d: "one", by: .bob, at: 300)
    let onOld = try room.rumor(Words.status(.done, on: card.id), d: "s", by: .carol, at: 310)
    let onNew = try room.rumor(Words.comment("Second", on: edited.id), d: "d", by: .dave, at: 320)
    let answer = try room.rumor(Words.answer(to: question.id), d: "a", by: .bob, at: 330)
    let reply = try room.rumor(Words.comment("Reply", on: comment.id), d: "e", by: .bob, at: 340)
    try home.take([reply, answer, onNew, onOld, edited])
    let row = try #require(try home.card(card))
    #expect(row.title == "Edited" && row.status == "done" && row.comments == 3)
    #expect(row.eventID == edited.id)
    #expect(row.unread == 6, "the card, its comments, the question and the answer")
    let thread = try home.reader.thread(of: row.id)
    #expect(
      thread.map(\.body) == [
        "First", "Question?", "status: open → done", "Second", "Answer.", "Reply",
      ])
    #expect(try home.reader.versions(of: row.id).map(\.title) == ["Edited", "Title"])
    #expect(try home.reader.log(ofThread: row.id).count == 8)
  }

  @Test func `a card's own earlier ids lead to it while nobody holds those events`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let lost = try room.rumor(Words.card("Never came"), d: "one", by: .bob, at: 150)
    let comment = try room.rumor(Words.comment(on: lost.id), d: "c", by: .carol, at: 160)
    let fabric = Fabric(type: "card").adding(previous: lost.id)
    let card = try room.rumor(Words.card(fabric: fabric), d: "one", by: .bob, at: 200)
    let thief = try room.rumor(Words.card("Thief", fabric: fabric), d: "two", by: .dave, at: 210)
    try home.take([comment, thief])
    try home.take([card])
    #expect(try home.card(card)?.comments == 1, "the earlier claim stands")
    #expect(try home.card(thief)?.comments == 0)
    // The event itself beats every claim.
    let other = try room.rumor(Words.card("Other"), d: "three", by: .carol, at: 100)
    let onOther = try room.rumor(Words.comment(on: other.id), d: "d", by: .bob, at: 220)
    let claim = try room.rumor(
      Words.card("Claims", fabric: Fabric(type: "card").adding(previous: other.id)), d: "four",
      by: .dave, at: 90)
    try home.take([claim, onOther])
    #expect(try home.card(claim)?.comments == 1)
    try home.take([other])
    #expect(try home.card(claim)?.comments == 0)
    #expect(try home.card(other)?.comments == 1)
  }

  @Test func `an extension block that another client dropped is kept and flagged`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let fabric = Fabric(type: "task", fields: ["priority": "high"])
    try home.take([
      try room.rumor(Words.card(fabric: fabric), d: "one", by: .bob, at: 200),
      try room.rumor(Words.card("Stripped"), d: "one", by: .bob, at: 300),
    ])
    let row = try #require(try home.reader.cards(home.room(room)).first)
    #expect(row.title == "Stripped" && row.isStripped)
    #expect(row.fabric?.contains("priority") == true)
  }

  @Test func `a plain comment sets no status, and a comment may be edited`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let plain = Comment(
      target: TargetReference(card.id), body: "done?", intent: "progress", toStatus: .done,
      createdBy: "x")
    try home.take([
      card, try room.rumor(.comment(plain), d: "c", by: .bob, at: 210),
      try room.rumor(Words.comment("Better", on: card.id), d: "c", by: .bob, at: 220),
      try room.rumor(Words.comment("Worse", on: card.id), d: "c", by: .bob, at: 205),
    ])
    let row = try #require(try home.card(card))
    #expect(row.status == "open" && row.comments == 1)
    let comment = try #require(try home.reader.thread(of: row.id).first)
    #expect(comment.body == "Better" && comment.isEdited && comment.createdAt == 205)
    #expect(try home.reader.search("worse").isEmpty)
    #expect(try home.reader.search("better").map(\.title) == ["Title"])
  }

  @Test func `a card on an unknown track gives a stub, until the track comes or the card goes`()
    throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let card = try room.rumor(Words.card(track: "docs"), d: "one", by: .bob, at: 200)
    try home.take([card])
    #expect(try home.reader.tracks(id).map(\.isStub) == [true])
    try home.take([try room.rumor(Words.card(track: "code"), d: "one", by: .bob, at: 300)])
    #expect(try home.reader.tracks(id).map(\.name) == ["code"])
    try home.take([try room.rumor(Words.track("code", title: "Code"), d: "code", by: .bob, at: 400)]
    )
    let track = try #require(try home.reader.tracks(id).first)
    #expect(!track.isStub && track.title == "Code" && track.counts == ["open": 1])
  }

  @Test func `6-2-20: a comment finds its card among thousands`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let first = try room.rumor(Words.card("First"), d: "first", by: .bob, at: 200)
    try home.take([first])
    try home.take(
      (0..<300).map { try room.rumor(Words.card("Card \($0)"), d: "d\($0)", by: .bob, at: 300) })
    try home.take([
      try room.rumor(Words.comment(on: first.id), d: "c", by: .carol, at: 400),
      try room.rumor(Words.status(.done, on: first.id), d: "s", by: .bob, at: 400),
    ])
    let row = try #require(try home.card(first))
    #expect(row.comments == 1 && row.status == "done")
  }

  @Test func `replies that run in a circle belong to no card`() throws {
    let room = try Room()
    let home = try Home(in: room)
    func address(_ d: String) throws -> Address {
      Address(kind: 30533, pubkey: try Person.bob.key, d: d)
    }
    func lost(_ text: String) -> EventID { EventID(SHA256.hash(text)) }
    let events = [
      try room.rumor(
        Words.comment(on: lost("1"), address: address("b")), d: "a", by: .bob, at: 200),
      try room.rumor(
        Words.comment(on: lost("2"), address: address("a")), d: "b", by: .bob, at: 201),
    ]
    try home.take([events[0]])
    try home.take([events[1]])
    #expect(try home.reader.entry(home.object(events[0]))?.root == nil)
    #expect(try home.reader.entry(home.object(events[0]))?.parent == home.object(events[1]))
    #expect(try home.replica.verify(keyring: home.keyring).isSound)
  }
}
