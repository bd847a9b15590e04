import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What a card says beside its title and its text, as a program that works on it would be told: with nothing hidden.
enum CardFacts {
  static func of(_ card: CardRow) -> [(word: SafeText, fact: SafeText)] {
    let object = card.extensionObject
    func value(_ json: JSON?) -> SafeText? {
      json.map { plain($0.string ?? $0.text) }
    }
    var facts: [(SafeText, SafeText)] = [("kind", plain(card.kind))]
    if let repo = value(object?["repo"]) { facts.append(("repo", repo)) }
    if let tools = value(object?["tools"]) { facts.append(("tools", tools)) }
    if let budget = object?["budget_usd"]?.number {
      facts.append(("budget", RunText.dollars(budget)))
    }
    if let deps = object?["deps"]?.array, !deps.isEmpty {
      facts.append(("after", "\(deps.count) other cards"))
    }
    if !card.tags.isEmpty { facts.append(("labels", plain(card.tags.joined(separator: ", ")))) }
    for block in blocks(of: card) { facts.append(("with", block)) }
    return facts
  }

  private static func plain(_ text: String, limit: Int = 400) -> SafeText {
    SafeText.revealing(text, limit: limit).0
  }

  private static func blocks(of card: CardRow) -> [SafeText] {
    card.readBlocks.prefix(16).map { block in
      func text(_ text: String) -> SafeText { plain(text, limit: 2_000) }
      switch block.content {
      case .text(let body): return "text: \(text(body))"
      case .code(let language, let body): return "code \(text(language)): \(text(body))"
      case .link(let href, let label): return "link \(text(label ?? "")) \(text(href))"
      case .field(let key, let value): return "\(text(key)): \(text(value))"
      case .image(let attachment): return "image, \(text(attachment.mimeType))"
      case .file(let attachment):
        return "file \(text(attachment.filename ?? "")), \(attachment.size ?? 0) bytes"
      case .unknown: return "something of the kind “\(text(block.type))”"
      }
    }
  }
}
