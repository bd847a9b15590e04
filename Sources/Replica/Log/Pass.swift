import FourA
import Nostr

/// One transaction's worth of intake: takes arrivals into the log, then brings the fold up to date
/// for what they touched.
final class Pass {
  let replica: Replica
  let db: Connection
  let keyring: Keyring
  let indexing: Indexing
  let now: Int64
  /// The time by which the future is told from the past.
  let judgingTime: Int64
  var report = IngestReport()

  /// Rooms whose declarations or grants changed.
  var rosters: Set<RoomID> = []
  var dirt = Dirt()

  init(_ replica: Replica, keyring: Keyring, indexing: Indexing = .now) {
    self.replica = replica
    self.indexing = indexing
    db = replica.connection
    self.keyring = keyring
    now = replica.now()
    judgingTime = replica.judgingTime
  }

  func take(_ arrival: Arrival) throws {
    report.received += 1
    switch arrival {
    case .publicEvent(let event, let grant, let relay):
      try take(event, grant: grant, bit: Self.bit(relay))
    case .known(let wrap, let relay):
      report.duplicates += 1
      try mark(wrap: wrap, bit: Self.bit(relay))
    case .wrap(let id, let createdAt, let relay, let outcome):
      try take(wrap: id, createdAt: createdAt, bit: Self.bit(relay), outcome)
    }
  }

  static func bit(_ relay: Int) -> Int64 { relay < 0 || relay > 62 ? 0 : 1 << Int64(relay) }

  private func take(
    wrap: EventID, createdAt: Int64, bit: Int64, _ outcome: Arrival.Outcome
  ) throws {
    switch outcome {
    case .rejected(_, let remember):
      report.rejected += 1
      if remember { try store(wrap: wrap, createdAt: createdAt, event: nil, bit: bit) }
    case .duplicate(let inner):
      report.duplicates += 1
      guard let seq = try mark(event: inner, bit: bit) else { return }
      try store(wrap: wrap, createdAt: createdAt, event: seq, bit: bit)
    case .rumor(let rumor):
      if let seq = try mark(event: rumor.event.id, bit: bit) {
        report.duplicates += 1
        try store(wrap: wrap, createdAt: createdAt, event: seq, bit: bit)
      } else if let envelope = rumor.envelope {
        let (seq, _) = try record(rumor, envelope, wrap: wrap, bit: bit)
        try store(wrap: wrap, createdAt: createdAt, event: seq, bit: bit)
      } else {
        report.rejected += 1
        try store(wrap: wrap, createdAt: createdAt, event: nil, bit: bit)
      }
    }
  }

  /// Takes an authentic rumor that is not in the log yet.
  func record(
    _ rumor: Rumor, _ envelope: Envelope, wrap: EventID?, bit: Int64
  ) throws -> (seq: Int64, Judgement) {
    let room = try replica.room(envelope.audience)
    let (rumor, judgement) = try judge(rumor, envelope, in: room)
    let event = rumor.event
    var object: (id: Int64, isNew: Bool)?
    if case .admit = judgement, let room {
      object = try intern(room, kind: event.kind, author: event.pubkey, d: rumor.d)
    }
    let seq = try insert(
      event, packed: rumor.packed, payload: rumor.payload, room: room, object: object?.id,
      epoch: envelope.epoch, bit: bit, judgement)
    if case .admit(let fact) = judgement, let room, let object {
      try apply(
        fact, Header(seq, event, d: rumor.d, room: room, object: object.id), object.isNew,
        received: now)
    } else {
      try hold(
        seq, judgement, sender: event.pubkey, envelope: envelope, room: room, wrap: wrap,
        bytes: rumor.packed.count)
    }
    return (seq, judgement)
  }

  // MARK: Rows of the log

