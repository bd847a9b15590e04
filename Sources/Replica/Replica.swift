import FourA
import Nostr

/// The local copy of everything decrypted, and the fold over it. This is its one writer; faces read
/// through a `Reader` and write their few rows through a `Desk`.
///
/// The log is the truth: what a view shows is a pure function of the set of admitted events, in
/// whatever order and however often they came. Not `Sendable`: the writer's thread owns it.
package final class Replica {
  /// The writer's connection.
  package let connection: Connection
  /// The queries, on the writer's own connection: they see what the transaction has done so far.
  package let reader: Reader
  let limits: QuarantineLimits
  let now: () -> Int64
  /// Seconds to add to this machine's clock when judging what is dated in the future: what relays say the
  /// time is. Never used for what is written.
  package var clockCorrection: Int64 = 0
  var judgingTime: Int64 { now() + clockCorrection }

  // What is cheaper to remember than to ask; forgotten whenever a transaction fails.
  var rooms: [Audience: RoomID] = [:]
  var authorities: [RoomID: Authority] = [:]
  var relays: [String: Int] = [:]
  var knownAuthors: Set<RoomAuthor> = []
  var held: HeldCounts?
  /// Secrets of grants that are not believed yet, for as long as this process runs.
  var waitingSecrets: [PublicKey: SecretKey] = [:]

  struct RoomAuthor: Hashable {
    let room: RoomID
    let author: PublicKey
  }

  /// Opens the database at `path` (created 0600 when it is not there), brings its schema up to date
  /// and makes the deliveries that were under way due again. Throws `.newerSchema` for one that a
  /// later program wrote. `now` gives Unix seconds.
  package convenience init(
    path: String, limits: QuarantineLimits = .init(), now: @escaping () -> Int64
  ) throws {
    try self.init(
      on: Connection(path: path, mode: .writer, cacheKiB: 49_152), limits: limits, now: now)
    try recoverDeliveries()
  }

  /// Whether anything waits to be indexed; `nil` when that has to be looked up.
  var indexIsDue: Bool?

  init(on connection: Connection, limits: QuarantineLimits, now: @escaping () -> Int64) throws {
    self.connection = connection
    self.limits = limits
    self.now = now
    try Migrations.replica.apply(to: connection)
    reader = Reader(on: connection)
  }

  /// Several calls as one transaction. Return commits, throw rolls back.
  package func transaction<T>(
    _ durability: Connection.Durability = .process, _ body: () throws -> T
  ) throws -> T {
    do {
      return try connection.transaction(durability) { _ in try body() }
    } catch {
      forget()
      throw error
    }
  }

  func forget() {
    indexIsDue = nil
    rooms.removeAll()
    authorities.removeAll()
    relays.removeAll()
    knownAuthors.removeAll()
    held = nil
  }
}

extension Migrations {
  /// The replica's schema. The application id spells `STUD`.
  package static let replica = Migrations(
    application: 0x5354_5544,
    scripts: [PackageResources.schema_001_sql, PackageResources.schema_002_sql])
}
