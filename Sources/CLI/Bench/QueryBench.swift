import Home
import Nostr
import Replica
import Studio

/// B9: what each pane asks of the replica, as the replica grows.
enum QueryBench {
  static let sizes = [10_000, 100_000, 1_000_000]

  static func run(upTo largest: Int?, rounds: Int = 200, in scene: BenchScene) throws -> [Figure] {
    var figures: [Figure] = []
    var small: [String: Double] = [:]
    for size in sizes.filter({ $0 <= largest ?? .max }) {
      let home = try scene.team("queries-\(size)", events: size)
      let reader = try Reader(path: home.replicaFile)
      for query in try queries(reader) {
        // The first reading fills the cache; a pane asks again and again.
        try query.ask()
        var times: [Double] = []
        for _ in 0..<rounds {
          // As a screen asks: over one state.
          times.append(try Measure.seconds { try reader.snapshot { _ in try query.ask() } })
        }
        let value = Measure.median(times) * 1e6
        small[query.name] = small[query.name] ?? value
        let first = small[query.name] ?? value
        figures.append(
          Figure(
            id: "B9", name: "\(query.name), \(size) events", value: value, unit: "µs",
            floor: first, ratio: value / first, goal: "≤ 1.5"))
      }
    }
    return figures
  }

  private struct Query {
    let name: String
    let ask: () throws -> Void
  }

  /// Every query of a pane, for the one room that there is. Words and a channel that fill a page at every size: what
  /// is compared is what a page costs, not how much there is to show.
  private static func queries(_ reader: Reader) throws -> [Query] {
    guard let room = try reader.rooms().first, let me = try reader.members(room.id).first?.pubkey,
      let card = try reader.cards(room.id, .init(), limit: 1, me: me).first,
      let channel = try reader.channels(room.id).first(where: { $0.posts >= 100 })?.name
    else { throw BenchError.wrong("the replica holds no team") }
    let (owner, now) = (InboxOwner(me), SystemCall.now())
    let terms = ["ga", "ka"].compactMap { SearchTerm($0, isBeginning: false) }
    return [
      Query(name: "tracks") { _ = try reader.tracks(room.id) },
      Query(name: "cards") { _ = try reader.cards(room.id, .init(), limit: 100, me: me) },
      Query(name: "thread") { _ = try reader.threadEnd(of: card.id, limit: 200) },
      Query(name: "channels") { _ = try reader.channelSummaries(room.id, of: owner) },
      Query(name: "posts") { _ = try reader.posts(channel, in: room.id, limit: 100) },
      Query(name: "questions") { _ = try reader.questions(room.id, openOnly: true) },
      Query(name: "needs") {
        _ = try reader.needs(owner, now: now)
        _ = try reader.needCount(owner, now: now)
      },
      Query(name: "team") { _ = try reader.presence(room.id, now: now) },
      Query(name: "updates") { _ = try reader.updates(owner, now: now) },
      Query(name: "search") { _ = try reader.search(terms, rooms: [room.id], limit: 50) },
    ]
  }
}
