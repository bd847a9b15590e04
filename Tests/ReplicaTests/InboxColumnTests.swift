import Nostr
import Replica
import Studio
import TestKit
import Testing

/// What the fold writes beside posts and mentions, so that an inbox can count by indexes alone.
@Suite struct InboxColumnTests {
  private func shuffled(_ recorded: ChannelSet, _ seed: UInt64) throws -> Home {
    var random = SeededRandom(seed)
    let home = try Home()
    try home.follow(recorded.room)
    var rest = recorded.arrivals.shuffled(using: &random)[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(Int.random(in: 1...30, using: &random)))
      rest = rest.dropFirst(batch.count)
      _ = try home.replica.ingest(batch, keyring: home.keyring)
    }
    return home
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func `it is what the entries say, in any order`(seed: UInt64) throws {
    let recorded = try ChannelSet(seed: seed)
    for run in 0..<6 as Range<UInt64> {
      let home = try shuffled(recorded, seed &* 1_000 &+ run)
      #expect(try home.faultyColumns() == [], "permutation \(run) of seed \(seed)")
      #expect(try home.replica.connection.number("SELECT count(*) FROM mention") > 10)
      #expect(
        try home.replica.connection.number(
          "SELECT count(*) FROM post WHERE reply_conn <> ''") > 0)
    }
  }

  @Test func `an answer follows what it answers to another connection`() throws {
    let room = try Room()
    let asked = try room.rumor(
      Words.post("asked", in: .init(channel: .general, connection: .numbered(1))), d: "p",
      by: .alice, at: 200)
    let moved = try room.rumor(
      Words.post("asked", in: .init(channel: .general, connection: .numbered(2))), d: "p",
      by: .alice, at: 300)
    let reply = try room.post(
      "reply", in: .init(channel: .general, replyTo: asked.id), by: .bob, at: 310)
    let key = try Person.alice.key
    for events in [
      [asked, moved, reply], [reply, moved, asked], [asked, reply, moved], [moved, reply, asked],
    ] {
      let home = try Home(in: room)
      for event in events { try home.take([event]) }
      #expect(try home.faultyColumns() == [])
      #expect(try home.reader.inbox(InboxOwner(key, .numbered(1))).isEmpty)
      #expect(try home.reader.inbox(InboxOwner(key, .numbered(2))).map(\.body) == ["reply"])
    }
  }

  @Test func `a database of the schema before is brought to the same rows`() throws {
    let recorded = try ChannelSet(seed: 7)
    let home = try shuffled(recorded, 7)
    let old = try home.copy(schema: 1)
    func rows(_ connection: Connection) throws -> [String] {
      try ["post", "mention"].flatMap { table in
        let columns = try connection.rows("SELECT name FROM pragma_table_info('\(table)')") {
          "quote(\($0.text(0)))"
        }
        return try connection.rows(
          "SELECT \(columns.joined(separator: " || ',' || ")) FROM \(table) ORDER BY 1"
        ) { $0.text(0) }
      }
    }
    func schema(_ connection: Connection) throws -> [String] {
      try connection.rows(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"
      ) { $0.text(0) }
    }
    #expect(throws: ReplicaError.self) { try Reader(path: old.database) }
    let brought = try Replica(path: old.database, now: { 10_000 })
    #expect(try rows(brought.connection) == rows(home.replica.connection))
    #expect(try schema(brought.connection) == schema(home.replica.connection))
    #expect(try brought.stateHash().digest.hex == home.hash())
    #expect(try brought.verify(keyring: home.keyring).isSound)
  }

  @Test func `the newest of an inbox is counted by indexes alone`() throws {
    let home = try Home(in: try Room())
    func plan(_ sql: String) throws -> [String] {
      try home.replica.connection.rows("EXPLAIN QUERY PLAN " + sql) { $0.text(3) }
    }
    let owner = InboxOwner(try Person.alice.key)
    for sql in Reader.recentStatements(owner) {
      let steps = try plan(sql).filter { $0.contains(" mention ") || $0.contains(" post ") }
      #expect(!steps.isEmpty && steps.allSatisfy { $0.contains("COVERING INDEX") }, "\(steps)")
    }
  }
}

extension Home {
  /// Posts and mentions whose columns are not what their entries say.
  fileprivate func faultyColumns() throws -> [String] {
    try replica.connection.rows(
      """
      SELECT 'post ' || p.object FROM post p LEFT JOIN entry n ON n.object = p.object
      WHERE p.author IS NOT n.author OR p.conn IS NOT coalesce(n.conn, '')
        OR p.news IS NOT (n.news IS NOT NULL) OR p.seq IS NOT n.first_seq
        OR p.reply_conn IS NOT (SELECT coalesce(a.conn, '') FROM event e
          JOIN entry a ON a.object = e.object
          WHERE e.id = p.reply_to AND e.room = p.room AND e.admitted)
      UNION ALL SELECT 'mention ' || m.object FROM mention m
        LEFT JOIN entry n ON n.object = m.object LEFT JOIN post p ON p.object = m.object
      WHERE m.room IS NOT n.room OR m.channel IS NOT p.channel OR m.seq IS NOT n.first_seq
        OR m.news IS NOT (n.news IS NOT NULL)
        OR m.own IS NOT CASE WHEN n.author = m.pubkey THEN coalesce(n.conn, '') END
      """
    ) { $0.text(0) }
  }

  /// A database of an earlier schema that holds what this one does.
  fileprivate func copy(schema: Int) throws -> TemporaryFolder {
    let old = try TemporaryFolder()
    try OldSchema.copy(folder.database, to: old.database, schema: schema)
    return old
  }
}
