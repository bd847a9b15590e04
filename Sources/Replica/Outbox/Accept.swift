package import FourA
package import Nostr

/// One wrap of an event of ours, frozen: these very bytes are sent, however often.
package struct OutgoingWrap: Sendable {
  package let id: EventID
  /// Whom it is for; `nil` for a public event, which is its own wrap.
  package let recipient: PublicKey?
  package let createdAt: Int64
  /// The event's JSON.
  package let bytes: [UInt8]

  package init(id: EventID, recipient: PublicKey?, createdAt: Int64, bytes: [UInt8]) {
    self.id = id
    self.recipient = recipient
    self.createdAt = createdAt
    self.bytes = bytes
  }

  /// A public event, sent as it is.
  package init(publicEvent event: Event) {
    self.init(id: event.id, recipient: nil, createdAt: event.createdAt, bytes: event.json)
  }
}

/// An event of ours, ready to be believed here and sent to others.
package struct Outgoing: Sendable {
  package let event: Event
  /// Its payload; `nil` for a public event.
  package let opened: Keyring.Opened?
  /// Our own grant, opened, when it is made out to us.
  package let grant: OpenedGrant?
  /// In the order in which they should leave: the copy to ourselves goes last.
  package let wraps: [OutgoingWrap]

  package init(
    _ event: Event, opened: Keyring.Opened?, grant: OpenedGrant? = nil, wraps: [OutgoingWrap]
  ) {
    self.event = event
    self.opened = opened
    self.grant = grant
    self.wraps = wraps
  }
}

/// An event of ours that is durable now.
package struct Accepted: Sendable, Hashable {
  package let eventID: EventID
  package let address: Address
  /// It was accepted before: nothing was written.
  package let isRepeated: Bool
}

extension Replica {
  /// Accepts one event of ours; see `accept(_:relays:keyring:)`.
  package func accept(
    _ event: Event, opened: Keyring.Opened?, wraps: [OutgoingWrap], relays: [Int],
    keyring: Keyring
  ) throws -> Accepted {
    let all = try accept(
      [Outgoing(event, opened: opened, wraps: wraps)], relays: relays, keyring: keyring)
    return all.0[0]
  }

  /// Accepts events of ours: into the fold and into the outbox, in one transaction that is on the
  /// disk when this returns. Throws `.refused`, and writes nothing, for one that the room would not
  /// take. `alongside` is done in the same transaction: the answer to the intent.
  package func accept(
    _ batch: [Outgoing], relays: [Int], keyring: Keyring,
    alongside: (IngestReport) throws -> Void = { _ in }
  ) throws -> ([Accepted], IngestReport) {
    try transaction(.disk) {
      let pass = Pass(self, keyring: keyring)
      var accepted: [Accepted] = []
      for outgoing in batch {
        accepted.append(try pass.accept(outgoing, relays: relays))
        // The next one may stand on this one: a room on its declaration.
        try pass.settleRosters()
      }
      try pass.finish()
      try alongside(pass.report)
      return (accepted, pass.report)
    }
  }
}

extension Pass {
  fileprivate func accept(_ outgoing: Outgoing, relays: [Int]) throws -> Accepted {
    let event = outgoing.event
    let address = event.address
    if try db.number("SELECT count(*) FROM outbox_event WHERE id = ?", event.id) > 0 {
      return Accepted(eventID: event.id, address: address, isRepeated: true)
    }
    let room = try fold(outgoing)
    try db.run(
      """
      INSERT INTO outbox_event (id, room, kind, raw, accepted_at, wraps, undelivered)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, event.id, room, event.kind, event.json, now, outgoing.wraps.count, outgoing.wraps.count)
    let row = db.lastRow
    for wrap in outgoing.wraps { try replica.enqueue(wrap, event: row, relays: relays, now: now) }
    return Accepted(eventID: event.id, address: address, isRepeated: false)
  }

  /// Our own events go through the same door as everybody's.
  private func fold(_ outgoing: Outgoing) throws -> RoomID? {
    let event = outgoing.event
    report.received += 1
    if try mark(event: event.id, bit: 0) != nil {
      report.duplicates += 1
      return try db.first("SELECT room FROM event WHERE id = ?", event.id) { $0.room(0) }
    }
    guard FourAWire.isMessage(kind: event.kind) else {
      let refused = report.rejected
      try take(event, grant: outgoing.grant, bit: 0)
      guard report.rejected > refused else {
        return try db.first("SELECT room FROM event WHERE id = ?", event.id) { $0.room(0) }
      }
      // A grant for somebody else by a member, or a claim on a room of others: sent, not kept.
      report.rejected = refused
      return nil
    }
    let rumor = Rumor(event, opened: outgoing.opened)
    guard let envelope = rumor.envelope else {
      throw ReplicaError(.refused, "the event names no room")
    }
    let (_, judgement) = try record(rumor, envelope, wrap: nil, bit: 0)
    guard case .admit = judgement else {
      throw ReplicaError(.refused, judgement.outcome.1 ?? "the room would not take it")
    }
    return try replica.room(envelope.audience)
  }
}

extension Replica {
  func enqueue(_ wrap: OutgoingWrap, event: Int64, relays: [Int], now: Int64) throws {
    try connection.run(
      """
      INSERT INTO outbox_wrap (id, event, recipient, raw, created_at, bytes, pending)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, wrap.id, event, wrap.recipient, wrap.bytes, wrap.createdAt, wrap.bytes.count,
      relays.count)
    let row = connection.lastRow
    for relay in relays {
      try connection.run(
        "INSERT INTO delivery (wrap, relay, state, next_at) VALUES (?, ?, ?, ?)", row, relay,
        DeliveryPhase.due.rawValue, now)
    }
  }
}