  /// Writes one row of the log and its change.
  func insert(
    _ event: Event, packed: [UInt8], payload: [UInt8]?, room: RoomID?, object: Int64?, epoch: Int?,
    bit: Int64, _ judgement: Judgement
  ) throws -> Int64 {
    let (verdict, reason) = judgement.outcome
    try db.run(
      """
      INSERT INTO event (id, room, object, kind, author, created_at, epoch, received_at, relays,
        admitted, verdict, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, event.id, room, object, event.kind, event.pubkey, event.createdAt, epoch, now, bit,
      object != nil, verdict.rawValue, reason)
    let seq = db.lastRow
    try db.run(
      "INSERT INTO event_body (event, packed, payload) VALUES (?, ?, ?)", seq, packed, payload)
    count(verdict)
    if let room {
      report.rooms.insert(room)
      if object != nil { try meet(event.pubkey, in: room) }
    }
    try change(
      verdict == .held ? .held : verdict == .refused ? .refused : ChangeType(kind: event.kind),
      room: room, object: object, event: seq)
    return seq
  }

  func count(_ verdict: Verdict) {
    switch verdict {
    case .applied: report.applied += 1
    case .superseded: report.superseded += 1
    case .refused: report.refused += 1
    case .held: report.held += 1
    }
  }

  func change(_ type: ChangeType, room: RoomID?, object: Int64?, event: Int64?) throws {
    try db.run(
      "INSERT INTO change (at, type, room, object, event) VALUES (?, ?, ?, ?, ?)", now,
      type.rawValue, room, object, event)
    let seq = db.lastRow
    report.changes = (report.changes?.lowerBound ?? seq)...seq
  }

  /// The row of what (room, kind, author, d) names.
  func intern(
    _ room: RoomID, kind: Int, author: PublicKey, d: String
  ) throws -> (id: Int64, isNew: Bool) {
    let key = ObjectKey(room: room, kind: kind, author: author, d: d).hash
    let known = try db.first(ObjectKey.find, key, room, kind, author, d) { $0.int64(0) }
    if let known { return (known, false) }
    try db.run(
      "INSERT INTO object (room, kind, author, d, key) VALUES (?, ?, ?, ?, ?)", room, kind, author,
      d, key)
    return (db.lastRow, true)
  }

  /// Remembers that somebody has spoken in a room.
  func meet(_ author: PublicKey, in room: RoomID) throws {
    guard replica.knownAuthors.insert(.init(room: room, author: author)).inserted else { return }
    try db.run("INSERT OR IGNORE INTO author (room, pubkey) VALUES (?, ?)", room, author)
  }

  // MARK: Relay marks

  /// The row of a known event, with the relay's bit set; `nil` when it is not known.
  func mark(event id: EventID, bit: Int64) throws -> Int64? {
    let found = try db.first("SELECT seq, relays FROM event WHERE id = ?", id) {
      (seq: $0.int64(0), relays: $0.int64(1))
    }
    guard let found else { return nil }
    if found.relays & bit != bit {
      try db.run("UPDATE event SET relays = relays | ? WHERE seq = ?", bit, found.seq)
    }
    return found.seq
  }

  private func mark(wrap: EventID, bit: Int64) throws {
    let found = try db.first("SELECT relays, event FROM wrap WHERE id = ?", wrap) {
      (relays: $0.int64(0), event: $0.optionalInt64(1))
    }
    guard let found, found.relays & bit != bit else { return }
    try db.run("UPDATE wrap SET relays = relays | ? WHERE id = ?", bit, wrap)
    guard let seq = found.event else { return }
    try db.run("UPDATE event SET relays = relays | ? WHERE seq = ?", bit, seq)
  }

  /// Remembers a wrap by its id, opened (`event`) or forever closed.
  private func store(wrap: EventID, createdAt: Int64, event: Int64?, bit: Int64) throws {
    try db.run(
      """
      INSERT INTO wrap (id, created_at, event, state, relays) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET relays = relays | excluded.relays,
        event = coalesce(excluded.event, event), state = max(state, excluded.state)
      """, wrap, createdAt, event,
      event == nil ? WrapState.closed.rawValue : WrapState.opened.rawValue,
      bit)
  }
}

/// What became of a wrap. Of two, the larger stands.
enum WrapState: Int {
  /// Its event was dropped for space; read it again when it can be used.
  case dropped
  case closed
  case opened
}

/// What the change feed says has changed.
package enum ChangeType: Int, Sendable, CaseIterable {
  case card = 1
  case comment, question, answer, track, dispatch, room
  case roster, grant, claim
  case held, refused
  case delivery, intent

  init(kind: Int) {
    switch kind {
    case 30520: self = .roster
    case 30521: self = .grant
    case 30522: self = .claim
    case 30531: self = .track
    case 30532: self = .dispatch
    case 30533: self = .comment
    case 30534: self = .question
    case 30535: self = .answer
    case 30536: self = .room
    default: self = .card
    }
  }

  /// As `studio watch` writes it.
  package var name: String { "\(self)" }
}

extension Judgement {
  /// The verdict at the door; the fold may say more later.
  var outcome: (Verdict, String?) {
    switch self {
    case .admit: (.applied, nil)
    case .refuse(let reason), .refuseByRoster(let reason): (.refused, reason)
    case .hold(_, let reason, _): (.held, reason)
    }
  }
}

/// One admitted event, as the fold sees it.
struct Header {
  let seq: Int64
  let stamp: Stamp
  let kind: Int
  let author: PublicKey
  let d: String
  let room: RoomID
  let object: Int64

  init(_ seq: Int64, _ event: Event, d: String, room: RoomID, object: Int64) {
    self.init(
      seq: seq, stamp: Stamp(createdAt: event.createdAt, id: event.id), kind: event.kind,
      author: event.pubkey, d: d, room: room, object: object)
  }

  init(
    seq: Int64, stamp: Stamp, kind: Int, author: PublicKey, d: String, room: RoomID, object: Int64
  ) {
    self.seq = seq
    self.stamp = stamp
    self.kind = kind
    self.author = author
    self.d = d
    self.room = room
    self.object = object
  }
}
