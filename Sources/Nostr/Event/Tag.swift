/// One tag of an event: a name and its values. Equal only when every byte is.
package struct Tag: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// Name first, then the values; never empty in an event that was read.
  package var fields: [String]

  /// A tag from its fields, name first.
  package init(_ fields: String...) { self.fields = fields }

  /// A tag from its fields, name first.
  package init(fields: [String]) { self.fields = fields }

  package init(arrayLiteral elements: String...) { fields = elements }

  /// The first field, or "".
  package var name: String { fields.first ?? "" }

  /// The second field, or "".
  package var value: String { fields.count > 1 ? fields[1] : "" }

  package static func == (a: Tag, b: Tag) -> Bool {
    a.fields.count == b.fields.count && zip(a.fields, b.fields).allSatisfy(sameBytes)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(fields.count)
    for field in fields { field.hashBytes(into: &hasher) }
  }
}

/// The coordinate of an addressable event: `kind:pubkey:d`. Equal only when every byte is.
package struct Address: Hashable, Sendable, CustomStringConvertible {
  /// The event's kind.
  package let kind: Int
  /// The author.
  package let pubkey: PublicKey
  /// The `d` tag; it may hold a colon.
  package let d: String

  /// An address from its parts.
  package init(kind: Int, pubkey: PublicKey, d: String) {
    self.kind = kind
    self.pubkey = pubkey
    self.d = d
  }

  /// `nil` unless the text is a decimal kind, a lower-case hex key and a `d`, joined by colons.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: 0x3a, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let kind = Address.kind(parts[0]),
      let pubkey = PublicKey(hex: Substring(parts[1]))
    else { return nil }
    self.init(kind: kind, pubkey: pubkey, d: String(Substring(parts[2])))
  }

  // Only the one spelling that every program writes: no sign, no leading zero.
  private static func kind(_ digits: Substring.UTF8View) -> Int? {
    guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.count == 1 || digits.first != 0x30
    else { return nil }
    let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return value <= EventLimits.kind ? value : nil
  }

  /// `kind:pubkey:d`.
  package var text: String { "\(kind):\(pubkey.hex):\(d)" }
  package var description: String { text }

  package static func == (a: Address, b: Address) -> Bool {
    a.kind == b.kind && a.pubkey == b.pubkey && sameBytes(a.d, b.d)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(pubkey)
    d.hashBytes(into: &hasher)
  }
}
