import Nostr
import Replica

/// The cards that commands are about when there are any: marked one by one, or as a range that grows with the
/// selection. A pure value.
struct Marks {
  private(set) var cards: Set<ObjectID> = []
  private var range: Range?

  private struct Range {
    /// Where it began.
    let anchor: ObjectID
    /// What was marked before it.
    let before: Set<ObjectID>
    /// Every movement goes on with it, not only `extend`.
    let followsSelection: Bool
  }

  var isEmpty: Bool { cards.isEmpty }
  var count: Int { cards.count }
  /// A range follows the selection.
  var isSelecting: Bool { range?.followsSelection ?? false }

  func contains(_ card: ObjectID) -> Bool { cards.contains(card) }

  mutating func toggle(_ card: ObjectID) {
    range = nil
    if cards.remove(card) == nil { cards.insert(card) }
  }

  /// All of these, or none of them any more when all were.
  mutating func toggleAll(_ all: Set<ObjectID>) {
    range = nil
    cards = cards.isSuperset(of: all) ? cards.subtracting(all) : cards.union(all)
  }

  mutating func forget() { self = Marks() }

  /// Only these are still there.
  mutating func keep(_ all: Set<ObjectID>) {
    cards.formIntersection(all)
    if let anchor = range?.anchor, !all.contains(anchor) { range = nil }
  }

  /// Begins a range at a card, or ends the one that follows the selection; its cards stay marked.
  mutating func toggleRange(at card: ObjectID) {
    guard !isSelecting else { return range = nil }
    begin(at: card, followsSelection: true)
  }

  private mutating func begin(at card: ObjectID, followsSelection: Bool) {
    range = Range(anchor: card, before: cards, followsSelection: followsSelection)
    cards.insert(card)
  }

  /// Before the selection goes on: the range begins where it is.
  mutating func extend(from card: ObjectID) {
    if range == nil { begin(at: card, followsSelection: false) }
  }

  /// The selection has come to a card. Where the beginning is in another column the range has ended.
  mutating func reach(_ card: ObjectID, in column: [ObjectID], extending: Bool) {
    guard let range, extending || range.followsSelection,
      let from = column.firstIndex(of: range.anchor), let to = column.firstIndex(of: card)
    else { return self.range = nil }
    cards = range.before.union(column[min(from, to)...max(from, to)])
  }

  /// Ends the range; its cards stay marked. `false` where there is none that follows the selection.
  mutating func endRange() -> Bool {
    defer { range = nil }
    return isSelecting
  }
}
