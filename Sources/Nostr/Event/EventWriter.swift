/// The two serialisations of NIP-01: the array that is hashed and the object that is sent.
enum EventWriter {
  /// More than the braces, keys, commas, hex and numbers of any event.
  static let fixedBytes = 400

  /// `isPlain` says that the content is known to need no escape, which saves looking for one.
  static func id(
    pubkey: PublicKey, createdAt: Int64, kind: Int, tags: [Tag], content: String,
    isPlain: Bool = false
  ) -> EventID {
    var out: [UInt8] = []
    out.reserveCapacity(capacity(tags, ""))
    out.append(ascii: "[0,\"")
    out.append(hexOf: pubkey.bytes32)
    out.append(ascii: "\",")
    out.append(decimal: createdAt)
    out.append(0x2c)
    out.append(decimal: Int64(kind))
    out.append(0x2c)
    append(tags, to: &out)
    out.append(0x2c)
    var hash = SHA256()
    content.withBytes { bytes in
      // Ciphertext needs no escape: it is hashed where it lies.
      if isPlain || !EventWriter.needsEscape(bytes) {
        out.append(0x22)
        hash.update(out)
        hash.update(UnsafeRawBufferPointer(bytes))
        out.removeAll(keepingCapacity: true)
        out.append(0x22)
      } else {
        out.append(jsonString: content)
      }
    }
    out.append(0x5d)
    hash.update(out)
    return EventID(hash.finish())
  }

  private static func needsEscape(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    return firstSpecial(base, from: 0, end: bytes.count) < bytes.count
  }

  static func json(_ event: Event) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(capacity(event.tags, event.content))
    append(event, to: &out)
    return out
  }

  static func append(_ event: Event, to out: inout [UInt8]) {
    out.append(ascii: "{\"id\":\"")
    out.append(hexOf: event.id.bytes32)
    out.append(ascii: "\",\"pubkey\":\"")
    out.append(hexOf: event.pubkey.bytes32)
    out.append(ascii: "\",\"created_at\":")
    out.append(decimal: event.createdAt)
    out.append(ascii: ",\"kind\":")
    out.append(decimal: Int64(event.kind))
    out.append(ascii: ",\"tags\":")
    append(event.tags, to: &out)
    out.append(ascii: ",\"content\":")
    out.append(jsonString: event.content)
    out.append(ascii: ",\"sig\":\"")
    event.sig.withUnsafeBytes { out.append(hexOf: $0) }
    out.append(ascii: "\"}")
  }

  /// Enough room for an event in which few characters need an escape.
  static func capacity(_ tags: [Tag], _ content: String) -> Int {
    var total = fixedBytes + content.utf8.count + content.utf8.count / 16
    for tag in tags {
      for field in tag.fields { total += field.utf8.count + 4 }
    }
    return total
  }

  private static func append(_ tags: [Tag], to out: inout [UInt8]) {
    out.append(0x5b)
    for (index, tag) in tags.enumerated() {
      if index > 0 { out.append(0x2c) }
      out.append(0x5b)
      for (position, field) in tag.fields.enumerated() {
        if position > 0 { out.append(0x2c) }
        out.append(jsonString: field)
      }
      out.append(0x5d)
    }
    out.append(0x5d)
  }
}
