import Nostr
import Replica
import Studio
import Workspace

// What a card says to a worker.

extension CardRow {
  /// The repository that it is about, by the name that the worker's owner gave it.
  var repository: String? { extensionObject?["repo"]?.string }

  /// What its author will spend on it at most.
  var budgetUSD: Double? { extensionObject?["budget_usd"]?.number }

  /// How urgent its author says it is: 0 first.
  var urgency: Int {
    let words = [["p0", "urgent"], ["p1", "high"], ["p2"], ["p3", "low"]]
    let found = words.firstIndex { $0.contains { word in tags.contains { sameBytes($0, word) } } }
    return found ?? 2
  }
}

extension Reader {
  /// Cards that one key has handed on to the next: the keys that a card names, and those that its forebears
  /// were signed by, which nobody can leave out.
  func chain(of card: CardRow) throws -> (keys: [PublicKey], depth: Int) {
    var keys: [PublicKey] = []
    var depth = 0
    var current = card
    for step in 0...Candidate.maximumDepth + 1 {
      guard let object = current.extensionObject else { break }
      let named = (object["chain"]?.array?.prefix(16) ?? []).compactMap {
        $0.string.flatMap { PublicKey(hex: $0) }
      }
      keys += named
      let stated = Int(clamping: max(0, min(object["depth"]?.integer ?? 0, 1_000)))
      depth = max(depth, step + max(named.count, stated))
      guard let parent = object["parent"]?.string,
        case .one(let found) = try resolveObject(parent, in: card.room, kinds: [30530]),
        let row = try self.card(found.id), row.id != current.id
      else { break }
      depth = max(depth, step + 1)
      keys.append(row.author)
      current = row
    }
    return (keys, depth)
  }

  /// Whether a card waits for others that are not done; one that is not here is not done.
  func isBlocked(_ card: CardRow) throws -> Bool {
    for dependency in card.extensionObject?["deps"]?.array?.prefix(64) ?? [] {
      guard let id = dependency.string,
        case .one(let found) = try resolveObject(id, in: card.room, kinds: [30530]),
        let row = try self.card(found.id), ["done", "archived"].contains(row.status)
      else { return true }
    }
    return false
  }
}
