import FourA
import Home
import Nostr
import Replica
import Studio

// What follows from a changed roster: new keys, names told to newcomers, leavers let go.
extension EngineCore {
  /// After a commit that brought epoch keys or declarations.
  func rosterChanged(_ report: IngestReport) throws {
    updateIntake()
    updateInterests()
    guard let secret else { return }
    // A new epoch may have newcomers, who can read nothing older: each member says its name again.
    for key in report.newKeys where key.isProven {
      guard let room = try reader.room(key.room), room.epoch == key.epoch else { continue }
      if room.relation == .claimed { try replica.setRelation(.joined, room: room.id) }
      attempt("publishing the name in \(room.audience.slug)") {
        try send(profile(configuration.name, in: room, by: secret), to: room, by: secret)
      }
    }
    try publishEverywhere()
  }

  /// A founder's engine lets those go who said that they leave.
  func claimsArrived(_ rooms: [RoomID]) throws {
    guard let secret else { return }
    for id in rooms {
      guard let room = try reader.room(id), room.relation == .founded else { continue }
      for claim in try reader.leavers(id) {
        attempt("letting \(claim.short) leave \(room.audience.slug)") {
          _ = try remove(claim, from: room.audience, by: secret)
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
    configuration.name = name
    let rooms = try reader.rooms().filter { audience == nil || $0.audience == audience }
    for room in rooms where room.relation == .founded || room.relation == .joined {
      try send(profile(name, in: room, by: secret), to: room, by: secret)
    }
    return ["name": .string(name), "rooms": .array(rooms.map { .string($0.audience.slug) })]
  }
}
