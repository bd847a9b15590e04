/// Which events a subscription asks for (NIP-01). A condition that is `nil` does not restrict; a
/// list that is empty matches nothing.
package struct Filter: Hashable, Sendable {
  /// Any of these ids.
  package var ids: [EventID]?
  /// Any of these authors.
  package var authors: [PublicKey]?
  /// Any of these kinds.
  package var kinds: [Int]?
  /// For each letter, a tag of that name with any of these values.
  package var tags: [Character: [String]]
  /// Not before this time, in seconds.
  package var since: Int64?
  /// Not after this time, in seconds.
  package var until: Int64?
  /// At most so many stored events, newest first.
  package var limit: Int?

  /// A filter; without arguments it matches everything.
  package init(
    ids: [EventID]? = nil, authors: [PublicKey]? = nil, kinds: [Int]? = nil,
    tags: [Character: [String]] = [:], since: Int64? = nil, until: Int64? = nil,
    limit: Int? = nil
  ) {
    self.ids = ids
    self.authors = authors
    self.kinds = kinds
    self.tags = tags
    self.since = since
    self.until = until
    self.limit = limit
  }

  /// Whether the event meets every condition; `limit` is none.
  package func matches(_ event: Event) -> Bool {
    if let kinds, !kinds.contains(event.kind) { return false }
    if let since, event.createdAt < since { return false }
    if let until, event.createdAt > until { return false }
    if let ids, !ids.contains(event.id) { return false }
    if let authors, !authors.contains(event.pubkey) { return false }
    return tags.allSatisfy { letter, values in
      let name = String(letter)
      return event.tags.contains { tag in
        tag.fields.count > 1 && sameBytes(tag.fields[0], name)
          && values.contains { sameBytes($0, tag.fields[1]) }
      }
    }
  }

  package static func == (a: Filter, b: Filter) -> Bool { a.json == b.json }

  package func hash(into hasher: inout Hasher) { hasher.combine(json) }
}

extension Filter {
  /// The filter as it is sent.
  package var json: JSON {
    var object = JSONObject()
    if let ids { object["ids"] = .array(ids.map { .string($0.hex) }) }
    if let authors { object["authors"] = .array(authors.map { .string($0.hex) }) }
    if let kinds { object["kinds"] = .array(kinds.map { .integer(Int64($0)) }) }
    for (letter, values) in tags.sorted(by: { $0.key < $1.key }) {
      object["#\(letter)"] = .array(values.map { .string($0) })
    }
    if let since { object["since"] = .integer(since) }
    if let until { object["until"] = .integer(until) }
    if let limit { object["limit"] = .integer(Int64(limit)) }
    return .object(object)
  }

  /// Reads a filter strictly. A condition we do not know throws `.unknownField`, because ignoring
  /// it would answer with more than was asked for.
  package init(parsing json: JSON) throws(NostrError) {
    guard let object = json.object else {
      throw NostrError(.wrongType, "filter", "expected an object")
    }
    self.init()
    for (key, value) in object {
      switch key {
      case "ids": ids = try Filter.hex(key, value)
      case "authors": authors = try Filter.hex(key, value)
      case "kinds":
        kinds = try Filter.list(key, value).map { element throws(NostrError) in
          try Int(Filter.number(key, element, upTo: Int64(EventLimits.kind)))
        }
      case "since": since = try Filter.number(key, value, upTo: .max)
      case "until": until = try Filter.number(key, value, upTo: .max)
      case "limit": limit = try Int(Filter.number(key, value, upTo: Int64(Int32.max)))
      default: tags[try Filter.letter(key)] = try Filter.strings(key, value)
      }
    }
  }

  private static func letter(_ key: String) throws(NostrError) -> Character {
    let bytes = Array(key.utf8)
    guard bytes.count == 2, bytes[0] == 0x23,
      (0x41...0x5a).contains(bytes[1]) || (0x61...0x7a).contains(bytes[1])
    else {
      throw NostrError(.unknownField, "filter", "expected a NIP-01 condition, got another")
    }
    return Character(UnicodeScalar(bytes[1]))
  }

  private static func list(_ key: String, _ value: JSON) throws(NostrError) -> [JSON] {
    guard let array = value.array else {
      throw NostrError(.wrongType, key, "expected an array")
    }
    return array
  }

  private static func strings(_ key: String, _ value: JSON) throws(NostrError) -> [String] {
    try list(key, value).map { element throws(NostrError) in
      guard let text = element.string else {
        throw NostrError(.wrongType, key, "expected an array of strings")
      }
      return text
    }
  }

  private static func hex<Value: Hex32>(_ key: String, _ value: JSON) throws(NostrError) -> [Value]
  {
    try strings(key, value).map { text throws(NostrError) in
      guard let value = Value(hex: text) else {
        throw NostrError(.invalidHex, key, "expected 64 lower-case hex digits")
      }
      return value
    }
  }

  private static func number(
    _ key: String, _ value: JSON, upTo limit: Int64
  ) throws(NostrError) -> Int64 {
    guard let number = value.integer else {
      throw NostrError(.wrongType, key, "expected a whole number")
    }
    guard (0...limit).contains(number) else {
      throw NostrError(.outOfRange, key, "expected 0 to \(limit), got \(number)")
    }
    return number
  }
}
