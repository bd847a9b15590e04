import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// How things are called.
extension PlainSession {
  var room: RoomRow? { try? workspace.room() }

  var names: Names {
    Names(room.flatMap { try? workspace.reader.names(in: $0.id) } ?? [:], me: workspace.me)
  }

  var moments: Moments { Moments(now: clock.now(), isUTC: clock.isUTC) }

  func title(of room: RoomRow) -> SafeText {
    let title = SafeText(untrusted: room.title ?? room.slug, limit: 200)
    let slug = SafeText(untrusted: room.slug, limit: 80)
    let status: SafeText = room.status == "active" ? "" : ", \(SafeText(untrusted: room.status))"
    return "room \(slug) “\(title)”\(status)"
  }

  /// The event id of an object's version in force.
  func event(_ id: ObjectID) -> String? {
    if let row = try? workspace.reader.card(id) { return row.eventID.hex }
    return (try? workspace.reader.entry(id))?.eventID.hex
  }

  /// `card 3 “Retry policy for the uploader”`.
  func label(_ row: CardRow) -> SafeText {
    let title = SafeText(untrusted: row.title, limit: 400).truncated(to: 100)
    return "card \(numbers.number(.card, row.id)) “\(title)”"
  }

  func label(ofCard id: ObjectID?) -> SafeText {
    guard let id, let row = try? workspace.reader.card(id) else { return "a card that is not here" }
    return label(row)
  }

  /// ` on card 3 “…”`, where an entry hangs on one.
  func place(_ entry: EntryRow) -> SafeText {
    if let root = entry.root { return " on \(label(ofCard: root))" }
    return entry.track.map { " on track \(SafeText(untrusted: $0, limit: 80))" } ?? ""
  }

  func body(_ text: String) -> SafeText { SafeText(untrustedMultiline: text, limit: 20_000) }

  /// A text that follows a colon: on the same line when it is one, else below.
  func tell(_ words: SafeText, _ text: String) {
    let body = body(text)
    let lines = body.lines
    if lines.count < 2 { return say("\(words): \(body)") }
    say("\(words):")
    lines.forEach(sayUnder)
  }

  func question(_ row: EntryRow, _ before: SafeText = "", withPlace: Bool = true) {
    let number = numbers.number(.question, row.id)
    let place = withPlace ? place(row) : ""
    let answered: SafeText =
      row.isAnswered ? ", answered" : row.isWithdrawn ? ", withdrawn" : ""
    tell(
      "\(before)question \(number)\(place) from \(names.brief(row.author))\(answered)", row.body)
    if let danger = Danger(row) { sayUnder("\(danger.words)") }
    guard row.isOpen else { return }
    let suggested = row.suggested
    if row.takesSeveral { sayUnder("several may be chosen, as in: answer \(number) 1,2") }
    for (index, choice) in row.choices.enumerated() {
      let mark: SafeText = suggested.contains(choice.id) ? ", suggested" : ""
      sayUnder("choice \(index + 1)\(mark): \(SafeText(untrusted: choice.label, limit: 1_000))")
    }
    tellDecisions(on: row)
    for answer in (try? workspace.reader.replies(to: row.id, kind: .answer)) ?? []
    where answer.isSuggestion {
      let words = SafeText(untrusted: answer.body, limit: 400)
      let id = SafeText(untrusted: String(answer.eventID.hex.prefix(12)))
      sayUnder("\(names.brief(answer.author)) suggests: \(words)")
      sayUnder("taken up by: answer \(number) --adopt \(id)")
    }
  }

  /// Of an approval: exactly what would happen, with nothing hidden, and how it is decided.
  private func tellDecisions(on row: EntryRow) {
    guard row.isApproval else { return }
    if let (input, hidden) = row.input {
      sayUnder("exactly this would happen:")
      if hidden > 0 { sayUnder("\(hidden) characters that no eye would see stand there as ⟨U+…⟩") }
      input.lines.forEach(sayUnder)
    }
    for (index, decision) in row.decisions.enumerated() {
      sayUnder("choice \(index + 1): \(decision.label)")
    }
  }

  /// The question that waits on the open card, the newest first.
  var openQuestion: ObjectID? {
    guard let card, let rows = try? workspace.reader.threadEnd(of: card, limit: 200) else {
      return nil
    }
    return rows.first { $0.isOpen && !answers.isOnTheWay($0.id) }?.id
  }

  func speaker(_ post: PostRow) -> SafeText {
    let name = SafeText(untrusted: post.speaker.name ?? "", limit: 200).truncated(to: 32)
    let short = SafeText(untrusted: post.speaker.short, limit: 20)
    let doubt: SafeText = post.speaker.isAttested ? "" : ", unattested"
    return name.isEmpty ? "#\(short)\(doubt)" : "\(name) #\(short)\(doubt)"
  }

  func tell(_ post: PostRow, _ before: SafeText = "") {
    let kind = SafeText(untrusted: post.kind, limit: 40)
    let place: SafeText =
      if let channel = post.channel {
        " in #\(SafeText(untrusted: channel.text, limit: 200))"
      } else if let card = post.card {
        " on \(label(ofCard: object(card.hex)))"
      } else {
        ""
      }
    let number = numbers.number(.post, post.id)
    tell("\(before)post \(number), \(kind)\(place), from \(speaker(post))", post.body)
    tellReferences(of: post)
  }

  /// What a post answers and refers to, each with the number that opens it.
  private func tellReferences(of post: PostRow) {
    func told(_ event: EventID) -> SafeText {
      guard let other = (try? workspace.reader.post(event: event, in: post.room)) ?? nil else {
        return "a post that is not here"
      }
      return
        "post \(numbers.number(.post, other.id)) of \(speaker(other)): \(SafeText(untrusted: other.body, limit: 400).truncated(to: 60))"
    }
    if let event = post.replyTo { sayUnder("answers \(told(event))") }
    for kind in Reference.allCases {
      let value = post.refs[kind.rawValue]
      for text in (value?.array?.compactMap(\.string) ?? [value?.string ?? ""]) where !text.isEmpty
      {
        switch kind {
        case .card, .contract: sayUnder("refers to \(label(ofCard: object(text)))")
        case .post, .claim: sayUnder("refers to \(EventID(hex: text).map(told) ?? "a post")")
        case .mutation, .goal, .branch, .commit, .url:
          sayUnder(
            "refers to \(SafeText(untrusted: kind.rawValue)) \(SafeText(untrusted: text, limit: 400))"
          )
        }
      }
    }
  }

  func object(_ event: String) -> ObjectID? {
    guard case .one(let object)? = try? workspace.reader.resolveObject(event) else { return nil }
    return object.id
  }
}

extension FilterQuery {
  /// The track of a filter that asks for one track and nothing else.
  static func onlyTrack(_ filter: String) -> String? {
    let filter = trimmed(filter)
    guard filter.hasPrefix("track:"), !filter.contains(" "), !filter.contains(",") else {
      return nil
    }
    return String(filter.dropFirst(6))
  }
}
