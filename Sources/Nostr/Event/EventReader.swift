import Glibc

/// The strict reader of one event's JSON.
struct EventReader {
  private var scanner: JSONScanner
  private var seen: UInt8 = 0
  private var unknown: [String] = []
  private var id: Bytes32?
  private var pubkey = Bytes32()
  private var createdAt: Int64 = 0
  private var kind: Int64 = 0
  private var tags: [Tag] = []
  private var content = ""
  private var isPlain = false
  private var sig: Signature?

  /// Reads the whole of `json`. Plain NIP-59 leaves a rumor's id to its reader: with
  /// `computingMissingID` an absent one is computed, while a present one is kept as claimed.
  static func read(
    _ json: UnsafeRawBufferPointer, computingMissingID: Bool
  ) throws(NostrError) -> Event {
    guard json.count <= EventLimits.eventBytes else {
      throw NostrError(
        .tooLarge, "event",
        "expected at most \(EventLimits.eventBytes) bytes, got \(json.count)")
    }
    var reader = EventReader(scanner: JSONScanner(json))
    let event = try reader.object(computingMissingID: computingMissingID)
    try reader.scanner.end()
    return event
  }

  /// Reads an event that is part of a larger text; leaves the scanner after it.
  static func read(from scanner: inout JSONScanner) throws(NostrError) -> Event {
    scanner.skipSpace()
    let start = scanner.position
    var reader = EventReader(scanner: scanner)
    let event = try reader.object(computingMissingID: false)
    scanner = reader.scanner
    guard scanner.position - start <= EventLimits.eventBytes else {
      throw NostrError(
        .tooLarge, "event",
        "expected at most \(EventLimits.eventBytes) bytes, got \(scanner.position - start)")
    }
    return event
  }

  private init(scanner: JSONScanner) { self.scanner = scanner }

  private enum Field: UInt8 {
    case id, pubkey, createdAt, kind, tags, content, sig

    var name: String {
      switch self {
      case .id: "id"
      case .pubkey: "pubkey"
      case .createdAt: "created_at"
      case .kind: "kind"
      case .tags: "tags"
      case .content: "content"
      case .sig: "sig"
      }
    }

    init?(_ key: UnsafeRawBufferPointer) {
      // One candidate for each first letter and length; only that one is compared.
      let candidate: (field: Field, name: StaticString)
      switch (key.first, key.count) {
      case (UInt8(ascii: "i"), 2): candidate = (.id, "id")
      case (UInt8(ascii: "p"), 6): candidate = (.pubkey, "pubkey")
      case (UInt8(ascii: "c"), 10): candidate = (.createdAt, "created_at")
      case (UInt8(ascii: "k"), 4): candidate = (.kind, "kind")
      case (UInt8(ascii: "t"), 4): candidate = (.tags, "tags")
      case (UInt8(ascii: "c"), 7): candidate = (.content, "content")
      case (UInt8(ascii: "s"), 3): candidate = (.sig, "sig")
      default: return nil
      }
      guard let base = key.baseAddress, memcmp(candidate.name.utf8Start, base, key.count) == 0
      else {
        return nil
      }
      self = candidate.field
    }
  }

  private mutating func object(computingMissingID: Bool) throws(NostrError) -> Event {
    try scanner.expect(0x7b, "{", in: "event")
    if !scanner.consume(0x7d) {
      repeat {
        try member()
      } while scanner.consume(0x2c)
      try scanner.expect(0x7d, "} or ,", in: "event")
    }
    if computingMissingID { seen |= 1 << Field.id.rawValue }
    for bit in UInt8(0)..<7 where seen & (1 << bit) == 0 {
      let name = Field(rawValue: bit)?.name ?? ""
      throw NostrError(.missingField, name, "expected this field, got none")
    }
    guard let sig else {
      throw NostrError(.missingField, "sig", "expected 128 hex digits, got \"\"")
    }
    let key = PublicKey(pubkey)
    let event = UnsignedEvent(
      pubkey: key, createdAt: createdAt, kind: Int(kind), tags: tags, content: content)
    return Event(
      read: event, id: id.map(EventID.init) ?? event.id(), sig: sig, isPlain: isPlain)
  }

