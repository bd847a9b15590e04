import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Orders to whoever works on a card: to stop, to begin again, a word for the next turn.
extension Shell {
  /// The arguments of an order about a card, in whatever room that is.
  func runArguments(_ card: CardRow, _ text: String? = nil) -> Arguments {
    var arguments = Arguments(["id": card.eventID.hex])
    if let text { arguments.set("text", to: text) }
    if let room = (try? workspace.reader.room(card.room)) ?? nil {
      arguments.set("room", to: room.audience.address)
    }
    return arguments
  }

  /// Says what stopping does, and wants Enter.
  func askToCancel(_ row: CardRow) {
    let run = (try? workspace.reader.runRecords(on: row.id))?.first(where: \.isLive)
    let who = row.assignees.first.map(scene.names.brief) ?? "nobody"
    let host: SafeText =
      run?.record.host.map { " on \(SafeText(untrusted: $0, limit: 64))" } ?? ""
    overlays.append(
      .confirm(
        Confirmation(
          purpose: .cancel(card: row), title: "↵ stops it, Esc does not",
          words:
            "\(who)’s program\(host) is stopped, whatever it has begun stays there, and the card goes back to open, on hold"
        )))
  }

  func cancelRun(on row: CardRow) {
    run("card cancel", runArguments(row)) { [weak self] _ in
      self?.say("asked to stop; the card says when it has")
    }
  }

  func pickRetry(_ row: CardRow) {
    let items = [
      Picker<String>.Item("resume", "go on where it stopped", detail: "if its program can"),
      Picker<String>.Item("fresh", "begin anew"),
    ]
    overlays.append(
      .pick(
        Picker(title: "Do “\(SafeText(untrusted: row.title, limit: 60))” again", items: items),
        .retry(card: row)))
  }

  func retry(_ row: CardRow, mode: String) {
    var arguments = runArguments(row)
    arguments.set("mode", to: mode)
    run("card retry", arguments) { [weak self] _ in
      guard let self else { return }
      moves.append(
        CardMove(
          verb: "card cancel", arguments: ["id": row.eventID.hex],
          words: "asked to stop what was given out again"))
      say("given out again; \(card.keys.undo) has it stopped")
    }
  }
}
