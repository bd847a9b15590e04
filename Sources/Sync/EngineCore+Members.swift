import FourA
import Home
import Nostr
import Replica
import Studio

// What follows from a changed roster: new keys, names told to newcomers, leavers let go.
extension EngineCore {
  /// After a commit that brought epoch keys or declarations.
  func rosterChanged() throws {
    updateIntake()
    updateInterests()
    try settleMemberships()
    try publishEverywhere()
  }

  /// What a member owes each room whose current key it holds: to count itself in, and to say its name once in
  /// every epoch, because newcomers can read nothing older.
  func settleMemberships() throws {
    guard let secret else { return }
    for room in try reader.rooms() where room.relation != .left && room.closedAt == nil {
      let told = try epochOfName(in: room)
      guard keyring.secrets.proven(room.audience, epoch: room.epoch) != nil, isMember(of: room),
        room.relation == .claimed || told < room.epoch
      else { continue }
      attempt("publishing the name in \(room.audience.slug)") {
        try durably {
          if room.relation == .claimed { try replica.setRelation(.joined, room: room.id) }
          try sayName(in: room, by: secret)
        }
      }
    }
  }

  /// Says the name in a room's current epoch, and remembers that.
  func sayName(in room: RoomRow, by secret: SecretKey) throws {
    try send(profile(configuration.name, in: room, by: secret), to: room, by: secret)
    // The row may be of before the epoch that this was said in.
    let epoch = try replica.authority(of: room.id).current?.epoch ?? room.epoch
    try replica.setSetting(Self.nameSetting(room), "\(epoch)")
  }

  private func epochOfName(in room: RoomRow) throws -> Int {
    try reader.setting(Self.nameSetting(room)).flatMap { Int($0) } ?? 0
  }

  private static func nameSetting(_ room: RoomRow) -> String { "name in \(room.audience.address)" }

  /// One transaction, on the disk when this returns; a failure leaves nothing behind, in memory neither.
  func durably<T>(_ body: () throws -> T) throws -> T {
    do {
      return try replica.transaction(.disk, body)
    } catch {
      try forgetRolledBack()
      throw error
    }
  }

  /// A founder's engine lets those go who said that they leave.
  func claimsArrived(_ rooms: [RoomID]) throws {
    guard let secret else { return }
    for id in rooms {
      guard let room = try reader.room(id), room.relation == .founded else { continue }
      for claim in try reader.leavers(id) {
        attempt("letting \(claim.short) leave \(room.audience.slug)") {
          _ = try durably { try remove(claim, from: room.audience, by: secret) }
        }
      }
    }
    try publishEverywhere()
  }

  /// This identity's name as its own `_profile` card (wire.md 1.8); none without a name.
  func profile(_ name: String, in room: RoomRow, by secret: SecretKey) throws -> [Draft] {
    guard !name.isEmpty else { return [] }
    return [
      try rumor(
        .card(Card.profile(name: name, of: secret.publicKey)),
        d: DTag.profile(secret.publicKey), in: room, by: secret)
    ]
  }

  func publishProfile(_ name: String, in audience: Audience?, by secret: SecretKey) throws -> JSON {
    let rooms = try reader.rooms().filter { audience == nil || $0.audience == audience }
    for room in rooms where room.relation == .founded || room.relation == .joined {
      try send(profile(name, in: room, by: secret), to: room, by: secret)
    }
    configuration.name = name
    return ["name": .string(name), "rooms": .array(rooms.map { .string($0.audience.slug) })]
  }
}
