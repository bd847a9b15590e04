/// The contexts keys may be bound in: a tree below `*`. Lookup goes from the most particular up.
package struct KeyContexts: Sendable {
  private let parents: [String: String]
  private let writing: Set<String>

  /// `parents` names the context above each; those not named there stand below `*`. In `writing`
  /// contexts and below them a plain character always inserts itself and cannot be bound.
  package init(_ parents: [(name: String, parent: String)], writing: Set<String> = []) {
    self.parents = Dictionary(parents.map { ($0.name, $0.parent) }) { first, _ in first }
    self.writing = writing
  }

  /// Every name, sorted, with `*`.
  package var names: [String] { (["*"] + parents.keys).sorted() }

  package func contains(_ name: String) -> Bool { name == "*" || parents[name] != nil }

  /// The context and those above it, the particular first, `*` last.
  package func path(from name: String) -> [String] {
    var path: [String] = []
    var current: String? = name
    while let here = current, here != "*", path.count < 16 {
      path.append(here)
      current = parents[here]
    }
    return path + ["*"]
  }

  /// The contexts that have none below them and where letters are commands: what a person can be in.
  var leaves: [String] {
    let above = Set(parents.values)
    let leaves = parents.keys.filter { !above.contains($0) && !isWriting($0) }.sorted()
    return leaves.isEmpty ? ["*"] : leaves
  }

  /// Whether a plain character inserts itself here.
  package func isWriting(_ name: String) -> Bool {
    path(from: name).contains { writing.contains($0) }
  }
}
