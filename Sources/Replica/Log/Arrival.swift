package import FourA
package import Nostr
import Studio

/// Something that came from a relay and was found authentic on the way here.
package enum Arrival: Sendable {
  /// A declaration, key grant or claim (30520 to 30522), id and signature verified. `grant` when it
  /// is a grant for us that opened.
  case publicEvent(Event, grant: OpenedGrant?, relay: Int)
  /// A gift wrap whose id and signature were verified, and what was in it.
  case wrap(id: EventID, createdAt: Int64, relay: Int, Outcome)
  /// A wrap that was known before it was opened: only says that this relay has it, too.
  case known(wrap: EventID, relay: Int)

  /// About how much memory it holds, in bytes.
  package var bytes: Int {
    switch self {
    case .publicEvent(let event, _, _): 512 + event.content.utf8.count
    case .wrap(_, _, _, .rumor(let rumor)): 512 + 2 * rumor.packed.count
    case .wrap, .known: 128
    }
  }

  package enum Outcome: Sendable {
    case rumor(Rumor)
    /// It carries an event that we hold.
    case duplicate(of: EventID)
    /// Nothing for us in it. `remember` when it can never become anything else.
    case rejected(String, remember: Bool)
  }
}

/// A key grant for us, opened by a worker; not yet believed.
package struct OpenedGrant: Sendable {
  package let grant: KeyGrant
  package let secret: SecretKey
  /// The secret as it may be stored: encrypted by the caller.
  package let sealed: String

  package init(_ grant: KeyGrant, secret: SecretKey, sealed: String) {
    self.grant = grant
    self.secret = secret
    self.sealed = sealed
  }
}

/// A verified rumor with everything that can be read without the database, so that a worker pays
/// for it and not the writer. A class, for it is handed on often and has many parts to count.
package final class Rumor: Sendable {
  package let event: Event
  /// The event as the log keeps it.
  let packed: [UInt8]
  package let envelope: Envelope?
  package let payload: [UInt8]?
  let fact: Result<Fact, PayloadError>?
  let d: String

  /// - Parameters:
  ///   - event: id and signature were verified.
  ///   - opened: its payload, where the key of its epoch is held.
  package convenience init(_ event: Event, opened: Keyring.Opened?) {
    self.init(
      event, packed: event.packed, payload: opened?.payload,
      envelope: opened.map { Envelope(audience: $0.audience, epoch: $0.epoch) })
  }

  /// `envelope` where it was read already.
  init(_ event: Event, packed: [UInt8], payload: [UInt8]?, envelope: Envelope? = nil) {
    self.event = event
    self.packed = packed
    self.payload = payload
    d = event.d
    self.envelope = envelope ?? (try? Envelope(reading: event))
    fact = payload.map { Fact.read(event, payload: $0) }
  }

  /// The same rumor with the payload that has now been opened.
  func with(payload: [UInt8]) -> Rumor {
    Rumor(event, packed: packed, payload: payload, envelope: envelope)
  }
}

/// What one batch did.
package struct IngestReport: Sendable {
  package var received = 0
  package var applied = 0
  package var superseded = 0
  package var refused = 0
  package var held = 0
  package var duplicates = 0
  package var rejected = 0
  /// The rows of the change feed that it wrote.
  package var changes: ClosedRange<Int64>?
  package var rooms: Set<RoomID> = []
  /// Epoch keys that were believed in this batch, for the keyrings of the workers.
  package var newKeys: [NewKey] = []
  /// Rooms whose roster, epoch or status may have changed.
  package var rosters: Set<RoomID> = []
  /// Rooms for which a claim came.
  package var claims: Set<RoomID> = []
  /// Held events had been dropped for space and can be applied now: read the relays again.
  package var refetch = false

  package struct NewKey: Sendable {
    package let room: RoomID
    package let audience: Audience
    package let epoch: Int
    package let secret: SecretKey
    /// A candidate is only tried, beside others.
    package let isProven: Bool
  }

  package init() {}
}

/// What became of an event.
package enum Verdict: Int, Sendable, CaseIterable {
  case applied, superseded, refused, held

  /// As `studio log` writes it.
  package var name: String {
    switch self {
    case .applied: "applied"
    case .superseded: "superseded"
    case .refused: "refused"
    case .held: "held"
    }
  }
}

/// What a held event waits for.
enum Need: Int, Sendable {
  case key = 1
  case declaration, room, time
  /// Refused by the roster; asked again when the roster changes.
  case roster
}

/// What is believed of an event at the door of the fold.
enum Judgement {
  case admit(Fact)
  case refuse(String)
  case refuseByRoster(String)
  case hold(Need, reason: String, notBefore: Int64? = nil)
}

/// How much we keep of what we cannot use yet.
package struct QuarantineLimits: Sendable {
  /// Held rows of one sender, at most.
  package var rowsPerSender = 1_000
  /// Bytes of the held events of one sender, at most.
  package var bytesPerSender = 16 << 20
  /// Bytes of the held events of all who are on no roster of ours, at most.
  package var unknownBytes = 64 << 20
  /// Claims kept for one room.
  package var claimsPerRoom = 1_000
  /// Grants of a room whose declaration has not come.
  package var waitingGrantsPerRoom = 256
  /// How far ahead of our clock an event may be, in seconds.
  package var futureTolerance: Int64 = 900

  package init() {}
}
