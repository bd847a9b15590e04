/// An address that a terminal may open: http or https, with a host that can be read. The text that
/// stands for it on the screen is the address itself, so nobody is led elsewhere than it says.
package struct Link: Hashable, Sendable {
  /// Bytes of the longest address that is one.
  package static let limit = 2_000

  /// Printable ASCII.
  package let address: String

  /// nil for anything but a plain web address: other schemes, names in the address, a host that is
  /// not ASCII.
  package init?(untrusted text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.limit, bytes.allSatisfy(Self.isAllowed),
      let scheme = Self.schemes.first(where: { bytes.starts(with: $0) })
    else { return nil }
    let host = bytes.dropFirst(scheme.count).prefix { !"/?#".utf8.contains($0) }
    guard let first = host.first, Self.isWord(first) || first == UInt8(ascii: "["),
      host.allSatisfy({ Self.isWord($0) || "-.:[]".utf8.contains($0) })
    else { return nil }
    address = String(text)
  }

  private static let schemes = ["https://", "http://"].map { Array($0.utf8) }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  /// What may stand in an address; quotes, brackets of other kinds and backslashes end it.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte)
  }

  /// The addresses in a text, in order.
  static func find(in text: SafeText) -> [Link] {
    let bytes = Array(text.string.utf8)
    var links: [Link] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "h"),
        schemes.contains(where: { bytes[index...].starts(with: $0) }),
        index == 0 || !isWord(bytes[index - 1])
      else {
        index += 1
        continue
      }
      var end = index
      while end < bytes.count, isAllowed(bytes[end]) { end += 1 }
      let goesOn = end < bytes.count && bytes[end] >= 0x80
      let next = end
      let opened = bytes[index..<end].contains(UInt8(ascii: "("))
      while end > index,
        ".,;:!?'".utf8.contains(bytes[end - 1]) || (!opened && bytes[end - 1] == 0x29)
      { end -= 1 }
      // A letter that is not ASCII may belong to the address: half of one leads elsewhere.
      if !goesOn, let link = Link(untrusted: String(decoding: bytes[index..<end], as: UTF8.self)) {
        links.append(link)
      }
      index = next
    }
    return links
  }

  /// The lines that a text was wrapped to, with its addresses as links. One that was broken is the
  /// same link on both lines.
  package static func spans(
    of text: SafeText, wrapped lines: [SafeText], style: Style
  ) -> [[Span]] {
    var links = find(in: text)[...]
    guard !links.isEmpty else { return lines.map { [Span($0, style: style)] } }
    // What is left of the address that the line above ended in.
    var rest: Substring = ""
    return lines.map { line in
      var spans: [Span] = []
      var left = line.string[...]
      func add(_ count: Substring.Index, _ link: Link?) {
        guard count > left.startIndex else { return }
        spans.append(Span(SafeText(safe: String(left[..<count])), style: style, link: link))
        left = left[count...]
      }
      while let link = links.first {
        if rest.isEmpty {
          guard let start = begin(of: link.address, in: left) else { break }
          add(start, nil)
          rest = link.address[...]
        }
        let shared = zip(left.utf8, rest.utf8).prefix { $0 == $1 }.count
        guard shared > 0 else {
          (rest, links) = ("", links.dropFirst())
          continue
        }
        add(left.utf8.index(left.startIndex, offsetBy: shared), link)
        rest = rest[rest.utf8.index(rest.startIndex, offsetBy: shared)...]
        guard rest.isEmpty else { break }
        links = links.dropFirst()
      }
      add(left.endIndex, nil)
      return spans.isEmpty ? [Span(line, style: style)] : spans
    }
  }

  /// Where an address begins in a line, whole or broken by the line's end.
  private static func begin(of address: String, in line: Substring) -> Substring.Index? {
    let (bytes, wanted) = (Array(line.utf8), Array(address.utf8))
    for start in bytes.indices where bytes[start] == wanted[0] {
      let there = bytes[start...].prefix(wanted.count)
      guard start == 0 || !isWord(bytes[start - 1]), wanted.starts(with: there),
        there.count == wanted.count || there.count >= 8
      else { continue }
      return line.utf8.index(line.startIndex, offsetBy: start)
    }
    return nil
  }
}
