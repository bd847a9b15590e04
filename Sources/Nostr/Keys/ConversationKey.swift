/// The key that two people share for NIP-44, the same from either side. In locked memory, wiped
/// when its last owner lets go, never printed.
package final class ConversationKey: Sendable {
  /// Whose secret it was made with.
  package let owner: PublicKey
  /// The other one.
  package let peer: PublicKey
  private let memory: LockedBytes

  /// Agrees on a key (one ECDH, about 45 µs). Throws `.invalidPublicKey` for a peer off the curve.
  package convenience init(secret: SecretKey, peer: PublicKey) throws(NostrError) {
    try self.init(secret: secret, peer: peer, point: CurveKey(peer))
  }

  init(secret: SecretKey, peer: PublicKey, point: CurveKey) throws(NostrError) {
    self.owner = secret.publicKey
    self.peer = peer
    var isValid = false
    memory = LockedBytes(count: 32) { out in
      isValid = secret.withBytes { ConversationKey.derive(secret: $0, point: point, into: out) }
    }
    guard isValid else { throw ConversationKey.invalid }
  }

  // Published vectors give the key itself.
  init(bytes: Bytes32) {
    owner = PublicKey(Bytes32())
    peer = PublicKey(Bytes32())
    memory = LockedBytes(count: 32) { out in bytes.withUnsafeBytes { out.copyMemory(from: $0) } }
  }

  var bytes: UnsafeRawBufferPointer { memory.bytes }

  static let invalid = NostrError(
    .invalidSecretKey, "secret key", "expected a number from 1 to the order of the curve")

  private static let salted: HMAC = {
    var salt = Array("nip44-v2".utf8)
    return salt.withUnsafeBytes { HMAC(key: $0) }
  }()

  /// HKDF-extract of the unhashed shared x, written to 32 bytes.
  static func derive(
    secret: UnsafeRawBufferPointer, point: CurveKey,
    into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { shared in
      defer { wipe(shared) }
      guard point.agree(secret: secret, into: shared) else { return false }
      salted.authenticate(UnsafeRawBufferPointer(shared), into: output)
      return true
    }
  }
}

extension ConversationKey: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  package var description: String { "ConversationKey(redacted)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The conversation keys used lately. Bounded; one thread only. Ephemeral keys do not belong here.
package final class ConversationKeyCache {
  private struct Pair: Hashable {
    let owner: PublicKey
    let peer: PublicKey
  }

  struct Entry {
    let point: CurveKey
    let key: ConversationKey
  }

  // When the young half is full it becomes the old one; what was not used since is dropped.
  private var young: [Pair: Entry] = [:]
  private var old: [Pair: Entry] = [:]
  private let half: Int

  /// A cache of at most `capacity` keys, each a page of locked memory.
  package init(capacity: Int = 512) { half = max(1, capacity / 2) }

  /// The key between a secret and a peer, made when it is not held. Throws `.invalidPublicKey`.
  package func key(secret: SecretKey, peer: PublicKey) throws(NostrError) -> ConversationKey {
    if let entry = entry(owner: secret.publicKey, peer: peer) { return entry.key }
    return try insert(secret: secret, peer: peer, point: CurveKey(peer)).key
  }

  func entry(owner: PublicKey, peer: PublicKey) -> Entry? {
    let pair = Pair(owner: owner, peer: peer)
    if let entry = young[pair] { return entry }
    guard let entry = old.removeValue(forKey: pair) else { return nil }
    keep(entry, for: pair)
    return entry
  }

  func insert(
    secret: SecretKey, peer: PublicKey, point: CurveKey
  ) throws(NostrError) -> Entry {
    let key = try ConversationKey(secret: secret, peer: peer, point: point)
    let entry = Entry(point: point, key: key)
    keep(entry, for: Pair(owner: secret.publicKey, peer: peer))
    return entry
  }

  private func keep(_ entry: Entry, for pair: Pair) {
    if young.count >= half {
      old = young
      young = [:]
    }
    young[pair] = entry
  }

  /// Forgets every key, for a lock.
  package func removeAll() {
    young = [:]
    old = [:]
  }

  var count: Int { young.count + old.count }
}
