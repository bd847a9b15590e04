import FourA
package import Nostr
import Replica
import Studio
import Workspace

/// What a supervisor fetches before its program begins, as it stands in `run.json`. No key is in it: the engine gives
/// that for this one attachment when it is needed.
package struct RunAttachment: Sendable, Hashable {
  /// In the run's `in/`.
  package var name: String
  /// The card, and the place of the block.
  package var event: String
  package var block: Int64
  /// Of the plaintext; `nil` for an image, which does not say.
  package var size: Int64?
  /// Of the ciphertext, in hex.
  package var sha256: String
  package var blake3: String?
  package var mirrors: [WebAddress]

  /// The plaintext of an image is one message of NIP-44.
  static let imageBytes: Int64 = 65_535
  /// What NIP-44 puts around it, its padding included.
  private static let imageFrame: Int64 = 65_536 + 2 + 65

  init(_ attachment: CardAttachment, of card: CardRow, from mirrors: [WebAddress]) {
    let content = attachment.content
    name = attachment.name
    event = card.eventID.hex
    block = Int64(attachment.block)
    size = content.size
    sha256 = content.sha256.lowercased()
    blake3 = content.blake3?.lowercased()
    self.mirrors = mirrors
  }

  package init(
    name: String, event: String, block: Int64, size: Int64?, sha256: String, blake3: String?,
    mirrors: [WebAddress]
  ) {
    (self.name, self.event, self.block, self.size) = (name, event, block, size)
    (self.sha256, self.blake3, self.mirrors) = (sha256, blake3, mirrors)
  }

  var isImage: Bool { size == nil }

  /// Bytes of ciphertext, at most; of a file exactly.
  var sealedBytes: Int64 { size.map { $0 + Int64(ChaChaPoly.codeBytes) } ?? Self.imageFrame }

  /// Seconds that one mirror may take.
  var seconds: Int { isImage ? 30 : 300 }

  package var json: JSON {
    [
      "name": .string(name), "event": .string(event), "block": .integer(block),
      "size": size.map { .integer($0) } ?? .null, "sha256": .string(sha256),
      "blake3": blake3.map { .string($0) } ?? .null,
      "mirrors": .array(mirrors.map { .string($0.origin + $0.path) }),
    ]
  }

  init?(json: JSON) {
    guard let name = json["name"]?.string, !name.hasPrefix("."), !name.isEmpty,
      !name.contains("/"), !name.utf8.contains(0), let event = json["event"]?.string,
      let block = json["block"]?.integer, let sha256 = json["sha256"]?.string,
      let mirrors = json["mirrors"]?.array?.compactMap({ $0.string.flatMap { WebAddress($0) } })
    else { return nil }
    let size = json["size"]?.integer
    guard size.map({ (0...AttachmentRules.mostBytes).contains($0) }) ?? true else { return nil }
    self.init(
      name: name, event: event, block: block, size: size, sha256: sha256,
      blake3: json["blake3"]?.string, mirrors: mirrors)
  }
}
