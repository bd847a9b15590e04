import FourA
import Nostr
import Replica
import TestKit
import Testing

@Suite struct ConvergenceTests {
  /// Feeds `arrivals` in batches of random size; some of them twice.
  private func home(taking arrivals: [Arrival], of room: Room, seed: UInt64) throws -> Home {
    var random = SeededRandom(seed)
    let home = try Home()
    try home.follow(room)
    var rest = arrivals[...]
    while !rest.isEmpty {
      var batch = Array(rest.prefix(Int.random(in: 1...120, using: &random)))
      rest = rest.dropFirst(batch.count)
      for _ in 0..<5 {
        if let again = arrivals.randomElement(using: &random) { batch.append(again) }
      }
      _ = try home.replica.ingest(batch, keyring: home.keyring)
    }
    // The repetitions may have come before their originals; by now everything has come.
    return home
  }

  @Test(arguments: [20_261_120, 3, 5] as [UInt64])
  func `any order and any repetition of 500 events folds to one digest`(seed: UInt64) throws {
    let recorded = try RecordedSet(seed: seed)
    #expect(recorded.arrivals.count >= 500)
    let first = try home(taking: recorded.arrivals, of: recorded.room, seed: seed)
    let hash = try first.hash()
    let room = try first.room(recorded.room)
    #expect(try first.reader.cards(room, limit: 1000).count > 30)
    #expect(try first.replica.stateHash().events > 400)
    #expect(try first.reader.counts().held > 0)

    first.clock.now = 30_000
    _ = try first.replica.settle(keyring: first.keyring)
    let later = try first.hash()
    #expect(later != hash, "what was dated in the future counts once it is due")
    #expect(try first.replica.verify(keyring: first.keyring).faults == [])

    for run in 1...6 {
      var random = SeededRandom(seed &+ UInt64(run))
      let arrivals =
        run == 1 ? recorded.arrivals.reversed() : recorded.arrivals.shuffled(using: &random)
      let other = try home(taking: arrivals, of: recorded.room, seed: seed &+ UInt64(run))
      #expect(try other.hash() == hash, "permutation \(run) of seed \(seed)")
      other.clock.now = 30_000
      _ = try other.replica.settle(keyring: other.keyring)
      #expect(try other.hash() == later, "permutation \(run) of seed \(seed), later")
    }
  }

  @Test func `a rebuild from the log arrives at the same digest and the same search`() throws {
    let recorded = try RecordedSet(seed: 7)
    let home = try home(taking: recorded.arrivals, of: recorded.room, seed: 7)
    let hash = try home.hash()
    let found = try home.reader.search("comment", limit: 1000).map(\.id)
    try home.replica.rebuild(keyring: home.keyring)
    #expect(try home.hash() == hash)
    #expect(try home.reader.search("comment", limit: 1000).map(\.id) == found)
    #expect(!found.isEmpty)
    let report = try home.replica.verify(keyring: home.keyring)
    #expect(report.isSound, "\(report.faults)")
    #expect(report.checked > 500)
    #expect(report.unopened == 0)
  }

  @Test func `the tally of a track is the number of its shown cards`() throws {
    let recorded = try RecordedSet(seed: 11)
    let home = try home(taking: recorded.arrivals, of: recorded.room, seed: 3)
    let room = try home.room(recorded.room)
    for track in try home.reader.tracks(room) {
      let cards = try home.reader.cards(room, .init(track: track.name), limit: 1000)
      #expect(track.cards == cards.count, "\(track.name)")
      for (status, count) in track.counts {
        #expect(cards.count { $0.status == status } == count, "\(track.name) \(status)")
      }
    }
  }

  @Test func `a damaged row is found by verify`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    try home.take([card])
    #expect(try home.replica.verify(keyring: home.keyring).isSound)
    try home.replica.connection.execute("UPDATE card SET status = 'done'")
    let report = try home.replica.verify(keyring: home.keyring)
    #expect(report.faults.count == 1)
    try home.replica.connection.execute(
      "UPDATE event_body SET payload = replace(payload, 'Title', 'Other') WHERE payload IS NOT NULL"
    )
    #expect(try home.replica.verify(keyring: home.keyring).faults.count == 2)
  }
}
