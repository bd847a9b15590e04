package import FourA
package import Nostr

/// A room (kind 30536): its title and default tracks. The slug in it carries no authority: the room
/// is the one whose address the rumor names.
package struct Room: Sendable, Hashable, PayloadContent {
  static let number = 30536

  /// The slug, as the payload says.
  package var slug: String
  /// 1 to 200 UTF-16 units.
  package var title: String
  /// At most 2,000 UTF-16 units.
  package var description: String?
  /// The project it belongs to, a slug.
  package var project: String
  /// The tracks it was founded with, slugs.
  package var defaultTracks: [String]
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new room.
  package init(
    slug: String, title: String, description: String? = nil, project: String,
    defaultTracks: [String], createdBy: String, fabric: Fabric? = nil, extra: JSONObject = [:]
  ) {
    self.slug = slug
    self.title = title
    self.description = description
    self.project = project
    self.defaultTracks = defaultTracks
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  /// Whether the payload speaks of the room whose rumor it came in. One that names another room is
  /// about neither.
  package func isAbout(_ audience: Audience) -> Bool { sameBytes(slug, audience.slug) }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    createdBy = try fields.header(types: ["Room"]).by
    slug = try fields.requiredText("slug")
    title = try fields.requiredText("title")
    description = try fields.optionalText("description")
    project = try fields.requiredText("project")
    guard let tracks = try fields.texts("defaultTracks") else {
      throw .missing("defaultTracks", "a list of slugs")
    }
    defaultTracks = tracks
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  var object: JSONObject {
    var fields = FieldWriter(type: "Room", createdBy: createdBy)
    fields.set("slug", slug)
    fields.set("title", title)
    fields.set("description", description)
    fields.set("project", project)
    fields.set("defaultTracks", defaultTracks)
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try Check.slug(slug, "slug")
    try Check.text(title, "title", 1...Limits.title)
    if let description { try Check.text(description, "description", 0...Limits.description) }
    try Check.slug(project, "project")
    for (index, track) in defaultTracks.enumerated() {
      try Check.slug(track, "defaultTracks[\(index)]")
    }
    try fabric?.validate()
  }
}
