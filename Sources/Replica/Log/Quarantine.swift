import FourA
import Nostr

/// How much of the quarantine each sender fills.
final class HeldCounts {
  struct Sender {
    var rows = 0
    var bytes = 0
  }

  var senders: [PublicKey: Sender] = [:]
  var unknownBytes = 0

  init(reading db: Connection) throws {
    for (sender, rows, bytes) in try db.rows(
      "SELECT sender, count(*), sum(bytes) FROM held WHERE known < 2 GROUP BY sender",
      read: { (try $0.publicKey(0), $0.int(1), $0.int(2)) })
    {
      senders[sender] = Sender(rows: rows, bytes: bytes)
    }
    unknownBytes = Int(
      try db.number("SELECT coalesce(sum(bytes), 0) FROM held WHERE known = 0"))
  }
}

/// Whom a held event is from.
private enum Standing: Int {
  case stranger, member
  /// It was part of the fold before; never dropped.
  case formerlyAdmitted
}

extension Pass {
  private var counts: HeldCounts {
    get throws {
      if let held = replica.held { return held }
      let counts = try HeldCounts(reading: db)
      replica.held = counts
      return counts
    }
  }

  /// Puts an event that was not admitted aside, if it may be admitted later; makes room for it.
  func hold(
    _ seq: Int64, _ judgement: Judgement, sender: PublicKey, envelope: Envelope,
    room: RoomID?, wrap: EventID?, bytes: Int
  ) throws {
    let need: Need
    var notBefore: Int64?
    switch judgement {
    case .admit, .refuse: return
    case .refuseByRoster: need = .roster
    case .hold(let what, _, let due):
      need = what
      notBefore = due
    }
    let standing: Standing
    if let room {
      let known = replica.knownAuthors.contains(.init(room: room, author: sender))
      let authority = try replica.authority(of: room)
      let isMember = authority.current?.members.contains(sender) ?? false
      standing = isMember ? .member : known ? .formerlyAdmitted : .stranger
    } else {
      standing = .stranger
    }
    try hold(
      seq, need: need, address: envelope.audience.address, epoch: envelope.epoch,
      notBefore: notBefore, sender: sender, standing: standing.rawValue, wrap: wrap, bytes: bytes)
  }

  func hold(
    _ seq: Int64, need: Need, address: String, epoch: Int?, notBefore: Int64?, sender: PublicKey,
    standing: Int, wrap: EventID?, bytes: Int
  ) throws {
    let counts = try counts
    try db.run(
      """
      INSERT OR REPLACE INTO held
        (event, need, address, epoch, not_before, sender, known, bytes, wrap)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, seq, need.rawValue, address, epoch, notBefore, sender, standing, bytes, wrap)
    guard standing != Standing.formerlyAdmitted.rawValue else { return }
    counts.senders[sender, default: .init()].rows += 1
    counts.senders[sender, default: .init()].bytes += bytes
    if standing == Standing.stranger.rawValue { counts.unknownBytes += bytes }
    let limits = replica.limits
    while let used = replica.held?.senders[sender],
      used.rows > limits.rowsPerSender || used.bytes > limits.bytesPerSender
    {
      try drop(
        "SELECT event FROM held WHERE sender = ? AND known < 2 ORDER BY event LIMIT 1", sender
      )
    }
    while let held = replica.held, held.unknownBytes > limits.unknownBytes {
      try drop("SELECT event FROM held WHERE known = 0 ORDER BY event LIMIT 1")
    }
  }

  /// Drops the event that `sql` names, and remembers its wrap, so that it is not read for nothing.
  private func drop(_ sql: String, _ values: any Bindable...) throws {
    guard let oldest = try db.rows(sql, binding: values, read: { $0.int64(0) }).first else {
      // The counts are wrong: take them from the table again.
      replica.held = nil
      return
    }
    let wrap = try release(oldest)
    try db.run("DELETE FROM event WHERE seq = ?", oldest)
    try db.run(
      "UPDATE wrap SET event = NULL, state = ? WHERE id = ?", WrapState.dropped.rawValue, wrap)
  }

  /// Takes an event out of the quarantine, and says in which wrap it had come.
  @discardableResult
  func release(_ seq: Int64) throws -> EventID? {
    let counts = try counts
    let row = try db.first("SELECT sender, known, bytes, wrap FROM held WHERE event = ?", seq) {
      (
        sender: try $0.publicKey(0), known: $0.int(1), bytes: $0.int(2),
        wrap: $0.isNull(3) ? nil : try $0.eventID(3)
      )
    }
    guard let row else { return nil }
    try db.run("DELETE FROM held WHERE event = ?", seq)
    guard row.known < 2 else { return row.wrap }
    counts.senders[row.sender, default: .init()].rows -= 1
    counts.senders[row.sender, default: .init()].bytes -= row.bytes
    if counts.senders[row.sender]?.rows == 0 { counts.senders[row.sender] = nil }
    if row.known == 0 { counts.unknownBytes -= row.bytes }
    return row.wrap
  }
}
