package import Nostr
import Studio

/// How much work an agent has in hand, as its own records tell.
package struct RunLoad: Sendable, Hashable {
  package var running = 0
  /// Parked until a question is answered.
  package var waiting = 0
  package var queued = 0
  /// The newest of its records that tells of an end, or of a card that was passed over.
  package var last: RunRecordRow?

  package init() {}

  package var total: Int { running + waiting + queued }
}

/// The runs of a room as they stand: what is under way and what was passed over, by card, and how much everybody
/// has in hand.
package struct RoomRuns: Sendable, Hashable {
  package private(set) var byCard: [ObjectID: RunRecordRow] = [:]
  package private(set) var loads: [PublicKey: RunLoad] = [:]

  package init() {}

  /// - Parameters:
  ///   - live: records of runs that are not over, and of cards that were passed over; the newest first.
  ///   - last: the newest record of each author that tells of an end.
  init(live: [(row: RunRecordRow, card: ObjectID)], last: [RunRecordRow]) {
    for (row, card) in live {
      if byCard[card] == nil || row.isLive && byCard[card]?.isLive == false { byCard[card] = row }
      guard row.isLive else {
        take(row)
        continue
      }
      switch row.record.state {
      case .queued: loads[row.author, default: RunLoad()].queued += 1
      case .waiting: loads[row.author, default: RunLoad()].waiting += 1
      default: loads[row.author, default: RunLoad()].running += 1
      }
    }
    for row in last { take(row) }
  }

  private mutating func take(_ row: RunRecordRow) {
    var load = loads[row.author] ?? RunLoad()
    if load.last.map({ $0.signedAt < row.signedAt }) ?? true { load.last = row }
    loads[row.author] = load
  }
}

extension Reader {
  /// How far back a reading of runs looks: heartbeats rewrite the records of what is under way.
  private static let runWindow = 400

  /// The runs of a room as they stand.
  package func roomRuns(_ room: RoomID) throws -> RoomRuns {
    let recent = """
      WITH recent AS (
        SELECT object, event, author, card, chosen, created_at FROM dispatch INDEXED BY dispatch_room
        WHERE room = ? AND allowed AND card IS NOT NULL
        ORDER BY created_at DESC, object DESC LIMIT \(Self.runWindow))
      """
    let live = try db.rows(
      """
      \(recent) SELECT \(Self.recordColumns), d.card FROM recent d JOIN event e ON e.seq = d.event
      JOIN event_body b ON b.event = d.event
      WHERE d.chosen IN ('dispatch', 'waiting', 'skipped')
      ORDER BY d.created_at DESC, d.object DESC LIMIT 150
      """, room
    ) { (row: try record($0), card: $0.object(5)) }
    let last = try db.rows(
      """
      \(recent) SELECT \(Self.recordColumns), max(d.created_at) FROM recent d
      JOIN event e ON e.seq = d.event JOIN event_body b ON b.event = d.event
      WHERE d.chosen NOT IN ('dispatch', 'waiting', 'skipped') GROUP BY d.author LIMIT 64
      """, room, read: record)
    return RoomRuns(
      live: live.compactMap { found in found.row.map { ($0, found.card) } },
      last: last.compactMap(\.self))
  }
}
