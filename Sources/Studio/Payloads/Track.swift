package import Nostr

/// A track (kind 30531): a long-running container of cards.
package struct Track: Sendable, Hashable, PayloadContent {
  static let number = 30531

  /// How a track is laid out.
  package enum Layout: String, Sendable, CaseIterable {
    /// By state, in columns.
    case column
    /// By time.
    case timeline
    /// By kind.
    case grouped
  }

  /// The slug that cards name it by.
  package var name: String
  /// 1 to 200 UTF-16 units.
  package var title: String
  /// At most 2,000 UTF-16 units; may be empty.
  package var description: String?
  /// The layout.
  package var layout: Layout
  /// When it was closed, in Unix seconds; `nil` while it is open.
  package var closedAt: Int64?
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new track.
  package init(
    name: String, title: String, description: String? = nil, layout: Layout = .column,
    closedAt: Int64? = nil, createdBy: String, fabric: Fabric? = nil, extra: JSONObject = [:]
  ) {
    self.name = name
    self.title = title
    self.description = description
    self.layout = layout
    self.closedAt = closedAt
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    createdBy = try fields.header(types: ["Track"]).by
    name = try fields.requiredText("name")
    title = try fields.requiredText("title")
    description = try fields.optionalText("description")
    let layout = try fields.requiredText("layout")
    guard let known = Layout(rawValue: layout) else {
      throw .invalid("layout", Layout.allCases.map(\.rawValue).joined(separator: ", "), layout)
    }
    self.layout = known
    closedAt = try fields.time("closedAt")
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  var object: JSONObject {
    var fields = FieldWriter(type: "Track", createdBy: createdBy)
    fields.set("name", name)
    fields.set("title", title)
    fields.set("description", description)
    fields.set("layout", layout.rawValue)
    fields.set("closedAt", closedAt.map { JSON.integer($0) } ?? .null)
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try Check.slug(name, "name")
    try Check.text(title, "title", 1...Limits.title)
    if let description { try Check.text(description, "description", 0...Limits.description) }
    if let closedAt, !(0...Limits.integer).contains(closedAt) {
      throw .invalid("closedAt", "a time from 0 to 2^53", String(closedAt))
    }
    try fabric?.validate()
  }
}
