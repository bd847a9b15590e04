import Replica
import Studio
import Terminal
import Workspace

extension Shell {
  /// Whether a command is possible now, and if not, why.
  func ability(to command: PaneCommand) -> Ability {
    if let own = focused.ability(to: command) { return own }
    switch command {
    case .paneNext, .panePrevious, .paneFocus, .zoom, .hide, .go, .palette, .help, .redraw,
      .commandLine, .close, .quit, .newRoom, .joinRoom, .theme, .configure, .mouse, .testNotice,
      .bindKey, .describeKey, .frames:
      return .able
    case .messages:
      return messages.isEmpty ? .unable(because: "nothing was said yet") : .able
    case .back:
      return overlays.isEmpty && wayOut == nil
        ? .unable(because: "this is the outermost level") : .able
    case .historyBack:
      return history.back.isEmpty ? .unable(because: "this is where you began") : .able
    case .historyForward:
      return history.forward.isEmpty ? .unable(because: "this is the newest") : .able
    case .filter, .goTrack, .problems: return room
    case .attentionNext, .attentionPrevious:
      return inbox.needsAttention ? .able : .unable(because: "nothing needs you")
    case .newCard, .newTrack: return writing
    case .switchRoom:
      return scene.rooms.isEmpty ? .unable(because: "this home is in no room yet") : .able
    case .invite, .admit: return founding(command)
    case .unlock: return isLocked ? .able : .unable(because: "the key is not locked")
    case .open: return focused.target == nil ? .unable(because: "it is open") : .able
    case .writePost, .postKind: return inChannel
    case .replyToPost:
      return posts.post == nil || place != .chat ? .unable(because: "no post is chosen") : inChannel
    case .openReferences:
      guard place == .chat, posts.post != nil else { return .unable(because: "no post is chosen") }
      return postTargets.isEmpty && posts.ability(to: .fold) != .able
        ? .unable(because: "the post refers to nothing") : .able
    case .newChannel: return writing
    case .followChannel, .toggleRead:
      return place == .chat && chat.channel != nil
        ? .able : .unable(because: "no channel is chosen")
    case .muteChannel:
      guard place == .chat, let row = chat.channel else {
        return .unable(because: "no channel is chosen")
      }
      return row.isSubscribed
        ? .able : .unable(because: "it is not followed: its posts do not count")
    case .markAllRead:
      return scene.channels.contains { $0.unread > 0 } ? .able : .unable(because: "all is read")
    case .find:
      return focus == .posts || (focus == .card && card.card != nil)
        ? .able : .unable(because: "only in a thread")
    case .findNext, .findPrevious:
      guard focus == .posts || focus == .card else { return .unable(because: "only in a thread") }
      return finding == nil ? .unable(because: "nothing is looked for") : .able
    case .search: return room
    case .deleteDraft: return .unable(because: "only in the drafts")
    case .assign where isInInbox && inbox.row?.need != nil:
      return asked == nil ? noQuestion : answering
    case .assign, .edit, .delete: return revising
    case .cancelRun: return controlling(.cancel)
    case .retryRun: return controlling(.retry)
    case .steerRun: return controlling(.steer)
    case .copy:
      if place == .chat { return posts.post == nil ? .unable(because: "no post is chosen") : .able }
      return card.card == nil ? .unable(because: "no card is chosen") : .able
    case .yes, .no: return answeringYesOrNo
    case .answerInEditor, .moreContext: return asked == nil ? noQuestion : answering
    case .snooze, .dismiss: return .unable(because: "only in the inbox")
    case .viewWhole:
      return place == .inbox ? .able : .unable(because: "only in the inbox")
    case .allowOnce, .allowRun, .deny:
      guard let question = asked else { return noQuestion }
      return question.decisions.isEmpty
        ? .unable(because: "it asks for no leave") : answering
    case .undo:
      return scene.answers.held.isEmpty && moves.isEmpty
        ? .unable(because: "nothing is held and nothing was moved") : .able
    case .redo:
      return redos.isEmpty
        ? .unable(because: "nothing was taken back last") : .able
    case .columnNext, .columnPrevious, .mark, .markAll, .selectRange, .extend:
      return .unable(because: "only the board has that")
    case .moveNext, .movePrevious:
      return onCard == .able ? moving(by: command == .moveNext ? 1 : -1) : onCard
    case .status: return changingStatus
    case .agentNudge, .agentAssign, .agentNotes, .agentAside: return ability(toAgent: command)
    case .comment, .ask: return onCard
    case .choose: return choosing
    case .toggleOption:
      return severalAsked != nil || ability(to: .fold) == .able ? .able : takingSeveral
    case .optionNext, .optionPrevious: return takingSeveral
    case .answer:
      return asked == nil && amendable == nil ? noQuestion : answering
    case .accept, .complete, .editor:
      return overlays.isEmpty ? .unable(because: "nothing is being written or chosen") : .able
    case .selectDown, .selectUp, .selectFirst, .selectLast:
      return .unable(because: "a thread scrolls")
    case .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp, .fold:
      return .unable(because: "only a thread has that")
    }
  }

