/// Takes secrets out of text before it leaves the machine. A seatbelt, not a wall.
///
/// What it looks for: the values of the secrets that the program was given, `nsec1…`, 64 hex digits that stand
/// alone, and tokens of well-known shapes. Text that comes in pieces goes through ``feed(_:)``, which keeps back
/// what a secret could still begin in; a secret in two pieces is found.
package struct Redactor: Sendable {
  /// What stands in a secret's place.
  package static let mark = "[redacted]"
  /// Longest secret that is found across pieces, in bytes.
  package static let longest = 4_096

  let values: [[UInt8]]
  private var held: [UInt8] = []

  /// - Parameter secrets: values to look for; those under 6 bytes would hide ordinary words and are left out.
  package init(secrets: some Sequence<String>) {
    values = Set(secrets.map { Array($0.utf8) }.filter { (6...Self.longest).contains($0.count) })
      .sorted { $0.count > $1.count || ($0.count == $1.count && $0.lexicographicallyPrecedes($1)) }
  }

  /// A whole text.
  package func redact(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let found = matches(in: bytes)
    return found.isEmpty ? text : String(decoding: Self.replacing(found, in: bytes), as: UTF8.self)
  }

  /// What of the text so far may leave.
  package mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
    held += bytes
    let found = matches(in: held)
    // Nothing before a blank that is followed by too little for a secret to have begun is in doubt.
    var cut = safePrefix(of: held)
    for range in found where range.contains(cut) || range.upperBound == cut {
      cut = range.lowerBound
    }
    let out = Self.replacing(found.filter { $0.upperBound <= cut }, in: Array(held[..<cut]))
    held.removeFirst(cut)
    return out
  }

  /// The rest.
  package mutating func finish() -> [UInt8] {
    let out = Self.replacing(matches(in: held), in: held)
    held = []
    return out
  }

  /// What may leave ends where no secret can have begun: `longest` bytes from the end at the most.
  private func safePrefix(of bytes: [UInt8]) -> Int {
    let longestValue = max(values.first?.count ?? 0, 512)
    var cut = max(0, bytes.count - longestValue)
    // Between words, so that a token is judged whole.
    while cut > 0, bytes.count - cut < Self.longest, SecretShapes.isWord(bytes[cut - 1]) {
      cut -= 1
    }
    return cut
  }

  private func matches(in bytes: [UInt8]) -> [Range<Int>] {
    var found = SecretShapes.matches(in: bytes)
    for value in values { found += Self.occurrences(of: value, in: bytes) }
    return Self.merged(found)
  }

  private static func occurrences(of value: [UInt8], in bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count >= value.count else { return [] }
    var found: [Range<Int>] = []
    var index = 0
    let first = value[0]
    while index <= bytes.count - value.count {
      if bytes[index] == first, bytes[index..<index + value.count].elementsEqual(value) {
        found.append(index..<index + value.count)
        index += value.count
      } else {
        index += 1
      }
    }
    return found
  }

  private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound < last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }

  private static func replacing(_ ranges: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var index = 0
    for range in ranges {
      out += bytes[index..<range.lowerBound]
      out += Array(mark.utf8)
      index = range.upperBound
    }
    return out + bytes[index...]
  }
}
