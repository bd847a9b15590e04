// ChaCha20-Poly1305: authenticated encryption, as 4A encrypts files
// https://www.rfc-editor.org/rfc/rfc8439

import CSodium

/// ChaCha20-Poly1305 over whole texts, with its code of 16 bytes at the end of the ciphertext.
package enum ChaChaPoly {
  package static let keyBytes = 32
  package static let nonceBytes = 12
  package static let codeBytes = 16

  /// The ciphertext; a key and a nonce are used together once.
  package static func seal(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8] {
    precondition(key.count == keyBytes && nonce.count == nonceBytes, "a key and a nonce")
    var sealed = [UInt8](repeating: 0, count: plaintext.count + codeBytes)
    crypto_aead_chacha20poly1305_ietf_encrypt(
      &sealed, nil, plaintext, UInt64(plaintext.count), nil, 0, nil, nonce, key)
    return sealed
  }

  /// Checks the code, then writes the plaintext, which is shorter by the code.
  ///
  /// - Returns: whether it was made with this key and nonce.
  package static func open(
    _ sealed: UnsafeRawBufferPointer, key: [UInt8], nonce: [UInt8],
    into plaintext: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard key.count == keyBytes, nonce.count == nonceBytes,
      sealed.count == plaintext.count + codeBytes,
      let input = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else { return false }
    return crypto_aead_chacha20poly1305_ietf_decrypt(
      plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil,
      input, UInt64(sealed.count), nil, 0,
      nonce, key) == 0
  }
}