  private var room: Ability {
    scene.room == nil ? .unable(because: "this home is in no room yet") : .able
  }

  private var writing: Ability {
    guard let room = scene.room else { return self.room }
    switch room.status {
    case "active": return .able
    case "pending": return .unable(because: "nobody has admitted you yet")
    case "closed": return .unable(because: "the room is closed")
    default: return .unable(because: "you have left the room")
    }
  }

  private func founding(_ command: PaneCommand) -> Ability {
    guard let room = scene.room else { return self.room }
    guard room.relation == .founded else {
      return .unable(because: "only who founded the room can")
    }
    if command == .admit, scene.claims == 0 { return .unable(because: "nobody waits") }
    return writing
  }

  private var onCard: Ability {
    card.card == nil ? .unable(because: "no card is chosen") : writing
  }

  private var revising: Ability {
    guard let row = card.card, onCard == .able else { return onCard }
    return row.author == scene.me ? .able : .unable(because: "only its author can change this card")
  }

  private func controlling(_ effect: CardEffect) -> Ability {
    onCard == .able ? card.ability(to: effect) : onCard
  }

  private var changingStatus: Ability {
    guard let row = card.card, onCard == .able else { return onCard }
    return CardStatus.lifecycle.contains { allows($0, on: row) }
      ? .able : .unable(because: "only its author and its assignee can")
  }

  func allows(_ status: CardStatus, on row: CardRow) -> Bool {
    StatusRule.allows(
      status, by: scene.me, author: row.author, assignees: row.assignees,
      founder: scene.room?.founder)
  }

  private var inChannel: Ability {
    place == .chat && scene.channel != nil ? writing : .unable(because: "no channel is chosen")
  }

  /// A question need not be on a card.
  private var answering: Ability { isInInbox || place == .chat ? writing : onCard }

  private var answeringYesOrNo: Ability {
    guard let question = asked else { return noQuestion }
    if case .yesOrNo = QuestionKind(question) { return answering }
    return .unable(because: "it is no question of yes or no")
  }

  private var noQuestion: Ability {
    if isInInbox { return .unable(because: "no question is selected that waits") }
    if place == .chat { return .unable(because: "the chosen post is no question that waits") }
    return .unable(
      because: card.openQuestions.isEmpty
        ? "no question waits on this card" : "the answer is on its way")
  }

  private var takingSeveral: Ability {
    guard let asked else { return noQuestion }
    return asked.takesSeveral ? choosing : .unable(because: "the question takes one option")
  }

  private var choosing: Ability {
    if decidable != nil { return .able }
    guard let question = asked else { return noQuestion }
    return question.choices.isEmpty && question.decisions.isEmpty
      ? .unable(because: "the question wants words: o") : answering
  }
}
