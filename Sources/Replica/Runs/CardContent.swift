package import Nostr
package import Studio

// What a card says to those who are to do it.

extension CardRow {
  /// Our extension object.
  package var extensionObject: Fabric? {
    fabric.flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
  }

  /// A digest of everything that an agent would be told to do: consent and a queued run are bound to it.
  package var contentHash: Bytes32 {
    var hash = SHA256()
    func add(_ text: String) {
      hash.update(Array("\(text.utf8.count):".utf8))
      hash.update(Array(text.utf8))
    }
    for text in [kind, title, body, blocks] { add(text) }
    let object = extensionObject
    for key in ["repo", "deps", "budget_usd", "tools", "policy", "chain"] {
      add(object?[key]?.text ?? "")
    }
    return hash.finish()
  }
}
