package import Nostr

/// The one extension object of ours, `fabric`, in any payload (agents 2.1).
///
/// The object itself is kept verbatim. Its accessors answer only for a version we know: one from
/// the future reads as if it were not there.
package struct Fabric: Sendable, Hashable {
  /// The version that we write, and the newest that we read.
  package static let version: Int64 = 1

  /// The object as it came, or as it will be written.
  package private(set) var object: JSONObject

  /// A new object of the type `type`, from the connection `connection` of its author, if it has one.
  package init(type: String, connection: String? = nil, fields: JSONObject = [:]) {
    object = ["v": .integer(Self.version), "t": .string(type)]
    if let connection { object["conn"] = .string(connection) }
    for (key, value) in fields where object[key] == nil { object[key] = value }
  }

  /// `nil` for what is not an object, or is larger than 8 KiB.
  package init?(_ json: JSON) {
    guard let object = json.object, json.bytes.count <= Limits.fabricBytes else { return nil }
    self.object = object
  }

  /// Whether its version is one that we know.
  package var isKnown: Bool {
    guard let version = object["v"]?.integer else { return false }
    return (1...Self.version).contains(version)
  }

  /// The value of `key`, in a known version.
  package subscript(key: String) -> JSON? { isKnown ? object[key] : nil }

  /// The object with `key` set, or removed for `nil`.
  package func setting(_ key: String, _ value: JSON?) -> Fabric {
    var copy = self
    copy.object[key] = value
    return copy
  }

  /// `t`: what the object is about.
  package var type: String? { word("t") }
  /// `conn`: the connection that spoke, vouched for by the machine that signed.
  package var connection: String? { word("conn") }
  /// `run`: the run that it belongs to.
  package var run: String? { word("run") }
  /// `reason`: why, in a line.
  package var reason: String? { self["reason"]?.string }
  /// `hold`: the card is not to be picked up again until somebody says so.
  package var hold: Bool { self["hold"]?.bool ?? false }
  /// `addr`: the object that it is about, by address.
  package var address: Address? { self["addr"]?.string.flatMap { Address($0) } }
  /// `card`: the object that it is about, by event id.
  package var card: EventID? { self["card"]?.string.flatMap { EventID(hex: $0) } }
  /// `prev_ids`: ids of earlier versions of the same object, oldest first; damaged ones left out.
  package var previousIDs: [EventID] {
    self["prev_ids"]?.array?.compactMap { $0.string.flatMap { EventID(hex: $0) } } ?? []
  }

  /// How many earlier ids are carried.
  package static let previousLimit = 8

  /// The object with `id` as the newest of the last eight earlier versions.
  package func adding(previous id: EventID) -> Fabric {
    var ids = previousIDs.filter { $0 != id }
    ids.append(id)
    return setting(
      "prev_ids", .array(ids.suffix(Self.previousLimit).map { .string($0.hex) }))
  }

  /// A short text that is not empty.
  private func word(_ key: String) -> String? {
    guard let text = self[key]?.string, (1...Limits.word).contains(text.utf16.count) else {
      return nil
    }
    return text
  }

  func validate() throws(PayloadError) {
    let count = JSON.object(object).bytes.count
    guard count <= Limits.fabricBytes else {
      throw PayloadError(
        code: "payload_too_large", field: "fabric", value: String(count),
        message: "expected at most \(Limits.fabricBytes) bytes, found \(count)")
    }
  }
}
