import Nostr
package import Replica
package import Studio

/// A file or an image that belongs to a card.
package struct CardAttachment: Sendable, Hashable {
  /// Its place among the card's blocks.
  package let block: Int
  package let content: Block.Attachment
  /// What it is called on the disk of whoever fetches it: no path, not hidden, unlike every other.
  package let name: String

  /// In a line, as an agent is told of it.
  package var line: String {
    let type = RunPrompt.plain(content.mimeType, 100).filter { !$0.isNewline }
    let size = content.size.map { "\($0) bytes, " } ?? ""
    return "\"$STUDIO_RUN_DIR/in/\(name)\" (\(size)\(type))"
  }

  /// A name of one part without anything that a shell, a terminal or a file system reads into it.
  static func plain(_ name: String) -> String {
    let last = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? ""
    var plain = ""
    for scalar in last.unicodeScalars {
      let isPlain =
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || ".-_".unicodeScalars.contains(scalar)
      guard plain.utf8.count + (isPlain ? String(scalar).utf8.count : 1) <= 120 else { break }
      plain.unicodeScalars.append(isPlain ? scalar : "_")
    }
    let trimmed = plain.drop { $0 == "." || $0 == "-" || $0 == "_" }
    return trimmed.isEmpty ? "file" : String(trimmed)
  }
}

extension CardRow {
  /// The files and images of the card, in its order; `nil` when one cannot be read.
  package var attachments: [CardAttachment]? {
    guard let blocks = try? JSON(parsing: blocks).array else { return [] }
    var found: [CardAttachment] = []
    var taken: Set<String> = []
    for (index, block) in blocks.enumerated() {
      guard let block = block.object.flatMap({ Block($0) }), ["file", "image"].contains(block.type)
      else { continue }
      let content: Block.Attachment
      switch block.content {
      case .file(let file): content = file
      case .image(let image): content = image
      default: return nil
      }
      let name = content.filename.map(CardAttachment.plain) ?? Self.image(content, index)
      found.append(
        CardAttachment(block: index, content: content, name: Self.unique(name, &taken)))
    }
    return found
  }

  private static func image(_ content: Block.Attachment, _ index: Int) -> String {
    let endings = [
      "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    ]
    return "image-\(index + 1).\(endings[content.mimeType] ?? "img")"
  }

  /// Two names that differ in case alone may be one on some disk.
  private static func unique(_ name: String, _ taken: inout Set<String>) -> String {
    var candidate = name
    var number = 2
    while !taken.insert(candidate.lowercased()).inserted {
      let dot =
        name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
      candidate = "\(name[..<dot])-\(number)\(name[dot...])"
      number += 1
    }
    return candidate
  }
}
