package import Nostr

/// What a name given by a person stands for.
package enum Resolution<Value: Sendable>: Sendable {
  case one(Value)
  /// Several things have that name; the first of them.
  case ambiguous([Value])
  case none
}

extension Resolution: Equatable where Value: Equatable {}

/// An object that a name led to.
package struct ObjectRef: Sendable, Hashable {
  package let id: ObjectID
  package let room: RoomID
  package let kind: Int
  package let author: PublicKey
  package let d: String
  package var address: String { Address(kind: kind, pubkey: author, d: d).text }
}

extension Reader {
  /// The most candidates that are ever listed.
  package static let candidateLimit = 10

  /// An object by the id of any of its versions, a unique prefix (8 or more) of one, its address or
  /// its `d`; only of `kinds`, when given.
  package func resolveObject(
    _ name: String, in room: RoomID? = nil, kinds: Set<Int>? = nil
  ) throws -> Resolution<ObjectRef> {
    var found: [ObjectRef] = []
    func add(_ rows: [ObjectRef]) {
      for row in rows
      where !found.contains(row) && (room == nil || row.room == room)
        && (kinds?.contains(row.kind) ?? true)
      {
        found.append(row)
      }
    }
    if let address = Address(name) {
      for room in try room.map({ [$0] }) ?? rooms().map(\.id) {
        let key = ObjectKey(
          room: room, kind: address.kind, author: address.pubkey, d: address.d)
        add(try objects(ObjectKey.condition, binding: key.values))
      }
    }
    if let range = Prefix(name) {
      add(
        try objects(
          """
          o.id IN (SELECT object FROM event WHERE id BETWEEN ? AND ? AND object IS NOT NULL LIMIT 50)
          """, range.low, range.high))
      if found.isEmpty {
        add(
          try objects(
            "o.id IN (SELECT object FROM alias WHERE id BETWEEN ? AND ? LIMIT 50)", range.low,
            range.high))
      }
    }
    if found.isEmpty {
      add(try objects("o.id IN (SELECT object FROM card WHERE d = ? LIMIT 50)", name))
    }
    if found.isEmpty, let room {
      // Not cards: few are ever named so, and only within a room.
      for kind in (kinds ?? [30533, 30534, 30535]).sorted() {
        add(try objects("o.room = ? AND o.kind = ? AND o.d = ?", room, kind, name))
      }
    }
    return switch found.count {
    case 0: .none
    case 1: .one(found[0])
    default: .ambiguous(Array(found.prefix(Self.candidateLimit)))
    }
  }

  package func object(_ id: ObjectID) throws -> ObjectRef? { try objects("o.id = ?", id).first }

  private func objects(_ condition: String, _ values: any Bindable...) throws -> [ObjectRef] {
    try objects(condition, binding: values)
  }

  private func objects(_ condition: String, binding values: [any Bindable]) throws -> [ObjectRef] {
    try db.rows(
      "SELECT o.id, o.room, o.kind, o.author, o.d FROM object o WHERE \(condition) LIMIT 50",
      binding: values
    ) { row in
      ObjectRef(
        id: row.object(0), room: row.room(1), kind: row.int(2), author: try row.publicKey(3),
        d: row.text(4))
    }
  }

  /// Somebody of a room by name, by a unique beginning of a name, by `name#short`, by npub or by
  /// key (hex, 8 or more digits).
  package func resolveMember(_ who: String, in room: RoomID) throws -> Resolution<MemberRow> {
    let members = try members(room)
    func answer(_ found: [MemberRow]) -> Resolution<MemberRow>? {
      switch found.count {
      case 0: nil
      case 1: .one(found[0])
      default: .ambiguous(Array(found.prefix(Self.candidateLimit)))
      }
    }
    if let key = PublicKey(npub: who) {
      return answer(members.filter { $0.pubkey == key }) ?? .none
    }
    if let found = answer(members.filter { $0.name.map { sameBytes($0, who) } ?? false }) {
      return found
    }
    if let mark = who.lastIndex(of: "#") {
      let name = who[..<mark]
      let short = who[who.index(after: mark)...]
      let found = members.filter {
        ($0.name ?? "") == name && !short.isEmpty && $0.pubkey.hex.hasPrefix(short)
      }
      if let found = answer(found) { return found }
    }
    if let range = Prefix(who) {
      let found = members.filter { range.contains($0.pubkey.bytes32) }
      if let found = answer(found) { return found }
    }
    let folded = who.lowercased()
    guard !folded.isEmpty else { return .none }
    return answer(members.filter { $0.name?.lowercased().hasPrefix(folded) ?? false }) ?? .none
  }
}

/// All 32-byte values that begin with given hex digits.
struct Prefix {
  let low: Bytes32
  let high: Bytes32

  /// `nil` for fewer than 8 or more than 64 digits, or for what is not lower-case hex.
  init?(_ text: String) {
    guard (8...64).contains(text.utf8.count) else { return nil }
    let count = 64 - text.utf8.count
    guard let low = Bytes32(hex: text + String(repeating: "0", count: count)),
      let high = Bytes32(hex: text + String(repeating: "f", count: count))
    else { return nil }
    self.low = low
    self.high = high
  }

  func contains(_ value: Bytes32) -> Bool { low <= value && value <= high }
}
