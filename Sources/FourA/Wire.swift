import Nostr

/// Names and numbers of the 4A audience layer (4A 1.1).
package enum FourAWire {
  /// The value of `fa:context` on every 4A event, and of `@context` in the public ones.
  package static let context = "https://4a4.ai/ns/v0"
  /// Kind of an audience declaration.
  package static let declaration = 30520
  /// Kind of a key grant.
  package static let keyGrant = 30521
  /// Kind of a join or leave claim.
  package static let claim = 30522
  /// Kinds whose rumors are encrypted to an epoch key: the base ones and Studio's.
  package static func isMessage(kind: Int) -> Bool {
    (30510...30514).contains(kind) || (30530...30536).contains(kind)
  }
  /// The largest epoch that is read or written.
  package static let maximumEpoch = Int(Int32.max)
  /// The largest time in seconds that is read: 2^53.
  package static let maximumTime: Int64 = 1 << 53
}

/// The short name of a room, track or project: one or more of `A-Z a-z 0-9 -` (4A 1.1).
package enum Slug {
  /// Whether `text` is a slug; the wire sets no limit on the length.
  package static func isValid(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(isSlugByte)
  }

  private static func isSlugByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

/// Reading of the small values in tags.
enum Field {
  /// A decimal of digits alone, without a leading zero, within `range`; `nil` otherwise.
  static func decimal(_ text: some StringProtocol, in range: ClosedRange<Int64>) -> Int64? {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 19,
      bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      first != UInt8(ascii: "0") || bytes.count == 1,
      let value = Int64(text), range.contains(value)
    else { return nil }
    return value
  }

  /// An epoch as written in a tag: a decimal from 1, without a leading zero.
  static func epoch(_ text: some StringProtocol) -> Int? {
    decimal(text, in: 1...Int64(FourAWire.maximumEpoch)).map(Int.init)
  }

  /// A time in seconds as written in a tag.
  static func time(_ text: some StringProtocol) -> Int64? {
    decimal(text, in: 0...FourAWire.maximumTime)
  }

  /// The part of `text` before `limit` UTF-16 units, trimmed of blanks; `nil` when nothing is left.
  static func trimmed(_ text: String?, limit: Int) -> String? {
    guard let text else { return nil }
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    guard !scalars.isEmpty else { return nil }
    var kept = String.UnicodeScalarView()
    var units = 0
    for scalar in scalars {
      units += scalar.utf16.count
      guard units <= limit else { break }
      kept.append(scalar)
    }
    return String(kept)
  }

  /// `text`, shortened so that it can stand in an error.
  static func quoted(_ text: some StringProtocol) -> String {
    text.utf8.count <= 80 ? "“\(text)”" : "“\(text.prefix(40))…” (\(text.utf8.count) bytes)"
  }
}

extension Event {
  /// The audience of the first `a` tag.
  func audience() throws(FourAError) -> Audience {
    guard let address = firstTag("a") else {
      throw FourAError(.missing, "a", "expected the address of an audience, found no a tag")
    }
    guard let audience = Audience(address: address) else {
      throw FourAError(
        .invalid, "a", "expected 30520:<64 hex>:<slug>, found \(Field.quoted(address))")
    }
    return audience
  }

  /// The only value of `name`; an error when it is absent.
  func required(_ name: String) throws(FourAError) -> String {
    guard let value = firstTag(name) else {
      throw FourAError(.missing, name, "expected a \(name) tag, found none")
    }
    return value
  }

  /// An error unless the event is of `kind`.
  func expect(kind expected: Int) throws(FourAError) {
    guard kind == expected else {
      throw FourAError(.wrongKind, "kind", "expected \(expected), found \(kind)")
    }
  }
}
