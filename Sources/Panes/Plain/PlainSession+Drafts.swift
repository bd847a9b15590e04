import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What was begun in the panes and not sent.
extension PlainSession {
  private var drafts: [Reader.DraftRow] {
    let rows = (try? workspace.reader.drafts()) ?? []
    return rows.filter { $0.text.contains { !$0.isWhitespace } }
  }

  /// What the panes keep; lines are sent as they are typed.
  func tellDrafts() {
    let rows = drafts
    for (index, row) in rows.enumerated() {
      let target = DraftTarget(row.name)
      let place: SafeText =
        target.address.flatMap(object).map { id in
          (try? workspace.reader.entry(id)).map { " question\(self.place($0))" }
            ?? " \(label(ofCard: id))"
        } ?? ""
      tell("draft \(index + 1), \(target.verb)\(place)", row.text)
    }
    if rows.isEmpty { say("nothing is begun and not sent") }
  }

  func discard(_ number: Int) throws {
    let row = try draft(number)
    tell("draft \(number)", row.text)
    ask(toConfirm: "delete") { [unowned self] in
      try? workspace.desk.setDraft(row.name, nil, now: clock.now())
      say("the draft is gone")
    }
  }

  private func draft(_ number: Int) throws -> Reader.DraftRow {
    let rows = drafts
    guard rows.indices.contains(number - 1) else {
      throw StudioError(
        "invalid_argument", "there are \(rows.count) drafts", field: "number", value: "\(number)")
    }
    return rows[number - 1]
  }

  /// Sends a draft as it stands; one that is a form of several fields is for the panes.
  func sendDraft(_ number: Int) throws {
    let row = try draft(number)
    let target = DraftTarget(row.name)
    var arguments = Arguments(["text": row.text])
    let verb: String
    switch target.kind {
    case "comment", "steer", "answer", "reply":
      guard let id = target.address.flatMap(object).flatMap(event) else {
        throw StudioError("reference_not_found", "what the draft is for is not here")
      }
      verb = ["steer": "card steer", "answer": "answer", "reply": "post"][target.kind] ?? "comment"
      if target.kind == "reply" {
        let post = target.address.flatMap(object).flatMap { try? workspace.reader.post($0) }
        guard let name = post?.channel?.text else {
          throw StudioError("reference_not_found", "the post that it answers is not here")
        }
        arguments.set("channel", to: name)
        arguments.set("reply-to", to: id)
      } else {
        arguments.set("id", to: id)
      }
    case "post":
      let parts = row.name.dropFirst(5).split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw StudioError("reference_not_found", "the channel of the draft is not known")
      }
      verb = "post"
      arguments.set("room", to: parts[0])
      arguments.set("channel", to: parts[1])
    default:
      throw StudioError(
        "not_possible", "this draft is a part of a form",
        hint: "new, edit, ask, track create and room create take all of it in a line")
    }
    try run(verb, arguments, instead: [row.name]) { [unowned self] in
      tell($0, of: verb, arguments)
    }
  }
}
