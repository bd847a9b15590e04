import Nostr
package import Replica
import Studio

extension Workspace {
  /// Stands in a prompt that is only shown for the word of its marks, which nobody can know before.
  package static let markOfShown = "RANDOM"

  /// What this home's agent would be told, were its owner to allow a card now: built as its worker builds it, but
  /// with the characters in it that no eye sees.
  package func prompt(of need: ConsentNeed, _ reader: Reader) throws -> String {
    guard let room = try reader.room(need.card.room) else { return "" }
    var prompt = RunPrompt(
      card: need.card, room: room, me: me, names: try reader.names(in: room.id),
      thread: try reader.threadEnd(of: need.card.id, limit: RunPrompt.entries).reversed())
    prompt.budgetUSD = need.budgetUSD
    if need.card.isRetried { prompt.again = try reader.retry(of: need.card) }
    prompt.keepsHidden = true
    return prompt.text(marker: Self.markOfShown)
  }
}

extension Reader {
  /// The newest order to do a card again.
  package func retry(of card: CardRow) throws -> EntryRow? {
    try controls(on: card.id).last { sameBytes($0.intent ?? "", "retry") }
  }
}
