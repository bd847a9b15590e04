import FourA
import Home
import Nostr
import Replica
import Studio

// Keys of attachments: a worker fetches what a card brings along, and holds no key.
extension EngineCore {
  func answer(attachment event: String, block: Int, nonce: [UInt8]?) -> JSON {
    do {
      return ["key": .string(try attachmentKey(event: event, block: block, nonce: nonce).hex)]
    } catch {
      return ["error": StudioError(describing: error).json]
    }
  }

  /// What opens one attachment and nothing else: of a file the key and nonce that its author wrapped, of an image
  /// the keys of that one message. The key of the epoch stays here.
  ///
  /// - Parameters:
  ///   - event: the card or comment, which this home holds and has opened.
  ///   - block: its place among the blocks.
  ///   - nonce: of an image, from the beginning of its ciphertext.
  private func attachmentKey(event: String, block: Int, nonce: [UInt8]?) throws -> [UInt8] {
    func wrong(_ field: String, _ message: String) -> StudioError {
      StudioError("attachment_unavailable", message, field: field)
    }
    guard let id = EventID(hex: event), let payload = try reader.payload(id),
      let row = try reader.logEvent(id), let room = try row.room.flatMap({ try reader.room($0) })
    else { throw wrong("event", "there is no such event here") }
    let blocks = try JSON(parsing: payload)["blocks"]?.array ?? []
    guard blocks.indices.contains(block), let object = blocks[block].object,
      let content = Block(object)?.content
    else { throw wrong("block", "the event has no such block") }
    let attachment: Block.Attachment
    switch content {
    case .file(let file): attachment = file
    case .image(let image): attachment = image
    default: throw wrong("block", "it is neither a file nor an image")
    }
    let secrets = keyring.secrets.secrets(room.audience, epoch: attachment.epoch)
    guard !secrets.isEmpty else {
      throw wrong(
        "decrypt_hint.epoch_n",
        "the key of epoch \(attachment.epoch) is not held: its author can share it again")
    }
    for secret in secrets {
      let key = try ConversationKey(secret: secret, peer: row.signer)
      guard let wrapped = attachment.wrappedKey else {
        guard let nonce, let opens = NIP44.messageKey(nonce: nonce, with: key) else {
          throw wrong("nonce", "an image is opened with the nonce of its ciphertext")
        }
        return opens
      }
      guard let opened = try? NIP44.decrypt(wrapped, with: key),
        opened.count == ChaChaPoly.keyBytes + ChaChaPoly.nonceBytes
      else { continue }
      return opened
    }
    throw wrong(
      "decrypt_hint.wrapped_key", "it was not made for this room, or not by the card's author")
  }
}
