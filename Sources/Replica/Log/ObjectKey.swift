import Nostr

/// What finds the row of (room, kind, author, d): a short hash in place of an index over all four. Two may share
/// one, so whoever looks by it compares the parts as well.
///
/// A piece of SHA-256, since an author chooses `d`: with a weaker hash they could choose many that share one.
struct ObjectKey {
  let room: RoomID
  let kind: Int
  let author: PublicKey
  let d: String

  /// A condition on a row of `object` under the name `o`, for `values`.
  static let condition = "o.key = ? AND o.room = ? AND o.kind = ? AND o.author = ? AND o.d = ?"

  /// The row's id, for `values`.
  static let find = "SELECT o.id FROM object o WHERE \(condition)"

  /// As the index over the few public objects of a room has it: a query that wants that index says it again.
  static let isPublic = "(o.kind < 30530 OR o.kind = 30536)"

  var values: [any Bindable] { [hash, room, kind, author, d] }

  var hash: Int64 {
    var hash = SHA256()
    withUnsafeBytes(of: (room.rawValue.littleEndian, Int64(kind).littleEndian)) { hash.update($0) }
    author.bytes32.withUnsafeBytes { hash.update($0) }
    var d = d
    d.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
    let digest = hash.finish()
    return digest.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
  }
}
