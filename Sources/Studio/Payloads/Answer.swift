package import Nostr

/// An answer (kind 30535) to a question.
package struct Answer: Sendable, Hashable, PayloadContent {
  static let number = 30535

  /// The question.
  package var target: TargetReference
  /// Markdown, 1 to 4,000 UTF-16 units.
  package var body: String
  /// Who the author says they are; the rumor's key counts.
  package var createdBy: String
  /// Our extension object.
  package var fabric: Fabric?
  /// Fields that we do not know, kept verbatim.
  package var extra: JSONObject

  /// A new answer.
  package init(
    target: TargetReference, body: String, createdBy: String, fabric: Fabric? = nil,
    extra: JSONObject = [:]
  ) {
    self.target = target
    self.body = body
    self.createdBy = createdBy
    self.fabric = fabric
    self.extra = extra
  }

  init(reading fields: inout FieldReader) throws(PayloadError) {
    createdBy = try fields.header(types: ["Answer"]).by
    target = try TargetReference(reading: &fields)
    body = try fields.requiredText("body")
    fabric = fields.fabric()
    extra = fields.rest
    try validate()
  }

  var object: JSONObject {
    var fields = FieldWriter(type: "Answer", createdBy: createdBy)
    fields.set("target", target.json)
    fields.set("body", body)
    return fields.finish(fabric: fabric, extra: extra)
  }

  func validate() throws(PayloadError) {
    try target.validate()
    try Check.text(body, "body", 1...Limits.body)
    try fabric?.validate()
  }
}
