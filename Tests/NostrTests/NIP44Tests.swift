import CSodium
import Testing

@testable import Nostr

@Suite struct NIP44Tests {
  let key = ConversationKey(bytes: SHA256.hash("a conversation"))

  /// A payload around any padded body, with a code that fits.
  private func payload(version: UInt8 = 2, _ body: [UInt8]) -> String {
    let nonce = [UInt8](repeating: 7, count: 32)
    let keys = nonce.withUnsafeBytes { MessageKeys(key: key.bytes, nonce: $0) }
    var text = body
    text.withUnsafeMutableBytes { keys.apply(to: $0) }
    let signed = nonce + text
    var code = [UInt8](repeating: 0, count: 32)
    signed.withUnsafeBytes { input in
      code.withUnsafeMutableBytes { keys.authenticate(input, into: $0) }
    }
    return base64([version] + signed + code)
  }

  private func base64(_ raw: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: Base64.encodedCount(raw.count)) { out in
      raw.withUnsafeBytes { Base64.encode($0, into: out) }
      return Base64.encodedCount(raw.count)
    }
  }

  private func extended(_ count: Int, claimed: Int? = nil) -> [UInt8] {
    let length = claimed ?? count
    let prefix: [UInt8] = [0, 0] + [24, 16, 8, 0].map { UInt8(length >> $0 & 255) }
    let padding = NIP44.paddedCount(count) - count
    return prefix + [UInt8](repeating: 0x61, count: count) + [UInt8](repeating: 0, count: padding)
  }

  @Test func `the first published message is made and read`() throws {
    let one = try SecretKey(bytes: [UInt8](repeating: 0, count: 31) + [1])
    let two = try SecretKey(bytes: [UInt8](repeating: 0, count: 31) + [2])
    let key = try ConversationKey(secret: one, peer: two.publicKey)
    let nonce = [UInt8](repeating: 0, count: 31) + [1]
    let text =
      "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABee0G5VSK0/9YypIObAtDKfYEAjD35uVkHyB0F4Dw"
      + "rcNaCXlCWZKaArsGrY6M9wnuTMxWfp1RTN9Xga8no+kF5Vsb"
    #expect(try NIP44.encrypt(bytes("a"), with: key, nonce: nonce) == text)
    #expect(try NIP44.decrypt(text, with: key) == bytes("a"))
  }

  @Test func `raw bytes travel whole, at every size around the padding steps`() throws {
    for count in [1, 31, 32, 33, 64, 255, 256, 257, 1_024, 1_025, 65_408, 65_535] {
      let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let payload = try NIP44.encrypt(plaintext, with: key)
      #expect(try NIP44.decrypt(payload, with: key) == plaintext)
    }
  }

  @Test func `two encryptions of one text differ`() throws {
    #expect(try NIP44.encrypt([1], with: key) != NIP44.encrypt([1], with: key))
  }

  @Test func `nothing, and more than the classic length, is not encrypted`() {
    #expect(code { try NIP44.encrypt([], with: key) } == .invalidLength)
    let large = [UInt8](repeating: 0, count: 65_536)
    #expect(code { try NIP44.encrypt(large, with: key) } == .tooLarge)
    #expect(code { try NIP44.encrypt([1], with: key, nonce: [1]) } == .invalidLength)
  }

  @Test(arguments: [UInt8(0), 1, 3, 255])
  func `another version is refused`(version: UInt8) {
    let text = payload(version: version, [0, 1] + [UInt8](repeating: 0, count: 32))
    #expect(code { try NIP44.decrypt(text, with: key) } == .unknownVersion)
  }

  @Test func `a future format is refused by its first character`() {
    let text = "#" + String(repeating: "A", count: 200)
    #expect(code { try NIP44.decrypt(text, with: key) } == .unknownVersion)
  }

  @Test func `a payload cut anywhere is refused`() throws {
    let text = try NIP44.encrypt(bytes("hello"), with: key)
    for count in 0..<text.utf8.count {
      #expect(throws: NostrError.self) { try NIP44.decrypt(String(text.prefix(count)), with: key) }
    }
  }

  @Test func `one flipped bit anywhere fails the code before anything is decrypted`() throws {
    let text = try NIP44.encrypt(bytes("hello"), with: key, nonce: .init(repeating: 9, count: 32))
    var raw = [UInt8](repeating: 0, count: 99)
    let done = raw.withUnsafeMutableBytes { out in
      text.withBytes { Base64.decode($0, into: out) }
    }
    #expect(done)
    for index in 1..<raw.count {
      var changed = raw
      changed[index] ^= 1 << UInt8(index % 8)
      #expect(code { try NIP44.decrypt(base64(changed), with: key) } == .badMAC)
    }
    let other = ConversationKey(bytes: SHA256.hash("another"))
    #expect(code { try NIP44.decrypt(text, with: other) } == .badMAC)
  }

  @Test func `base64 with bits after its end, white space or missing padding is refused`() throws {
    let nonce = [UInt8](repeating: 0, count: 32)
    let text = try NIP44.encrypt(bytes("a").map { $0 }, with: key, nonce: nonce)
    // A padded body of 34 bytes makes 99 in all; one of 66 makes 131, which needs padding.
    let long = try NIP44.encrypt([UInt8](repeating: 1, count: 40), with: key, nonce: nonce)
    #expect(long.hasSuffix("=") && !text.hasSuffix("="))
    let letters = Array(long.utf8)
    let last = try #require(letters.lastIndex { $0 != 0x3d })
    let alphabet = bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let value = try #require(alphabet.firstIndex(of: letters[last]))
    var loose = letters
    loose[last] = alphabet[value + 1]
    for wrong in [
      String(decoding: loose, as: UTF8.self), String(long.dropLast()), long + "\n",
      "\n" + long, long.replacing("=", with: "A="), text.replacing("A", with: "-"),
      String(text.dropLast(4)) + "====",
    ] {
      #expect(throws: NostrError.self) { try NIP44.decrypt(wrong, with: key) }
    }
    #expect(
      code { try NIP44.decrypt(String(decoding: loose, as: UTF8.self), with: key) }
        == .invalidBase64)
  }

  @Test func `padding that does not fit the length is refused`() {
    let zeros = [UInt8](repeating: 0, count: 32)
    #expect(code { try NIP44.decrypt(payload([0, 33] + zeros), with: key) } == .badPadding)
    #expect(
      code { try NIP44.decrypt(payload([0, 1] + zeros + zeros), with: key) } == .badPadding)
    #expect(code { try NIP44.decrypt(payload([0, 1] + zeros + [0]), with: key) } == .badPadding)
    #expect(code { try NIP44.decrypt(payload([0, 0] + zeros), with: key) } == .badPadding)
    #expect(code { try NIP44.decrypt(payload([255, 255] + zeros), with: key) } == .badPadding)
  }

  @Test(arguments: [65_536, 65_537, 262_144])
  func `an extended length up to the limit is read`(count: Int) throws {
    #expect(try NIP44.decrypt(payload(extended(count)), with: key).count == count)
  }

  @Test func `an extended length that is short, wrong or huge is refused`() {
    #expect(code { try NIP44.decrypt(payload(extended(65_535)), with: key) } == .badPadding)
    #expect(code { try NIP44.decrypt(payload(extended(32)), with: key) } == .badPadding)
    let huge = extended(65_536, claimed: 0xffff_ffff)
    #expect(code { try NIP44.decrypt(payload(huge), with: key) } == .badPadding)
    #expect(
      code { try NIP44.decrypt(payload(extended(65_536, claimed: 200_000)), with: key) }
        == .badPadding)
    #expect(
      code { try NIP44.decrypt(payload(extended(300_000)), with: key) } == .invalidLength)
  }

  @Test func `the cache gives one key per pair and forgets the unused`() throws {
    let cache = ConversationKeyCache(capacity: 4)
    let first = try cache.key(secret: People.alice, peer: People.bob.publicKey)
    for _ in 0..<20 {
      _ = try cache.key(secret: People.alice, peer: SecretKey.random().publicKey)
      let again = try cache.key(secret: People.alice, peer: People.bob.publicKey)
      #expect(again === first)
      #expect(cache.count <= 4)
    }
    let other = try cache.key(secret: People.carol, peer: People.bob.publicKey)
    #expect(other !== first)
    cache.removeAll()
    #expect(cache.count == 0)
  }
}
