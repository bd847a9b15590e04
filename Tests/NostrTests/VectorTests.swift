import TestKit
import Testing

@testable import Nostr

@Suite struct NIP44VectorTests {
  static let file = "nip44.vectors.json"

  private func cases(_ group: String, _ name: String) throws -> [JSON] {
    let file = try Vectors.json(Self.file)
    let found = try #require(file["v2"]?[group]?[name]?.array)
    #expect(!found.isEmpty)
    return found
  }

  private func publicKey(_ item: JSON, _ name: String) throws -> PublicKey {
    let hex = try #require(item[name]?.string)
    return try #require(PublicKey(hex: hex))
  }

  private func conversationKey(_ item: JSON) throws -> ConversationKey {
    let hex = try #require(item["conversation_key"]?.string)
    return ConversationKey(bytes: try #require(Bytes32(hex: hex)))
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published conversation key is found`() throws {
    for item in try cases("valid", "get_conversation_key") {
      let secret = try SecretKey(hex: try #require(item["sec1"]?.string))
      let peer = try publicKey(item, "pub2")
      let key = try ConversationKey(secret: secret, peer: peer)
      #expect(Bytes32(key.bytes)?.hex == item["conversation_key"]?.string)
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published set of message keys is derived`() throws {
    let file = try Vectors.json(Self.file)
    let group = try #require(file["v2"]?["valid"]?["get_message_keys"])
    let key = try conversationKey(group)
    for item in try #require(group["keys"]?.array) {
      let nonce = fromHex(try #require(item["nonce"]?.string))
      let keys = nonce.withUnsafeBytes { MessageKeys(key: key.bytes, nonce: $0) }
      let wanted = ["chacha_key", "chacha_nonce", "hmac_key"].compactMap { item[$0]?.string }
      #expect(keys.bytes == fromHex(wanted.joined()))
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published padded length is kept`() throws {
    for item in try cases("valid", "calc_padded_len") {
      let pair = try #require(item.array)
      let count = Int(try #require(pair[0].integer))
      #expect(JSON.integer(Int64(NIP44.paddedCount(count))) == pair[1])
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published message encrypts and decrypts`() throws {
    for item in try cases("valid", "encrypt_decrypt") {
      let secret = try SecretKey(hex: try #require(item["sec1"]?.string))
      let other = try SecretKey(hex: try #require(item["sec2"]?.string))
      let key = try ConversationKey(secret: secret, peer: other.publicKey)
      #expect(Bytes32(key.bytes)?.hex == item["conversation_key"]?.string)
      let plaintext = bytes(try #require(item["plaintext"]?.string))
      let payload = try #require(item["payload"]?.string)
      let nonce = fromHex(try #require(item["nonce"]?.string))
      #expect(try NIP44.encrypt(plaintext, with: key, nonce: nonce) == payload)
      let back = try ConversationKey(secret: other, peer: secret.publicKey)
      #expect(try NIP44.decrypt(payload, with: back) == plaintext)
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published long message encrypts and decrypts`() throws {
    for item in try cases("valid", "encrypt_decrypt_long_msg") {
      let key = try conversationKey(item)
      let pattern = bytes(try #require(item["pattern"]?.string))
      let count = Int(try #require(item["repeat"]?.integer))
      let plaintext = [[UInt8]](repeating: pattern, count: count).flatMap { $0 }
      #expect(SHA256.hash(plaintext).hex == item["plaintext_sha256"]?.string)
      let nonce = fromHex(try #require(item["nonce"]?.string))
      let payload = try NIP44.encrypt(plaintext, with: key, nonce: nonce)
      #expect(SHA256.hash(payload).hex == item["payload_sha256"]?.string)
      #expect(try NIP44.decrypt(payload, with: key) == plaintext)
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published wrong length is refused`() throws {
    let key = ConversationKey(bytes: SHA256.hash("any"))
    for item in try cases("invalid", "encrypt_msg_lengths") {
      let plaintext = [UInt8](repeating: 0x61, count: Int(try #require(item.integer)))
      #expect(throws: NostrError.self) { try NIP44.encrypt(plaintext, with: key) }
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published wrong key is refused`() throws {
    for item in try cases("invalid", "get_conversation_key") {
      let peer = try publicKey(item, "pub2")
      #expect(throws: NostrError.self) {
        let secret = try SecretKey(hex: item["sec1"]?.string ?? "")
        _ = try ConversationKey(secret: secret, peer: peer)
      }
    }
  }

  @Test(.enabled(if: Vectors.has(file)))
  func `every published wrong payload is refused for its own reason`() throws {
    for item in try cases("invalid", "decrypt") {
      let key = try conversationKey(item)
      let found = code { try NIP44.decrypt(item["payload"]?.string ?? "", with: key) }
      let note = try #require(item["note"]?.string)
      switch note {
      case _ where note.hasPrefix("unknown encryption version"): #expect(found == .unknownVersion)
      case "invalid base64": #expect(found == .invalidBase64)
      case "invalid MAC": #expect(found == .badMAC)
      case "invalid padding": #expect(found == .badPadding)
      default: #expect(found == .invalidLength, "\(note)")
      }
    }
  }
}

@Suite struct BIP340VectorTests {
  static let file = "bip340-test-vectors.csv"

  @Test(.enabled(if: Vectors.has(file)))
  func `every published signature is judged and made as published`() throws {
    let text = String(decoding: try Vectors.bytes(Self.file), as: UTF8.self)
    let rows = text.split(whereSeparator: \.isNewline).dropFirst()
    #expect(rows.count >= 15)
    for row in rows {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false)
      let message = fromHex(cells[4])
      let signature = try #require(Signature(fromHex(cells[5])))
      let key = try #require(PublicKey(fromHex(cells[2])))
      let holds = message.withUnsafeBytes { bytes in
        (try? CurveKey(key))?.verifies(signature, of: bytes) ?? false
      }
      #expect(holds == (cells[6] == "TRUE"), "vector \(cells[0])")
      guard !cells[1].isEmpty, let digest = Bytes32(message) else { continue }
      let secret = try SecretKey(bytes: fromHex(cells[1]))
      #expect(secret.publicKey == key)
      #expect(try secret.sign(digest, auxiliary: fromHex(cells[3])) == signature)
    }
  }
}

@Suite struct FourAEventTests {
  static let names = [
    "01-declaration-v1", "02-keygrant-epoch1-evan", "03-declaration-v1-pending",
    "04-claim-from-invite", "05-declaration-v2", "06-keygrant-epoch2-evan",
    "07-keygrant-epoch2-allison", "08-encrypted-observation", "09-giftwrap-to-evan",
    "10-giftwrap-to-allison",
  ]

  @Test(.enabled(if: Vectors.has("4a-v0.5")), arguments: names)
  func `a published 4A event parses, verifies and is written again`(name: String) throws {
    let event = try Event(parsing: Vectors.bytes("4a-v0.5/\(name).json"))
    try event.verify()
    #expect(try Event(parsing: event.json) == event)
  }
}
