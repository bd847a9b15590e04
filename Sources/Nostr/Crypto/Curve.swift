import CSecp256k1

/// The one libsecp256k1 context of the program.
enum Curve {
  // Safe: libsecp256k1 only reads a context after its creation and randomisation.
  struct Context: @unchecked Sendable { let raw: OpaquePointer }

  /// Created once, and blinded with fresh randomness before its first use.
  private static let context: Context = {
    guard let raw = secp256k1_context_create(UInt32(SECP256K1_CONTEXT_NONE)) else {
      fatalError("no memory left for elliptic curve work")
    }
    var seed = RandomBytes.bytes(32)
    guard secp256k1_context_randomize(raw, seed) == 1 else {
      fatalError("the elliptic curve context could not be blinded")
    }
    seed.wipe()
    return Context(raw: raw)
  }()

  static var raw: OpaquePointer { context.raw }

  /// The keypair of a 32-byte scalar, or `nil` when it is not one. The caller wipes it.
  static func keypair(_ scalar: UnsafeRawBufferPointer) -> secp256k1_keypair? {
    guard scalar.count == 32, let base = scalar.baseAddress else { return nil }
    var pair = secp256k1_keypair()
    let made = secp256k1_keypair_create(raw, &pair, base.assumingMemoryBound(to: UInt8.self))
    return made == 1 ? pair : nil
  }

  static func publicKey(of pair: UnsafePointer<secp256k1_keypair>) -> PublicKey {
    var point = secp256k1_xonly_pubkey()
    var bytes = Bytes32()
    _ = secp256k1_keypair_xonly_pub(raw, &point, nil, pair)
    bytes.withUnsafeMutableBytes { out in
      guard let base = out.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      _ = secp256k1_xonly_pubkey_serialize(raw, base, &point)
    }
    return PublicKey(bytes)
  }

  /// A BIP-340 signature of 32 bytes. `auxiliary` is fresh randomness, except in test vectors.
  static func sign(
    _ message: Bytes32, with pair: UnsafePointer<secp256k1_keypair>,
    auxiliary: UnsafePointer<UInt8>
  ) throws(NostrError) -> Signature {
    var signature = Signature()
    let made = signature.withUnsafeMutableBytes { out in
      message.withUnsafeBytes { text in
        guard let target = out.baseAddress?.assumingMemoryBound(to: UInt8.self),
          let source = text.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return Int32(0) }
        return secp256k1_schnorrsig_sign32(raw, target, source, pair, auxiliary)
      }
    }
    guard made == 1 else {
      throw NostrError(.invalidSecretKey, "sig", "expected a key that can sign")
    }
    return signature
  }

  static func sign(
    _ message: Bytes32, with pair: UnsafePointer<secp256k1_keypair>
  ) throws(NostrError) -> Signature {
    var fresh = Bytes32()
    fresh.withUnsafeMutableBytes { RandomBytes.fill($0) }
    return try withUnsafeBytes(of: fresh) { aux -> Result<Signature, NostrError> in
      guard let base = aux.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
        return .failure(NostrError(.invalidSecretKey, "sig", "expected randomness"))
      }
      do throws(NostrError) {
        return .success(try sign(message, with: pair, auxiliary: base))
      } catch { return .failure(error) }
    }.get()
  }
}

/// A public key lifted onto the curve once, for verifying and for key agreement alike.
struct CurveKey: Sendable {
  private var point = secp256k1_pubkey()
  private var xonly = secp256k1_xonly_pubkey()

  /// Throws `.invalidPublicKey` when no point of the curve has this x.
  init(_ key: PublicKey) throws(NostrError) {
    // Lifting is the costly part, a square root; the x-only form then comes for nothing.
    let lifted = key.bytes32.withUnsafeBytes { x in
      withUnsafeTemporaryAllocation(byteCount: 33, alignment: 1) { buffer in
        buffer[0] = 2
        buffer[1...].copyBytes(from: x)
        guard let base = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
          return false
        }
        return secp256k1_ec_pubkey_parse(Curve.raw, &point, base, 33) == 1
          && secp256k1_xonly_pubkey_from_pubkey(Curve.raw, &xonly, nil, &point) == 1
      }
    }
    guard lifted else {
      throw NostrError(
        .invalidPublicKey, "pubkey", "expected a point of the curve, got \(key.hex)")
    }
  }

  /// Whether the signature is this key's over these 32 bytes (BIP-340).
  func verifies(_ signature: Signature, of message: Bytes32) -> Bool {
    message.withUnsafeBytes { verifies(signature, of: $0) }
  }

  /// Whether the signature is this key's over these bytes, of any number (BIP-340).
  func verifies(_ signature: Signature, of message: UnsafeRawBufferPointer) -> Bool {
    signature.withUnsafeBytes { sig in
      withUnsafePointer(to: xonly) { key in
        guard let base = sig.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        return secp256k1_schnorrsig_verify(
          Curve.raw, base, message.baseAddress?.assumingMemoryBound(to: UInt8.self),
          message.count, key) == 1
      }
    }
  }

  /// Writes the unhashed x of `secret * point` to 32 bytes; `false` for a scalar out of range.
  func agree(
    secret: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard secret.count == 32, output.count == 32,
      let out = output.baseAddress?.assumingMemoryBound(to: UInt8.self),
      let scalar = secret.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else { return false }
    return withUnsafePointer(to: point) { point in
      secp256k1_ecdh(
        Curve.raw, out, point, scalar,
        { output, x, _, _ in
          guard let output, let x else { return 0 }
          output.update(from: x, count: 32)
          return 1
        }, nil) == 1
    }
  }
}
