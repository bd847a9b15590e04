// NIP-49: a private key encrypted with a password
// https://github.com/nostr-protocol/nips/blob/master/49.md

import CSodium
// For NFKC alone, which neither the standard library nor libsodium has.
import Foundation

/// `ncryptsec`: scrypt over the password, then XChaCha20-Poly1305 over the key.
package enum NIP49 {
  /// The largest `LOG_N` we write or read; 20 already takes a gibibyte of memory.
  package static let costLimit = 20
  /// The `LOG_N` we write unless told otherwise: 64 MiB and about a fifth of a second.
  package static let usualCost = 16
  /// Longest password, in bytes.
  package static let passwordLimit = 4_096

  /// What is known about the key's past.
  package enum Handling: UInt8, Sendable {
    /// It was in the open at some time.
    case insecure
    /// It never was.
    case secure
    /// Not recorded.
    case unknown
  }

  private static let layout = (version: 0, cost: 1, salt: 2..<18, nonce: 18..<42, handling: 42)
  private static let size = 91

  /// The key as `ncryptsec1…`. Slow on purpose: never call it on an event loop. Throws
  /// `.outOfRange` for a cost outside 1 to 20 and `.tooExpensive` when memory does not suffice.
  package static func encrypt(
    _ secret: SecretKey, password: String, cost: Int = usualCost, handling: Handling = .unknown
  ) throws(NostrError) -> String {
    guard (1...costLimit).contains(cost) else {
      throw NostrError(.outOfRange, "cost", "expected 1 to \(costLimit), got \(cost)")
    }
    var out: [UInt8] = [2, UInt8(cost)]
    out += RandomBytes.bytes(layout.salt.count + layout.nonce.count)
    out.append(handling.rawValue)
    var key = try stretch(password, salt: Array(out[layout.salt]), cost: cost)
    defer { key.wipe() }
    var sealed = [UInt8](repeating: 0, count: 48)
    let nonce = Array(out[layout.nonce])
    let done = secret.withBytes { plain in
      crypto_aead_xchacha20poly1305_ietf_encrypt(
        &sealed, nil, plain.baseAddress?.assumingMemoryBound(to: UInt8.self), 32,
        [handling.rawValue], 1, nil, nonce, key)
    }
    precondition(done == 0, "libsodium could not encrypt 32 bytes")
    return Bech32.encode(hrp: "ncryptsec", out + sealed)
  }

  /// The key inside an `ncryptsec`. Slow on purpose: never call it on an event loop. Throws
  /// `.wrongPassword`, `.tooExpensive` beyond `LOG_N` 20, or what is wrong with the text.
  package static func decrypt(_ text: String, password: String) throws(NostrError) -> SecretKey {
    let (hrp, bytes) = try Bech32.decode(text, limit: 200)
    guard hrp == "ncryptsec" else {
      throw NostrError(.wrongPrefix, "ncryptsec", "expected ncryptsec1…, got another name")
    }
    guard bytes.count == size else {
      throw NostrError(.invalidLength, "ncryptsec", "expected \(size) bytes, got \(bytes.count)")
    }
    guard bytes[layout.version] == 2 else {
      throw NostrError(
        .unknownVersion, "ncryptsec", "expected version 2, got \(bytes[layout.version])")
    }
    let cost = Int(bytes[layout.cost])
    guard (1...costLimit).contains(cost) else {
      throw NostrError(
        .tooExpensive, "ncryptsec", "expected LOG_N of 1 to \(costLimit), got \(cost)")
    }
    var key = try stretch(password, salt: Array(bytes[layout.salt]), cost: cost)
    defer { key.wipe() }
    var plain = [UInt8](repeating: 0, count: 32)
    defer { plain.wipe() }
    let sealed = Array(bytes[(layout.handling + 1)...])
    let opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
      &plain, nil, nil, sealed, UInt64(sealed.count), [bytes[layout.handling]], 1,
      Array(bytes[layout.nonce]), key)
    guard opened == 0 else {
      throw NostrError(.wrongPassword, "ncryptsec", "expected the password it was made with")
    }
    return try SecretKey(bytes: plain)
  }

  private static func stretch(
    _ password: String, salt: [UInt8], cost: Int
  ) throws(NostrError) -> [UInt8] {
    precondition(LockedBytes.isReady, "libsodium did not start")
    guard password.utf8.count <= passwordLimit else {
      throw NostrError(.tooLarge, "password", "expected at most \(passwordLimit) bytes")
    }
    // The same password typed on two keyboards is one sequence of bytes only after NFKC.
    var normal = Array(password.precomposedStringWithCompatibilityMapping.utf8)
    defer { normal.wipe() }
    var key = [UInt8](repeating: 0, count: 32)
    let made = crypto_pwhash_scryptsalsa208sha256_ll(
      normal, normal.count, salt, salt.count, 1 << UInt64(cost), 8, 1, &key, key.count)
    guard made == 0 else {
      throw NostrError(
        .tooExpensive, "ncryptsec", "expected \(1 << max(0, cost - 10)) MiB of free memory")
    }
    return key
  }
}
