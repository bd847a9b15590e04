package import Nostr

/// One block of a card or comment (4A 1.9). Kept verbatim, known or not.
package struct Block: Sendable, Hashable {
  /// The block as it came, or as it will be written.
  package let object: JSONObject
  /// Its type: `text`, `code`, `link`, `field`, `image`, `file`, or another.
  package let type: String

  /// `nil` unless `type` is a text that is not empty.
  package init?(_ object: JSONObject) {
    guard let type = object["type"]?.string, !type.isEmpty else { return nil }
    self.object = object
    self.type = type
  }

  private init(type: String, _ fields: JSONObject) {
    var object: JSONObject = ["type": .string(type)]
    for (key, value) in fields { object[key] = value }
    self.object = object
    self.type = type
  }

  /// Markdown.
  package static func text(_ body: String) -> Block {
    Block(type: "text", ["body": .string(body)])
  }

  /// A listing in `language`, which may be empty.
  package static func code(_ body: String, language: String = "") -> Block {
    Block(type: "code", ["language": .string(language), "body": .string(body)])
  }

  /// A link. On a `review` card the label `PR` marks the change to review.
  package static func link(_ href: String, label: String? = nil) -> Block {
    var fields: JSONObject = ["href": .string(href)]
    if let label { fields["label"] = .string(label) }
    return Block(type: "link", fields)
  }

  /// A name and a value.
  package static func field(_ key: String, _ value: String) -> Block {
    Block(type: "field", ["key": .string(key), "value": .string(value)])
  }

  /// Where an encrypted attachment lies, and how it is opened.
  package struct Attachment: Sendable, Hashable {
    /// SHA-256 of the ciphertext, in hex: the address of the blob.
    package let sha256: String
    /// Places to fetch it from, of any scheme and host: untrusted.
    package let mirrors: [String]
    /// The media type that the author states.
    package let mimeType: String
    /// BLAKE3 of the ciphertext in hex, if stated.
    package let blake3: String?
    /// The epoch whose key opens it.
    package let epoch: Int
    /// The name of a file, untrusted; `nil` for an image.
    package let filename: String?
    /// Size of the plaintext of a file in bytes, as stated.
    package let size: Int64?
    /// The wrapped key of a file, NIP-44 base64; `nil` for an image.
    package let wrappedKey: String?
  }

  /// What a block says.
  package enum Content: Sendable, Hashable {
    /// Markdown.
    case text(String)
    /// A listing.
    case code(language: String, body: String)
    /// A link of any scheme: untrusted.
    case link(href: String, label: String?)
    /// A name and a value.
    case field(key: String, value: String)
    /// An encrypted image.
    case image(Attachment)
    /// An encrypted file.
    case file(Attachment)
    /// A type that we do not know, or a known one with something missing.
    case unknown
  }

  /// The typed view; one malformed block hides itself alone.
  package var content: Content {
    switch type {
    case "text": text("body").map { .text($0) } ?? .unknown
    case "code":
      text("body").map { .code(language: text("language") ?? "", body: $0) } ?? .unknown
    case "link": text("href").map { .link(href: $0, label: text("label")) } ?? .unknown
    case "field":
      text("key").flatMap { key in text("value").map { .field(key: key, value: $0) } } ?? .unknown
    case "image": attachment(isFile: false).map { .image($0) } ?? .unknown
    case "file": attachment(isFile: true).map { .file($0) } ?? .unknown
    default: .unknown
    }
  }

  private func text(_ key: String) -> String? { object[key]?.string }

  private func attachment(isFile: Bool) -> Attachment? {
    guard let sha256 = text("sha256"), Bytes32(hex: sha256) != nil,
      let mimeType = text("mime_type"), let hint = object["decrypt_hint"]?.object,
      let epoch = hint["epoch_n"]?.wholeNumber, (1...Int64(Int32.max)).contains(epoch),
      let mirrors = object["mirrors"]?.array
    else { return nil }
    let size = object["size_bytes"]?.wholeNumber
    if isFile {
      guard text("filename") != nil, hint["wrapped_key"]?.string != nil,
        let size, (0...Limits.integer).contains(size)
      else { return nil }
    }
    return Attachment(
      sha256: sha256, mirrors: mirrors.compactMap(\.string), mimeType: mimeType,
      blake3: text("blake3"), epoch: Int(epoch), filename: isFile ? text("filename") : nil,
      size: isFile ? size : nil, wrappedKey: isFile ? hint["wrapped_key"]?.string : nil)
  }
}