  private mutating func member() throws(NostrError) {
    let key = try scanner.stringSpan(in: "event")
    // A key may be written with escapes; only then does it need decoding before comparing.
    let field: Field?
    let name: String?
    if key.isEscaped {
      let text = try scanner.text(key, in: "event")
      field = text.withBytes { Field(UnsafeRawBufferPointer($0)) }
      name = text
    } else {
      field = Field(scanner.bytes(key))
      name = nil
    }
    try scanner.expect(0x3a, ":", in: "event")
    guard let field else {
      let text = if let name { name } else { try scanner.text(key, in: "event") }
      return try skip(text)
    }
    guard seen & (1 << field.rawValue) == 0 else { throw EventReader.duplicate(field.name) }
    seen |= 1 << field.rawValue
    try value(of: field)
  }

  private static func duplicate(_ name: String) -> NostrError {
    NostrError(.duplicateKey, name, "expected this key once, got it again")
  }

  private mutating func skip(_ name: String) throws(NostrError) {
    guard !unknown.contains(where: { sameBytes($0, name) }) else {
      throw EventReader.duplicate(name)
    }
    guard unknown.count < EventLimits.unknownKeys else {
      throw NostrError(
        .tooLarge, "event", "expected at most \(EventLimits.unknownKeys) unknown keys, got more")
    }
    unknown.append(name)
    try scanner.skipValue(depth: JSONLimits.depth, in: name)
  }

  private mutating func value(of field: Field) throws(NostrError) {
    switch field {
    case .id: id = try hex32("id")
    case .pubkey: pubkey = try hex32("pubkey")
    case .createdAt:
      createdAt = try scanner.integer(in: "created_at", 0...EventLimits.createdAt)
    case .kind: kind = try scanner.integer(in: "kind", 0...Int64(EventLimits.kind))
    case .tags: try readTags()
    case .content:
      let span = try scanner.stringSpan(in: "content")
      content = try scanner.text(span, in: "content")
      isPlain = !span.isEscaped
    case .sig:
      let span = try scanner.stringSpan(in: "sig")
      guard span.count > 0 else { return }
      guard !span.isEscaped, let value = Signature(hexBytes: scanner.bytes(span)) else {
        throw NostrError(.invalidHex, "sig", "expected 128 lower-case hex digits")
      }
      sig = value
    }
  }

  private mutating func hex32(_ name: String) throws(NostrError) -> Bytes32 {
    let span = try scanner.stringSpan(in: name)
    guard !span.isEscaped, let value = Bytes32(hexBytes: scanner.bytes(span)) else {
      throw NostrError(.invalidHex, name, "expected 64 lower-case hex digits")
    }
    return value
  }

  private mutating func readTags() throws(NostrError) {
    try scanner.expect(0x5b, "[", in: "tags")
    guard !scanner.consume(0x5d) else { return }
    repeat {
      guard tags.count < EventLimits.tags else {
        throw NostrError(.tooLarge, "tags", "expected at most \(EventLimits.tags), got more")
      }
      let start = scanner.position
      try scanner.expect(0x5b, "[", in: "tags")
      var fields: [String] = []
      fields.reserveCapacity(2)
      repeat {
        fields.append(try scanner.string(in: "tags"))
      } while scanner.consume(0x2c)
      try scanner.expect(0x5d, "] or ,", in: "tags")
      guard scanner.position - start <= EventLimits.tagBytes else {
        throw NostrError(
          .tooLarge, "tags", "expected at most \(EventLimits.tagBytes) bytes in a tag")
      }
      tags.append(Tag(fields: fields))
    } while scanner.consume(0x2c)
    try scanner.expect(0x5d, "] or ,", in: "tags")
  }
}
