import CSecp256k1

/// The four operations of libsecp256k1 that everything signed and encrypted is made of, each alone, with keys
/// that are parsed already: what benchmarks measure the rest against.
///
/// Each call takes the next of many keys and signatures, as real work does: a processor that sees one signature
/// again and again learns its branches, and verifies it a tenth faster than any other.
package struct CurveFloor {
  private struct Signed {
    var secret: [UInt8]
    var message: [UInt8]
    var signature = [UInt8](repeating: 0, count: 64)
    var pair = secp256k1_keypair()
    var point = secp256k1_pubkey()
    var xonly = secp256k1_xonly_pubkey()
  }

  private static let people = 2_048
  private let randomness = Array(SHA256.hash("the randomness of a benchmark").bytes)
  private var all: [Signed] = []
  private var next = 0
  private var pair = secp256k1_keypair()
  private var signature = [UInt8](repeating: 0, count: 64)
  private var shared = [UInt8](repeating: 0, count: 32)

  package init() {
    for number in 0..<Self.people {
      var one = Signed(
        secret: SHA256.hash("the secret \(number) of a benchmark").bytes,
        message: SHA256.hash("the message \(number) of a benchmark").bytes)
      _ = secp256k1_keypair_create(Curve.raw, &one.pair, one.secret)
      _ = secp256k1_keypair_pub(Curve.raw, &one.point, &one.pair)
      _ = secp256k1_keypair_xonly_pub(Curve.raw, &one.xonly, nil, &one.pair)
      _ = secp256k1_schnorrsig_sign32(
        Curve.raw, &one.signature, one.message, &one.pair, randomness)
      all.append(one)
    }
  }

  private mutating func step() -> Int {
    next = (next + 1) % Self.people
    return next
  }

  /// One `secp256k1_keypair_create`.
  package mutating func keypair() -> Bool {
    secp256k1_keypair_create(Curve.raw, &pair, all[step()].secret) == 1
  }

  /// One `secp256k1_ecdh`, unhashed as NIP-44 wants it.
  package mutating func agree() -> Bool {
    let place = step()
    return secp256k1_ecdh(
      Curve.raw, &shared, &all[place].point, all[0].secret,
      { output, x, _, _ in
        guard let output, let x else { return 0 }
        output.update(from: x, count: 32)
        return 1
      }, nil) == 1
  }

  /// One `secp256k1_schnorrsig_sign32`.
  package mutating func sign() -> Bool {
    let place = step()
    return secp256k1_schnorrsig_sign32(
      Curve.raw, &signature, all[place].message, &all[place].pair, randomness) == 1
  }

  /// One `secp256k1_schnorrsig_verify`.
  package mutating func verify() -> Bool {
    let place = step()
    return secp256k1_schnorrsig_verify(
      Curve.raw, all[place].signature, all[place].message, 32, &all[place].xonly) == 1
  }
}
