/// An event in two thirds of the bytes of its JSON, for a store of our own: hex and base64 as the bytes they
/// stand for. Whoever unpacks it has the event that was packed, byte for byte.
///
/// A version, what the content is, id, key, signature, time, kind, the tags by lengths, the content.
extension Event {
  /// The event, packed.
  package var packed: [UInt8] {
    content.withBytes { content in
      let decoded = Base64.decodedCount(content)
      let room = decoded.map { max($0, content.count) } ?? content.count
      return [UInt8](unsafeUninitializedCapacity: Packing.bound(tags) + room) { out, count in
        var packer = Packer(out: UnsafeMutableRawBufferPointer(out))
        packer.put(byte: Packing.version)
        packer.put(byte: Packing.Content.text.rawValue)
        id.bytes32.withUnsafeBytes { packer.put($0) }
        pubkey.bytes32.withUnsafeBytes { packer.put($0) }
        sig.withUnsafeBytes { packer.put($0) }
        packer.put(UInt64(bitPattern: createdAt))
        packer.put(UInt64(truncatingIfNeeded: kind))
        packer.put(UInt64(tags.count))
        for tag in tags {
          packer.put(UInt64(tag.fields.count))
          for field in tag.fields { field.withBytes { packer.put(field: $0) } }
        }
        if let decoded, packer.put(base64: content, decoded) {
          out[1] = Packing.Content.base64.rawValue
        } else {
          packer.put(UnsafeRawBufferPointer(content))
        }
        count = packer.count
      }
    }
  }

  /// `nil` when the bytes are no packed event. Its id and signature are unchecked.
  package init?(packed bytes: UnsafeRawBufferPointer) {
    var unpacker = Unpacker(bytes: bytes)
    guard unpacker.byte() == Packing.version,
      let form = unpacker.byte().flatMap(Packing.Content.init), let id = unpacker.take(32),
      let pubkey = unpacker.take(32), let sig = unpacker.take(64).flatMap({ Signature($0) }),
      let createdAt = unpacker.number(), let kind = unpacker.length(),
      kind <= EventLimits.kind, let tags = unpacker.tags()
    else { return nil }
    let content: String? =
      switch form {
      case .text: String(exactly: unpacker.rest)
      case .base64: Base64.string(unpacker.rest)
      }
    guard let content, let id = EventID(id), let pubkey = PublicKey(pubkey) else { return nil }
    self.init(
      read: UnsignedEvent(
        pubkey: pubkey, createdAt: Int64(bitPattern: createdAt), kind: kind, tags: tags,
        content: content), id: id, sig: sig, isPlain: form == .base64)
  }

  /// `nil` when the bytes are no packed event; see `init(packed: UnsafeRawBufferPointer)`.
  package init?(packed bytes: [UInt8]) {
    guard let event = bytes.withUnsafeBytes({ Event(packed: $0) }) else { return nil }
    self = event
  }
}

private enum Packing {
  static let version: UInt8 = 1

  enum Content: UInt8 {
    case text, base64
  }

  /// More than everything but the content takes.
  static func bound(_ tags: [Tag]) -> Int {
    tags.reduce(2 + 128 + 3 * 10) { total, tag in
      tag.fields.reduce(total + 10) { $0 + 10 + $1.utf8.count }
    }
  }
}

private struct Packer {
  let out: UnsafeMutableRawBufferPointer
  var count = 0

  mutating func put(byte: UInt8) {
    out[count] = byte
    count += 1
  }

  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: out[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  /// Seven bits at a time, the lowest first.
  mutating func put(_ number: UInt64) {
    var rest = number
    while rest > 127 {
      put(byte: UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    put(byte: UInt8(rest))
  }

  /// The length, twice, and one more for the hex of 32 bytes, which follow as such.
  mutating func put(field: UnsafeBufferPointer<UInt8>) {
    let text = UnsafeRawBufferPointer(field)
    if text.count == 64, let value = Bytes32(hexBytes: text) {
      put(32 << 1 | 1)
      value.withUnsafeBytes { put($0) }
    } else {
      put(UInt64(text.count) << 1)
      put(text)
    }
  }

  /// `false`, and nothing put, when the text is not the one spelling of any bytes.
  mutating func put(base64 text: UnsafeBufferPointer<UInt8>, _ decoded: Int) -> Bool {
    let room = UnsafeMutableRawBufferPointer(rebasing: out[count..<(count + decoded)])
    guard Base64.decode(text, into: room) else { return false }
    count += decoded
    return true
  }
}

private struct Unpacker {
  let bytes: UnsafeRawBufferPointer
  var at = 0

  var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[at...]) }

  mutating func byte() -> UInt8? {
    guard at < bytes.count else { return nil }
    at += 1
    return bytes[at - 1]
  }

  mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count <= bytes.count - at else { return nil }
    at += count
    return UnsafeRawBufferPointer(rebasing: bytes[(at - count)..<at])
  }

  mutating func number() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = byte() else { return nil }
      value |= UInt64(byte & 127) << shift
      if byte < 128 { return value }
    }
    return nil
  }

  /// A number that fits an `Int`; whether so much still follows is for the caller to see.
  mutating func length() -> Int? {
    number().flatMap { Int(exactly: $0) }
  }

  mutating func tags() -> [Tag]? {
    guard let count = length(), count <= bytes.count - at else { return nil }
    var tags: [Tag] = []
    tags.reserveCapacity(count)
    for _ in 0..<count {
      guard let count = length(), count <= bytes.count - at else { return nil }
      var fields: [String] = []
      fields.reserveCapacity(count)
      for _ in 0..<count {
        guard let field = field() else { return nil }
        fields.append(field)
      }
      tags.append(Tag(fields: fields))
    }
    return tags
  }

  private mutating func field() -> String? {
    guard let length = length(), let text = take(length >> 1) else { return nil }
    return length & 1 == 0 ? String(exactly: text) : Hex.string(text)
  }
}
