import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Something that was done to a card and can be undone by its opposite.
struct CardMove {
  let verb: String
  let arguments: [String: String]
  let words: SafeText
  /// How it was done, to do it again; `nil` where that is not asked for.
  var done: Done?

  struct Done {
    let card: ObjectID
    let arguments: [String: String]
    let words: SafeText
  }
}

/// Moving cards from column to column, and taking that back.
extension Shell {
  /// The cards that a command on cards is about.
  var chosenCards: [CardRow] {
    place == .board && focus == .board ? board.chosen : card.card.map { [$0] } ?? []
  }

  /// Whether the chosen card can go to the column beside its own.
  func moving(by step: Int) -> Ability {
    guard let row = chosenCards.first else { return .unable(because: "no card is chosen") }
    guard let next = board.neighbour(of: row, by: step) else {
      return .unable(because: step > 0 ? "this is the last column" : "this is the first column")
    }
    if next.status == BoardColumn.Kind(row).status {
      return row.author == scene.me
        ? .able : .unable(because: "only its author can give this card to somebody")
    }
    return allows(next.status, on: row)
      ? .able : .unable(because: "only its author and its assignee can")
  }

  func moveCards(by step: Int) {
    let rows = chosenCards
    guard let first = rows.first, let next = board.neighbour(of: first, by: step) else { return }
    if next.status == BoardColumn.Kind(first).status {
      // Between backlog and ready stands only whose it is.
      return next == .ready ? pickAssignee(rows) : rows.forEach { assign($0, to: "none") }
    }
    let able = rows.filter { allows(next.status, on: $0) }
    for row in able { setStatus(next.status.rawValue, of: row) }
    if rows.count > 1 {
      say("\(able.count) of \(rows.count) cards go to \(next.title); u undoes one at a time")
    }
    board.forgetMarks()
  }

  /// `S-Down` and `S-Up`: marks what is passed.
  func extend(_ word: String?) {
    board.extend(word == "up" ? .selectUp : .selectDown)
    chooseAgain(onlyCard: true)
    stateChanged()
  }

  /// Moves a card to any column, as far as it is the person's to move.
  func move(_ row: CardRow, to kind: BoardColumn.Kind) {
    let from = BoardColumn.Kind(row)
    guard kind != from else { return say("left where it was") }
    if kind.status == from.status {
      guard row.author == scene.me else {
        return say("only its author can give this card to somebody", .toastWarning)
      }
      return kind == .ready ? pickAssignee([row]) : assign(row, to: "none")
    }
    guard kind.status.isLifecycle, allows(kind.status, on: row) else {
      return say("only its author and its assignee can move this card", .toastWarning)
    }
    setStatus(kind.status.rawValue, of: row)
  }

  func setStatus(_ status: String, of row: CardRow) {
    let title = SafeText(untrusted: row.title, limit: 200).truncated(to: 30)
    let word = StatusLook(status).word
    let id = row.eventID.hex
    make(
      CardMove(
        verb: "card status", arguments: ["id": id, "status": row.status],
        words: "“\(title)” is \(StatusLook(row.status).word) again",
        done: .init(
          card: row.id, arguments: ["id": id, "status": status], words: "\(word): “\(title)”")))
  }

  func assign(_ row: CardRow, to who: String) {
    let name = PublicKey(hex: who).map(scene.names.brief) ?? "nobody"
    let before = row.assignees.first
    let id = row.eventID.hex
    make(
      CardMove(
        verb: "card assign", arguments: ["id": id, "who": before?.hex ?? "none"],
        words: "assigned to \(before.map(scene.names.brief) ?? "nobody") again",
        done: .init(
          card: row.id, arguments: ["id": id, "who": who], words: "assigned to \(name)")))
  }

  private func make(_ move: CardMove) {
    guard let done = move.done else { return }
    let isAgain = isRedoing
    board.willMove(done.card)
    run(move.verb, Arguments(done.arguments)) { [weak self] _ in
      guard let self else { return }
      moves.append(move)
      if !isAgain { redos = [] }
      say("\(done.words); \(card.keys.undo) undoes")
    }
  }

  /// Undoes what was done to a card last.
  func undoMove() {
    guard let move = moves.popLast() else { return }
    move.done.map { board.willMove($0.card) }
    run(move.verb, Arguments(move.arguments)) { [weak self] _ in
      guard let self else { return }
      if move.done != nil { redos.append(Redo { [weak self] in self?.makeAgain(move) }) }
      say("\(move.words)\(redoHint)")
    }
  }

  /// Only from where undoing it has left the card.
  private func makeAgain(_ move: CardMove) -> SafeText? {
    guard let done = move.done else { return nil }
    guard let row = (try? workspace.reader.card(done.card)) ?? nil else {
      return "the card is gone"
    }
    if let status = move.arguments["status"], !sameBytes(status, row.status) {
      return "the card is \(StatusLook(row.status).word) by now"
    }
    if let who = move.arguments["who"], !sameBytes(who, row.assignees.first?.hex ?? "none") {
      return "the card is with \(row.assignees.first.map(scene.names.brief) ?? "nobody") by now"
    }
    make(move)
    return nil
  }
}
