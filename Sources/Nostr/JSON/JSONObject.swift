/// The members of a JSON object, in the order they were written. Keys compare by bytes. Two
/// objects are equal when they have the same members, in whatever order.
package struct JSONObject: Sendable {
  private var members: [(key: String, value: JSON)] = []
  // Only large objects pay for an index; a linear search wins below.
  private var index: [ByteKey: Int] = [:]
  private static let indexedFrom = 17

  private struct ByteKey: Hashable, Sendable {
    let text: String
    static func == (a: ByteKey, b: ByteKey) -> Bool { sameBytes(a.text, b.text) }
    func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
  }

  /// No members.
  package init() {}

  /// Members in this order; of a repeated key the last value stands in the first place.
  package init(_ members: [(String, JSON)]) {
    for (key, value) in members { self[key] = value }
  }

  /// How many members there are.
  package var count: Int { members.count }
  /// Whether there are none.
  package var isEmpty: Bool { members.isEmpty }
  /// The keys in order.
  package var keys: [String] { members.map(\.key) }

  /// The value of a key. A new key goes last, a known one keeps its place, `nil` removes.
  package subscript(key: String) -> JSON? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): remove(at: place)
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  /// Sets a value; the same as the subscript.
  package mutating func set(_ key: String, _ value: JSON) { self[key] = value }

  /// Removes a key and gives what it held.
  @discardableResult
  package mutating func remove(_ key: String) -> JSON? {
    guard let place = position(of: key) else { return nil }
    let value = members[place].value
    remove(at: place)
    return value
  }

  /// Adds a member and says `true`, or says `false` when the key is already there.
  mutating func insert(_ key: String, _ value: JSON) -> Bool {
    guard position(of: key) == nil else { return false }
    append(key, value)
    return true
  }

  private func position(of key: String) -> Int? {
    if members.count < JSONObject.indexedFrom {
      return members.firstIndex { sameBytes($0.key, key) }
    }
    return index[ByteKey(text: key)]
  }

  private mutating func append(_ key: String, _ value: JSON) {
    members.append((key, value))
    if members.count == JSONObject.indexedFrom {
      rebuild()
    } else if members.count > JSONObject.indexedFrom {
      index[ByteKey(text: key)] = members.count - 1
    }
  }

  private mutating func remove(at place: Int) {
    let wasIndexed = members.count >= JSONObject.indexedFrom
    members.remove(at: place)
    if wasIndexed { rebuild() }
  }

  private mutating func rebuild() {
    index.removeAll()
    guard members.count >= JSONObject.indexedFrom else { return }
    for (place, member) in members.enumerated() { index[ByteKey(text: member.key)] = place }
  }
}

extension JSONObject: Sequence, ExpressibleByDictionaryLiteral, Hashable {
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(elements.map { ($0.0, $0.1) })
  }

  /// The members in order.
  package func makeIterator() -> AnyIterator<(key: String, value: JSON)> {
    AnyIterator(members.makeIterator())
  }

  package static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }

  package func hash(into hasher: inout Hasher) {
    // A sum, because order does not count.
    var sum = 0
    for member in members {
      var part = Hasher()
      member.key.hashBytes(into: &part)
      part.combine(member.value)
      sum &+= part.finalize()
    }
    hasher.combine(count)
    hasher.combine(sum)
  }
}
