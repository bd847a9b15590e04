import CCrypto

/// SHA-256 by libcrypto, whole or piece by piece.
package struct SHA256 {
  private var state = SHA256_CTX()

  /// An empty digest.
  package init() { SHA256_Init(&state) }

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&state, bytes.baseAddress, bytes.count)
  }

  /// Adds bytes.
  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of all that was added; the value is then spent.
  package mutating func finish() -> Bytes32 {
    var digest = Bytes32()
    digest.withUnsafeMutableBytes { out in
      _ = SHA256_Final(out.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
    }
    return digest
  }

  /// The digest of these bytes.
  package static func hash(_ bytes: UnsafeRawBufferPointer) -> Bytes32 {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// The digest of these bytes.
  package static func hash(_ bytes: [UInt8]) -> Bytes32 { bytes.withUnsafeBytes { hash($0) } }

  /// The digest of a text's UTF-8 bytes.
  package static func hash(_ text: String) -> Bytes32 {
    text.withBytes { hash(UnsafeRawBufferPointer($0)) }
  }
}
