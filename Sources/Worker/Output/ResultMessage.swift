import Glibc
package import Home
package import Nostr
package import Studio

/// A result as one comment: its beginning as the body, the rest in blocks, and what is too long kept on this
/// machine and listed with its digest. Nothing is lost, and the payload stays within what the wire takes.
package struct ResultMessage: Sendable, Equatable {
  /// Something that the run made.
  package struct Artifact: Sendable, Equatable {
    package let name: String
    package let sha256: String
    package let bytes: Int64
    /// On this machine.
    package let path: String
    /// The place of the block that holds it whole; `nil` when only its digest goes out.
    package let block: Int?

    package var json: JSON {
      [
        "name": .string(name), "sha256": .string(sha256), "bytes": .integer(bytes),
        "block": block.map { .integer(Int64($0)) } ?? .null,
      ]
    }
  }

  /// UTF-16 units of the body; the rest of what a reader takes is room for a note.
  static let bodyLimit = 3_600
  /// Bytes of one block, of all of them, and of body and blocks together, as JSON.
  static let blockBytes = 4_000
  static let blocksBytes = 8_500
  static let bytes = 12_500
  package static let mostFiles = 8
  package static let longestFile: Int64 = 25 << 20

  package private(set) var body: String
  package private(set) var blocks: [Block] = []
  package private(set) var artifacts: [Artifact] = []
  /// What was left out, and why, for the run's log and the comment's reader.
  package private(set) var omitted: [String] = []
  private var used = 0

  /// - Parameters:
  ///   - text: the result. It and every file are redacted before anything else.
  ///   - directory: whose `out/` holds the files; a long result is kept there whole, as `result-full.md`.
  ///   - files: of these, the names that are meant; all when there is none.
  package init(
    _ text: String, in directory: RunDirectory, redactor: Redactor, files: [String]? = nil
  ) throws(StudioError) {
    let text = Self.trimmed(redactor.redact(text))
    let cut = Self.cut(text, units: Self.bodyLimit)
    body = cut.head
    // A long body of wide characters leaves less to the blocks.
    used = max(0, JSON.string(body).bytes.count - (Self.bytes - Self.blocksBytes))
    if !cut.rest.isEmpty {
      let file = "\(directory.path)/result-full.md"
      try SystemCall.replace(file, with: Array(text.utf8), mode: 0o600)
      var rest = cut.rest
      while !rest.isEmpty, let block = fitting(&rest) { blocks.append(block) }
      if !rest.isEmpty {
        list("result-full.md", Array(text.utf8), file, block: nil)
        body += "\n\n… the whole of it, \(text.utf8.count) bytes, is on the agent's machine."
      } else {
        body += "\n\n… goes on below."
      }
    }
    addFiles(directory, redactor, files)
    if body.isEmpty { body = "Done." }
  }

  /// The beginning of what is left as a block, if there is room for one.
  private mutating func fitting(_ rest: inout String) -> Block? {
    let room = min(Self.blockBytes, Self.blocksBytes - used)
    guard room > 200 else { return nil }
    // A character takes six bytes of JSON at the most; most take one.
    var units = room
    while units > 50 {
      let cut = Self.cut(rest, units: units)
      let block = Block.text(cut.head)
      let size = block.object.bytes.count
      if size <= room {
        used += size
        rest = cut.rest
        return block
      }
      units = units * 2 / 3
    }
    return nil
  }

  private mutating func list(_ name: String, _ bytes: [UInt8], _ path: String, block: Int?) {
    artifacts.append(
      Artifact(
        name: name, sha256: SHA256.hash(bytes).hex, bytes: Int64(bytes.count), path: path,
        block: block))
  }

  private mutating func addFiles(
    _ directory: RunDirectory, _ redactor: Redactor, _ meant: [String]?
  ) {
    let names = FileTree.names(in: directory.outFolder).filter {
      $0 != "result.md" && !$0.hasPrefix(".") && (meant?.contains($0) ?? true)
    }
    for name in names.dropFirst(Self.mostFiles) {
      omitted.append("\(name): more than \(Self.mostFiles) files")
    }
    for name in names.prefix(Self.mostFiles) {
      let path = "\(directory.outFolder)/\(name)"
      guard let bytes = PlainFile.read(path, limit: Self.longestFile) else {
        omitted.append("\(name): not a plain file of at most \(Self.longestFile) bytes")
        continue
      }
      let shown = PlainText.clean(name)
      var index: Int?
      if bytes.count <= Self.blockBytes, let text = String(validating: bytes, as: UTF8.self),
        !text.utf8.contains(0)
      {
        let block = Block.code(
          redactor.redact(PlainText.clean(text)), language: Self.language(name))
        let size = block.object.bytes.count
        if used + size <= Self.blocksBytes {
          used += size
          index = blocks.count
          blocks.append(block)
        }
      }
      list(shown, bytes, path, block: index)
    }
  }

  /// Cut after so many UTF-16 units at most: at an empty line, a line's end or a blank, if one is near.
  static func cut(_ text: String, units: Int) -> (head: String, rest: String) {
    guard text.utf16.count > units else { return (text, "") }
    var index = text.utf16.index(text.utf16.startIndex, offsetBy: units)
    // Never inside a character.
    index = text.characterStart(at: index)
    let head = text[..<index]
    for separator in ["\n\n", "\n", " "] {
      if let found = head.lastRange(of: separator),
        text.utf16.distance(from: text.startIndex, to: found) > units / 2
      {
        return (trimmed(String(text[..<found])), trimmed(String(text[found...]), front: true))
      }
    }
    return (String(head), String(text[index...]))
  }

  private static func trimmed(_ text: String, front: Bool = false) -> String {
    var text = text[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    while front, let first = text.first, first.isNewline || first == " " { text.removeFirst() }
    return String(text)
  }

  private static func language(_ name: String) -> String {
    let known = [
      "md": "markdown", "json": "json", "diff": "diff", "patch": "diff", "swift": "swift",
      "py": "python", "js": "javascript", "ts": "typescript", "sh": "sh", "rs": "rust", "go": "go",
    ]
    return name.split(separator: ".").last.flatMap { known[String($0)] } ?? ""
  }
}

extension String {
  /// The beginning of the character that an index falls into.
  fileprivate func characterStart(at index: Index) -> Index {
    var start = index
    while start > startIndex, start.samePosition(in: self) == nil || !isBoundary(start) {
      start = unicodeScalars.index(before: start)
    }
    return start
  }

  private func isBoundary(_ index: Index) -> Bool {
    index == endIndex || self.index(after: self.index(before: index)) == index
  }
}

extension Substring {
  /// Where the last occurrence begins.
  fileprivate func lastRange(of separator: String) -> Index? {
    var index = endIndex
    while index > startIndex {
      index = self.index(before: index)
      if self[index...].hasPrefix(separator) { return index }
    }
    return nil
  }
}
