package import Nostr

/// What a comment or answer points at.
package enum Target: Sendable, Hashable {
  /// One version of an object.
  case event(EventID)
  /// An object, whatever its version.
  case address(Address)

  /// The largest `@id` that is read, in UTF-8 bytes.
  package static let maximumBytes = 1024

  /// Reads a 64-hex id, `nostr:` with hex, `note1…`, `nevent1…` or `naddr1…`, or
  /// `<kind>:<hex>:<d>`; `nil` for what names nothing. The names of NIP-19 are read without the
  /// prefix too.
  package static func read(_ id: String) -> Target? {
    guard id.utf8.count <= maximumBytes else { return nil }
    let isNostr = id.lowercased().utf8.starts(with: "nostr:".utf8)
    let name = isNostr ? String(Substring(id.utf8.dropFirst(6))) : id
    if let event = EventID(hex: name.lowercased()) { return .event(event) }
    if let address = Address(name) { return .address(address) }
    switch try? NIP19(parsing: name) {
    case .note(let event): return .event(event)
    case .event(let pointer): return .event(pointer.id)
    case .address(let pointer): return .address(pointer.address)
    default: return nil
    }
  }
}

/// The `target` of a comment or answer: its `@id` and whatever else stands in the object.
package struct TargetReference: Sendable, Hashable {
  /// The text of `@id`.
  package var id: String
  /// Other fields of the object, kept verbatim.
  package var extra: JSONObject

  /// A reference to the event `event`, the only form that every reader resolves.
  package init(_ event: EventID) {
    id = event.hex
    extra = [:]
  }

  /// A reference with any text.
  package init(id: String, extra: JSONObject = [:]) {
    self.id = id
    self.extra = extra
  }

  /// What it names, if it can be read.
  package var resolved: Target? { Target.read(id) }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    guard let value = fields.take("target") else { throw .missing("target", "an object") }
    guard let object = value.object else { throw .invalid("target", "an object", value.text) }
    var inner = FieldReader(object)
    guard let json = inner.take("@id") else { throw .missing("target.@id", "a text") }
    guard let id = json.string else { throw .invalid("target.@id", "a text", json.text) }
    self.id = id
    extra = inner.rest
  }

  var json: JSON {
    var object: JSONObject = ["@id": .string(id)]
    for (key, value) in extra where object[key] == nil { object[key] = value }
    return .object(object)
  }

  /// The forms that the deployed readers let through: 64 hex, `nostr:` and anything, or an address
  /// whose last part is a slug (4A 1.8).
  func validate() throws(PayloadError) {
    let expected = "64 hex, nostr:… or <kind>:<hex>:<slug>"
    guard id.utf8.count <= Target.maximumBytes else { throw .invalid("target.@id", expected, id) }
    if Bytes32(hex: id.lowercased()) != nil { return }
    if id.utf8.starts(with: "nostr:".utf8), id.utf8.count > 6 { return }
    if let address = Address(id), address.d.utf8.allSatisfy(DTag.isPlain), !address.d.isEmpty {
      return
    }
    throw .invalid("target.@id", expected, id)
  }
}
