import Replica
import Terminal
import Workspace

/// A key of the footer, and what it does.
struct Hint {
  let keys: SafeText
  let word: SafeText
  /// What a click on it does.
  var command: PaneCommand?
  /// What a click on a part of its keys does, where they are of several commands.
  var parts: [Part] = []
  var width: Int { keys.width + word.width + 3 }

  /// Some cells of the keys.
  struct Part {
    let x: Int
    let width: Int
    let command: PaneCommand
    var arguments: [String] = []
  }
}

/// Which keys the footer names while nothing lies over the panes.
extension Shell {
  /// What is possible here and now, the nearest first. Where the screen is wide the ways around stand before it
  /// and the ways to everything after it, so that they are where they always are.
  ///
  /// - Parameter width: the cells that there are for them.
  func browseHints(width: Int) -> [Hint] {
    let (around, all) = (aroundHints, allHints)
    guard let columns = size?.columns, columns >= 100 else { return hereHints + around + all }
    let taken = (around + all).reduce(0) { $0 + $1.width }
    var left = width - taken
    let here = hereHints.prefix {
      left -= $0.width
      return left >= 0
    }
    return around + here + all + [hint(.close, isOnTop ? "close" : "quit")].compactMap(\.self)
  }

  /// From pane to pane, from place to place, from question to question.
  private var aroundHints: [Hint] {
    let columns = size?.columns ?? 80
    var hints = [hint(.paneNext, "pane")]
    if columns >= 160 { hints = [hint(.paneNext, .panePrevious, "pane")] }
    if columns >= 100, let prefix = goPrefix(in: keyContext) {
      hints.append(
        Hint(keys: prefix, word: columns >= 160 ? "go to…" : "go…", command: .go))
    }
    hints.append(hint(.attentionNext, "next needing you"))
    return hints.compactMap(\.self)
  }

  /// What narrows the list, and where every command is found.
  private var allHints: [Hint] {
    let columns = size?.columns ?? 80
    var hints = [hint(.filter, "filter")]
    if columns < 100 {
      hints += [hint(.palette, "commands"), hint(.close, isOnTop ? "close" : "quit")]
    } else if columns >= 160, let line = hint(.commandLine, "commands"),
      let palette = hint(.palette, "commands")
    {
      hints.append(
        Hint(
          keys: "\(line.keys) or \(palette.keys)", word: "commands", command: .palette,
          parts: [Hint.Part(x: 0, width: line.keys.width, command: .commandLine)]))
    } else {
      hints.append(hint(.commandLine, "commands") ?? hint(.palette, "commands"))
    }
    return hints.compactMap(\.self)
  }

  private func hint(_ command: PaneCommand, _ word: SafeText) -> Hint? {
    guard let keys = keyName(command, in: keyContext), ability(to: command) == .able else {
      return nil
    }
    return Hint(keys: keys, word: word, command: command)
  }

  /// Two commands of one kind: `h/l column`.
  private func hint(_ first: PaneCommand, _ second: PaneCommand, _ word: SafeText) -> Hint? {
    guard ability(to: first) == .able || ability(to: second) == .able,
      let one = keyName(first, in: keyContext), let other = keyName(second, in: keyContext)
    else { return nil }
    return Hint(
      keys: "\(one)/\(other)", word: word,
      parts: [
        Hint.Part(x: 0, width: one.width, command: first),
        Hint.Part(x: one.width + 1, width: other.width, command: second),
      ])
  }

  /// How the question is answered that is asked here.
  private var answerHints: [Hint?] {
    guard ability(to: .choose) == .able else { return [] }
    let ways = decidable.map { $0.decisions(of: scene.me).count }
    let count = ways ?? asked.map { max($0.choices.count, $0.decisions.count) } ?? 0
    let last = min(9, count)
    let digits: SafeText = last == 1 ? "1" : "1-\(last)"
    let parts = Set([1, last]).map { digit in
      Hint.Part(x: digit == 1 ? 0 : 2, width: 1, command: .choose, arguments: ["\(digit)"])
    }
    guard let question = severalAsked else {
      return [Hint(keys: digits, word: ways == nil ? "answer" : "decide", parts: parts)]
    }
    let sends = scene.answers.chosen[question.id] != nil
    return [
      Hint(keys: digits, word: "choose", parts: parts), hint(.toggleOption, "this one"),
      hint(.optionNext, .optionPrevious, "option"), sends ? Hint(keys: "↵", word: "send") : nil,
    ]
  }

  private var hereHints: [Hint] {
    var hints: [Hint?] = []
    if isLocked { hints.append(hint(.unlock, "unlock")) }
    if !scene.answers.held.isEmpty { hints.append(hint(.undo, "take back")) }
    hints += answerHints
    switch focus {
    case .places: hints += [hint(.open, "go")]
    case .agents, .agent:
      hints += [
        hint(.open, "open"), hint(.agentNudge, "nudge"), hint(.assign, "reassign"),
        hint(.problems, agents.showsProblems ? "everybody" : "problems"),
        hint(.agentAssign, "give a card"), hint(.agentAside, "put aside"),
        hint(.agentNotes, "notes"),
      ]
    case .inbox, .preview:
      hints += [
        hint(.allowOnce, "allow once"), hint(.allowRun, "for this run"), hint(.deny, "deny"),
        hint(.yes, "yes"), hint(.no, "no"), hint(.answer, "other"), hint(.open, "open"),
        hint(.snooze, "snooze"), hint(.toggleRead, "read"), hint(.assign, "assign"),
        hint(.undo, "undo"),
      ]
    case .chat:
      hints += [
        hint(.open, "open"), hint(.writePost, "post"), hint(.newChannel, "new channel"),
        hint(.followChannel, chat.channel?.isSubscribed == true ? "unfollow" : "follow"),
        hint(.toggleRead, "read"),
      ]
    case .posts:
      hints += [
        hint(.writePost, "post"), hint(.replyToPost, "reply"), hint(.openReferences, "open"),
        hint(.find, "find"),
      ]
    case .drafts: hints += [hint(.open, "go on writing"), hint(.deleteDraft, "delete")]
    case .board:
      // Where one column is shown at a time, first how the others are reached.
      let (column, assign) = (hint(.columnPrevious, .columnNext, "column"), hint(.assign, "assign"))
      let isSingle = (size?.columns ?? 80) < 100
      hints += isSingle ? [column] : [assign]
      hints += [
        hint(.movePrevious, .moveNext, "move"), hint(.open, "open"), hint(.newCard, "new"),
        hint(.comment, "comment"), hint(.status, "status"), isSingle ? assign : column,
        hint(.mark, "mark"),
      ]
    case .card:
      hints += [hint(.comment, "comment"), hint(.fold, "unfold")]
      if card.runs.current != nil {
        hints += [
          hint(.cancelRun, "stop"), hint(.steerRun, "steer"), hint(.retryRun, "again"),
        ]
      }
      hints += [hint(.status, "status"), hint(.assign, "assign")]
    }
    return hints.compactMap(\.self)
  }
}
