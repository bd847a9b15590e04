import CSecp256k1

/// The four operations of libsecp256k1 that everything signed and encrypted is made of, each alone, with keys
/// that are parsed already: what benchmarks measure the rest against.
package struct CurveFloor {
  private let secret = Array(SHA256.hash("the secret of a benchmark").bytes)
  private let message = Array(SHA256.hash("the message of a benchmark").bytes)
  private let randomness = Array(SHA256.hash("the randomness of a benchmark").bytes)
  private var pair = secp256k1_keypair()
  private var point = secp256k1_pubkey()
  private var xonly = secp256k1_xonly_pubkey()
  private var signature = [UInt8](repeating: 0, count: 64)
  private var shared = [UInt8](repeating: 0, count: 32)

  package init() {
    _ = keypair()
    _ = secp256k1_keypair_pub(Curve.raw, &point, &pair)
    _ = secp256k1_keypair_xonly_pub(Curve.raw, &xonly, nil, &pair)
    _ = sign()
  }

  /// One `secp256k1_keypair_create`.
  package mutating func keypair() -> Bool {
    secp256k1_keypair_create(Curve.raw, &pair, secret) == 1
  }

  /// One `secp256k1_ecdh`, unhashed as NIP-44 wants it.
  package mutating func agree() -> Bool {
    secp256k1_ecdh(
      Curve.raw, &shared, &point, secret,
      { output, x, _, _ in
        guard let output, let x else { return 0 }
        output.update(from: x, count: 32)
        return 1
      }, nil) == 1
  }

  /// One `secp256k1_schnorrsig_sign32`.
  package mutating func sign() -> Bool {
    secp256k1_schnorrsig_sign32(Curve.raw, &signature, message, &pair, randomness) == 1
  }

  /// One `secp256k1_schnorrsig_verify`.
  package mutating func verify() -> Bool {
    secp256k1_schnorrsig_verify(Curve.raw, signature, message, message.count, &xonly) == 1
  }
}
