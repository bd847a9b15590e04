import Nostr

/// Takes the known fields out of a payload, one by one; what is left over is kept verbatim.
struct FieldReader {
  private(set) var rest: JSONObject

  init(_ object: JSONObject) { rest = object }

  /// The value of `key`, which is then no longer left over.
  mutating func take(_ key: String) -> JSON? { rest.remove(key) }

  /// A text, or `nil` when the field is absent.
  mutating func text(_ key: String) throws(PayloadError) -> String? {
    guard let value = take(key) else { return nil }
    guard let text = value.string else { throw .invalid(key, "a text", value.text) }
    return text
  }

  /// As `text`, but `null` counts as absent.
  mutating func optionalText(_ key: String) throws(PayloadError) -> String? {
    if rest[key] == .null {
      rest[key] = nil
      return nil
    }
    return try text(key)
  }

  mutating func requiredText(_ key: String) throws(PayloadError) -> String {
    guard let text = try text(key) else { throw .missing(key, "a text") }
    return text
  }

  /// A list of texts, or `nil` when the field is absent.
  mutating func texts(_ key: String) throws(PayloadError) -> [String]? {
    guard let value = take(key) else { return nil }
    guard let list = value.array else { throw .invalid(key, "a list of texts", value.text) }
    var texts: [String] = []
    for (index, item) in list.enumerated() {
      guard let text = item.string else {
        throw .invalid("\(key)[\(index)]", "a text", item.text)
      }
      texts.append(text)
    }
    return texts
  }

  /// The blocks of a card or comment, or `nil` when the field is absent.
  mutating func blocks() throws(PayloadError) -> [Block]? {
    guard let value = take("blocks") else { return nil }
    guard let list = value.array else { throw .invalid("blocks", "a list of objects", value.text) }
    var blocks: [Block] = []
    for (index, item) in list.enumerated() {
      guard let object = item.object else {
        throw .invalid("blocks[\(index)]", "an object", item.text)
      }
      guard let block = Block(object) else {
        throw .invalid(
          "blocks[\(index)].type", "a text that is not empty", object["type"]?.text ?? "")
      }
      blocks.append(block)
    }
    return blocks
  }

  /// A point in time or a count: a whole number from 0 to 2^53 - 1, a fraction cut off; `nil` when
  /// the field is absent or `null`.
  mutating func time(_ key: String) throws(PayloadError) -> Int64? {
    guard let value = take(key), value != .null else { return nil }
    guard let number = value.wholeNumber, (0...Limits.integer).contains(number) else {
      throw .invalid(key, "a number from 0 to 2^53", value.text)
    }
    return number
  }

  /// The `fabric` object. One that is malformed stays in the left-over fields: it means nothing to
  /// us, and is still the author's.
  mutating func fabric() -> Fabric? {
    guard let value = rest["fabric"], let fabric = Fabric(value) else { return nil }
    rest["fabric"] = nil
    return fabric
  }

  /// Checks `@type`, drops `@context`, and gives the author's own statement of who they are: of no
  /// authority, and often absent.
  mutating func header(types: Set<String>) throws(PayloadError) -> (type: String, by: String) {
    rest["@context"] = nil
    let type = try text("@type") ?? ""
    guard type.isEmpty || types.contains(type) else {
      throw .invalid("@type", types.sorted().joined(separator: " or "), type)
    }
    return (type, take("createdBy")?.string ?? "")
  }
}

extension JSON {
  /// The number without its fraction; `nil` for anything that is no number or too large for `Int64`.
  var wholeNumber: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value.rounded(.towardZero))
    default: nil
    }
  }
}

/// Builds a payload in the order in which readers expect to see it.
struct FieldWriter {
  private(set) var object: JSONObject

  init(type: String, createdBy: String) {
    object = [
      "@context": .string(Payload.context), "@type": .string(type),
      "createdBy": .string(createdBy),
    ]
  }

  mutating func set(_ key: String, _ value: String) { object[key] = .string(value) }

  mutating func set(_ key: String, _ value: String?) {
    if let value { object[key] = .string(value) }
  }

  mutating func set(_ key: String, _ value: JSON) { object[key] = value }

  mutating func set(_ key: String, _ values: [String]) {
    object[key] = .array(values.map { .string($0) })
  }

  /// Leaves an empty list out.
  mutating func setUnlessEmpty(_ key: String, _ values: [String]) {
    if !values.isEmpty { set(key, values) }
  }

  mutating func set(blocks: [Block]) {
    object["blocks"] = .array(blocks.map { .object($0.object) })
  }

  /// Ends the payload with the extension object and the fields that were kept.
  mutating func finish(fabric: Fabric?, extra: JSONObject) -> JSONObject {
    if let fabric { object["fabric"] = .object(fabric.object) }
    for (key, value) in extra where object[key] == nil { object[key] = value }
    return object
  }
}
