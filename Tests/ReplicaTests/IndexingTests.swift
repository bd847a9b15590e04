import FourA
import Nostr
import Replica
import Studio
import Testing

@Suite struct IndexingTests {
  @Test func `a catch-up is found by search once it is indexed, as it then is`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let first = try room.rumor(Words.card("Alpha", body: "apple"), d: "a", by: .bob, at: 200)
    let second = try room.rumor(Words.card("Beta", body: "banana"), d: "b", by: .bob, at: 201)
    let remark = try room.rumor(Words.comment("cherry", on: first.id), d: "c", by: .carol, at: 210)
    let later = [first, second, remark].map { $0.wrapped() }
    _ = try home.replica.ingest(later, keyring: home.keyring, indexing: .later)
    #expect(try home.reader.search("apple").isEmpty && home.replica.isIndexDue())

    // One is edited and one deleted before the index has seen either.
    try home.take([
      try room.rumor(Words.card("Alpha", body: "apricot"), d: "a", by: .bob, at: 300),
      try room.rumor(Words.card(status: .deleted), d: "b", by: .bob, at: 301),
    ])
    #expect(try home.reader.search("apricot").count == 1)
    while try home.replica.isIndexDue() { try home.replica.indexDue(limit: 1) }
    #expect(try home.reader.search("apple").isEmpty)
    #expect(try home.reader.search("banana").isEmpty)
    #expect(try home.reader.search("cherry").map(\.type) == ["comment"])
    try home.replica.connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
  }

  @Test func `what was due when the engine ended is due when it starts again`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card("Alpha", body: "apple"), d: "a", by: .bob, at: 200)
    _ = try home.replica.ingest([card.wrapped()], keyring: home.keyring, indexing: .later)
    let again = try Replica(path: home.folder.database, now: { 1_000 })
    #expect(try again.isIndexDue())
    try again.rebuild(keyring: home.keyring)
    #expect(try !again.isIndexDue() && home.reader.search("apple").count == 1)
  }
}
