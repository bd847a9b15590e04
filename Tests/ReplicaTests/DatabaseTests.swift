import Foundation
import Nostr
import Replica
import Testing

@Suite struct DatabaseTests {
  @Test func `a database of a later program is refused and left alone`() throws {
    let folder = try TemporaryFolder()
    _ = try Replica(path: folder.database, now: { 0 })
    try Connection(path: folder.database, mode: .writer).execute("PRAGMA user_version = 99")
    #expect(throws: ReplicaError.self) { try Replica(path: folder.database, now: { 0 }) }
    do { _ = try Reader(path: folder.database) } catch let error as ReplicaError {
      #expect(.newerSchema ~= error)
    }
    let connection = try Connection(path: folder.database, mode: .writer)
    #expect(try connection.number("PRAGMA user_version") == 99)
  }

  @Test func `a database of another program is refused`() throws {
    let folder = try TemporaryFolder()
    try Connection(path: folder.database, mode: .writer)
      .execute("PRAGMA application_id = 7; PRAGMA user_version = 1")
    do {
      _ = try Replica(path: folder.database, now: { 0 })
      Issue.record("it was opened")
    } catch let error as ReplicaError { #expect(.foreignSchema ~= error) }
  }

  @Test func `nobody else may read the files`() throws {
    let folder = try TemporaryFolder()
    let replica = try Replica(path: folder.database, now: { 0 })
    try replica.setSetting("a", "b")
    for file in ["replica.db", "replica.db-wal", "replica.db-shm"] {
      let found = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(file)")
      #expect(found[.posixPermissions] as? Int == 0o600, "\(file)")
    }
  }

  @Test func `a transaction that was not finished leaves nothing`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let hash = try home.hash()
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try home.replica.transaction {
        _ = try home.replica.ingest([card.wrapped()], keyring: home.keyring)
        #expect(try home.card(card) != nil)
        throw Stop()
      }
    }
    #expect(try home.hash() == hash)
    // What another process finds after the first one was killed in the middle of it.
    try home.replica.connection.execute("BEGIN IMMEDIATE; DELETE FROM event_body")
    let copy = try TemporaryFolder()
    for file in ["replica.db", "replica.db-wal"] {
      try FileManager.default.copyItem(
        atPath: "\(home.folder.path)/\(file)", toPath: "\(copy.path)/\(file)")
    }
    try home.replica.connection.execute("ROLLBACK")
    let other = try Replica(path: copy.database, now: { 10_000 })
    #expect(try other.stateHash().digest.hex == hash)
    try home.take([card])
    #expect(try home.card(card) != nil)
  }

  @Test func `a reader cannot write, and is stopped when its budget is spent`() throws {
    let home = try Home()
    let reader = try Connection(path: home.folder.database, mode: .reader)
    do {
      try reader.run("INSERT INTO setting VALUES ('a', 'b')")
      Issue.record("a reader wrote")
    } catch let error as ReplicaError { #expect(.readOnly ~= error) }
    do {
      let endless =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
      _ = try reader.limited(toMilliseconds: 5) { try reader.number(endless) }
      Issue.record("it came to an end")
    } catch let error as ReplicaError { #expect(.interrupted ~= error) }
    #expect(try reader.number("SELECT 1") == 1)
  }

  @Test func `a full disk is said to be full, with what helps`() throws {
    let home = try Home()
    let connection = home.replica.connection
    _ = try connection.number("PRAGMA max_page_count = 1")
    do {
      try connection.run(
        "INSERT INTO setting VALUES ('a', '\(String(repeating: "x", count: 1_000_000))')")
      Issue.record("there was room")
    } catch let error as ReplicaError {
      #expect(error.errorCode == "disk_full")
      #expect(error.errorMessage == "the disk is full")
      #expect(error.errorHint?.contains("make room") == true)
    }
  }

  @Test func `text and bytes come back as they were, the empty ones too`() throws {
    let connection = try Connection(path: "", mode: .writer)
    try connection.execute("CREATE TABLE t (a, b, c)")
    let nfd = "e\u{301}"
    try connection.run("INSERT INTO t VALUES (?, ?, ?)", "", [UInt8](), nfd)
    let row = try connection.first("SELECT a, b, c, a IS NULL, b IS NULL FROM t") {
      ($0.text(0), $0.bytes(1), Array($0.text(2).utf8), $0.bool(3), $0.bool(4))
    }
    #expect(row?.0 == "" && row?.1 == [] && row?.2 == Array(nfd.utf8))
    #expect(row?.3 == false && row?.4 == false)
    #expect(try connection.number("SELECT count(*) FROM t WHERE c = ?", "é") == 0)
  }
}
