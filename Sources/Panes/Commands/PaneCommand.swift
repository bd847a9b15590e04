package import Terminal

/// Everything a person can do in the workspace: one table, which the keymap, the help, the palette
/// and the keys all read.
package enum PaneCommand: String, CaseIterable, Hashable, Sendable {
  case paneNext = "pane.next"
  case panePrevious = "pane.previous"
  case paneFocus = "pane.focus"
  case zoom = "pane.zoom"
  case hide = "pane.hide"
  case go = "place.go"
  case goTrack = "track.go"
  case historyBack = "history.back"
  case historyForward = "history.forward"
  case back
  case filter = "filter.edit"
  case attentionNext = "attention.next"
  case attentionPrevious = "attention.previous"
  case newCard = "card.new"
  case newTrack = "track.new"
  case switchRoom = "room.switch"
  case newRoom = "room.new"
  case joinRoom = "room.join"
  case invite = "room.invite"
  case admit = "room.admit"
  case unlock = "engine.unlock"
  case palette
  case commandLine = "command.line"
  case help
  case copy
  case theme = "theme.pick"
  case configure = "config.edit"
  case bindKey = "key.bind"
  case describeKey = "describe-key"
  case frames = "perf"
  case mouse = "mouse"
  case messages = "messages.show"
  case testNotice = "notify.test"
  case redraw = "refresh"
  /// What is open on top, else everything.
  case close = "place.close"
  case quit

  case selectDown = "select.down"
  case selectUp = "select.up"
  case selectFirst = "select.first"
  case selectLast = "select.last"
  case open

  case scrollDown = "scroll.down"
  case scrollUp = "scroll.up"
  case scrollFirst = "scroll.first"
  case scrollLast = "scroll.last"
  case pageDown = "page.down"
  case pageUp = "page.up"
  case fold = "thread.fold"

  case assign = "card.assign"
  case status = "card.status"
  case edit = "card.edit"
  case delete = "card.delete"
  case cancelRun = "card.cancel"
  case retryRun = "card.retry"
  case steerRun = "card.steer"
  case comment = "comment.write"
  case choose = "answer.choose"
  case toggleOption = "answer.toggle"
  case optionNext = "option.next"
  case optionPrevious = "option.previous"
  case answer = "answer.write"
  case undo = "answer.undo"
  case redo = "answer.redo"
  case ask = "question.ask"
  case yes = "answer.yes"
  case no = "answer.no"
  case answerInEditor = "answer.editor"
  case moreContext = "question.context"

  case allowOnce = "answer.allow-once"
  case allowRun = "answer.allow-run"
  case deny = "answer.deny"
  case viewWhole = "inbox.view"

  case snooze = "inbox.snooze"
  case dismiss = "inbox.done"

  case columnNext = "column.next"
  case columnPrevious = "column.previous"
  case moveNext = "card.move-next"
  case movePrevious = "card.move-previous"
  case mark = "mark.toggle"
  case markAll = "mark.all"
  case selectRange = "select.range"
  case extend = "select.extend"

  case writePost = "post.write"
  case replyToPost = "post.reply"
  case openReferences = "post.open"
  case postKind = "post.kind"
  case newChannel = "channel.new"
  case followChannel = "channel.follow"
  case muteChannel = "channel.mute"
  case toggleRead = "read.toggle"
  case markAllRead = "read.all"

  case find = "find.edit"
  case findNext = "find.next"
  case findPrevious = "find.previous"
  case search

  case problems = "agents.problems"
  case agentNudge = "agent.nudge"
  case agentAssign = "agent.assign"
  case agentNotes = "agent.notes"
  case agentAside = "agent.aside"

  case deleteDraft = "draft.delete"

  case accept
  case complete = "text.complete"
  case editor = "text.editor"

  /// The name in keymaps.
  package var name: String { rawValue }

  /// What the palette calls it.
  package var title: SafeText { words.title }

  /// What it does, in a line.
  package var help: SafeText { words.help }

  /// The context it belongs to, where help looks for its key.
  package var context: Context { words.context }

  /// Every name, for the reader of keymaps.
  package static let names = Set(allCases.map(\.rawValue))

  /// The groups in which help lists commands; the raw values are the contexts of keymaps.
  package enum Context: String, CaseIterable, Sendable {
    case browse, list, inbox, thread, card, posts, agents, text

    /// What somebody at a pane looks for first.
    static func here(_ pane: PaneID) -> [Context] {
      switch pane {
      case .inbox, .preview: [.inbox, .list, .card]
      case .board: [.list, .card]
      case .card: [.thread, .card]
      case .chat: [.posts, .list]
      case .posts: [.posts, .thread]
      case .agents: [.agents, .list]
      case .agent: [.agents, .thread]
      case .drafts, .places: [.list]
      }
    }

    package var title: SafeText {
      switch self {
      case .browse: "Everywhere"
      case .list: "In lists"
      case .inbox: "In the inbox"
      case .thread: "In a thread"
      case .card: "On a card"
      case .posts: "In channels"
      case .agents: "Among the agents"
      case .text: "While writing and in menus"
      }
    }
  }

  /// The contexts of keymaps. Below `text` a plain letter is text.
  package static let contexts = KeyContexts(
    [
      ("browse", "*"), ("list", "browse"), ("thread", "browse"), ("places", "list"),
      ("inbox", "list"), ("board", "list"), ("chat", "list"), ("agents", "list"),
      ("agent", "thread"), ("preview", "thread"),
      ("approval", "inbox"), ("approving", "preview"),
      ("drafts", "list"), ("card", "thread"), ("posts", "thread"), ("text", "*"),
      ("pick", "text"),
    ], writing: ["text"])

  /// What no keymap can take away.
  package static let guaranteed = [(command: "help", keys: "F1"), (command: "palette", keys: "F2")]

  /// Whether the palette offers it: what needs a place or an argument is for keys alone.
  package var isInPalette: Bool {
    switch self {
    case .paneFocus, .choose, .toggleOption, .optionNext, .optionPrevious, .accept, .complete,
      .editor, .fold, .palette, .commandLine, .back,
      .selectDown,
      .selectUp, .selectFirst, .extend,
      .selectLast, .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp:
      false
    default: true
    }
  }
}

extension PaneCommand {
  private var words: (title: SafeText, help: SafeText, context: Context) {
    switch self {
    case .paneNext: ("Next pane", "go to the next pane", .browse)
    case .panePrevious: ("Previous pane", "go to the previous pane", .browse)
    case .paneFocus: ("Go to pane", "go to a pane of this place", .browse)
    case .zoom: ("Zoom pane", "give the pane the whole screen, or give it back", .browse)
    case .hide: ("Hide pane", "hide the sidebar or the details, or show them again", .browse)
    case .go: ("Go to…", "go to a place, a track, a channel or a view", .browse)
    case .goTrack: ("Go to track…", "choose the track that the board shows", .browse)
    case .historyBack: ("Back in history", "go where you were before", .browse)
    case .historyForward: ("Forward in history", "go where you came back from", .browse)
    case .back: ("Back", "one level out; never loses anything", .browse)
    case .filter:
      ("Filter cards…", "show the cards that fit: words, is:open, agent:me", .browse)
    case .attentionNext: ("Next needing you", "go to the next thing that needs you", .browse)
    case .attentionPrevious:
      ("Previous needing you", "go to the thing before that needs you", .browse)
    case .newCard: ("New card…", "put a card on the track", .browse)
    case .newTrack: ("New track…", "start a track of cards", .browse)
    case .switchRoom: ("Switch room…", "choose the room", .browse)
    case .newRoom: ("New room…", "found a room", .browse)
    case .joinRoom: ("Join room…", "claim an invite", .browse)
    case .invite: ("Invite…", "make an invite that one person can use", .browse)
    case .admit: ("Admit…", "let in who has claimed an invite", .browse)
    case .unlock: ("Unlock…", "give the passphrase of the key", .browse)
    case .palette: ("Commands…", "find a command by name", .browse)
    case .commandLine: ("Command line", "a command with its arguments, completed by Tab", .browse)
    case .help: ("Help", "all keys, and what is not possible now", .browse)
    case .copy: ("Copy…", "copy an id or a text of the card to the clipboard", .browse)
    case .theme: ("Theme…", "choose how everything looks; it shows while you choose", .browse)
    case .configure:
      ("Edit configuration…", "open keys.conf or studio.conf in your editor", .browse)
    case .bindKey: ("Bind a key…", "choose a command and the key that does it", .browse)
    case .describeKey:
      ("Describe a key…", "what a key or a sequence does here, and which line binds it", .browse)
    case .frames:
      ("Frames", "show what the last frames cost, or hide it: time, bytes, cells", .browse)
    case .messages:
      ("Messages", "what was said at the foot of the screen, the newest first", .browse)
    case .mouse: ("Mouse on or off", "leave the mouse to the terminal, or take it back", .browse)
    case .testNotice: ("Test notification", "show how you are told while you look away", .browse)
    case .redraw: ("Redraw", "draw the whole screen anew", .browse)
    case .close: ("Close", "leave a card for where it was opened; anywhere else, quit", .browse)
    case .quit: ("Quit", "leave; what was written and not sent is kept", .browse)
    case .selectDown: ("Down", "select the next row", .list)
    case .selectUp: ("Up", "select the row above", .list)
    case .selectFirst: ("First", "select the first row", .list)
    case .selectLast: ("Last", "select the last row", .list)
    case .open: ("Open", "open what is selected", .list)
    case .scrollDown: ("Down", "scroll down", .thread)
    case .scrollUp: ("Up", "scroll up", .thread)
    case .scrollFirst: ("Top", "go to the beginning", .thread)
    case .scrollLast: ("End", "go to the end and stay there", .thread)
    case .pageDown: ("Page down", "a page down", .thread)
    case .pageUp: ("Page up", "a page up", .thread)
    case .fold: ("Unfold steps", "show the steps of an agent, or fold them again", .thread)
    case .assign: ("Assign card…", "give the card to a member, or to nobody", .card)
    case .status: ("Change status…", "change the card's status", .card)
    case .edit: ("Edit card…", "change the card's title and text", .card)
    case .delete: ("Delete card…", "delete the card, after a word typed", .card)
    case .cancelRun: ("Stop work…", "have whoever works on the card stop", .card)
    case .retryRun: ("Do again…", "have a card done again whose work has ended", .card)
    case .steerRun:
      ("Steer…", "say something to whoever works on the card, heard at the next turn", .card)
    case .comment: ("Comment…", "write on the card", .card)
    case .choose: ("Choose an answer", "answer the question with an option", .card)
    case .toggleOption:
      ("Toggle option", "of a question that takes several; where none asks, unfold steps", .card)
    case .optionNext:
      ("Next option", "mark the next option of a question that takes several", .card)
    case .optionPrevious: ("Previous option", "mark the option before", .card)
    case .answer: ("Answer…", "answer the question in other words", .card)
    case .undo: ("Undo", "take an answer back within 5 seconds, or undo a move", .card)
    case .redo: ("Redo", "do again what was taken back last", .card)
    case .ask: ("Ask…", "ask about the card; lines that begin with - are options", .card)
    case .columnNext: ("Next column", "go to the next column of the board", .list)
    case .columnPrevious: ("Previous column", "go to the column before", .list)
    case .moveNext: ("Move card on", "move the card to the next column", .card)
    case .movePrevious: ("Move card back", "move the card to the column before", .card)
    case .mark: ("Mark card", "mark the card; commands are then about all that are marked", .list)
    case .markAll: ("Mark column", "mark everything in the column, or nothing any more", .list)
    case .selectRange:
      ("Select a range", "mark from here on, until this or Esc ends it", .list)
    case .extend:
      ("Extend the range", "mark this one and the next, or the one above", .list)
    case .writePost: ("Post…", "write in the channel", .posts)
    case .replyToPost: ("Reply…", "answer the chosen post", .posts)
    case .openReferences: ("Open references", "go to what the post refers to or answers", .posts)
    case .postKind: ("Post of a kind…", "say what the post is: question, claim, decision", .posts)
    case .newChannel: ("New channel…", "name a channel, which its first post makes", .posts)
    case .followChannel: ("Follow channel", "have its posts count as unread, or not", .posts)
    case .muteChannel:
      ("Mute channel", "have only what means or answers you count, or all again", .posts)
    case .toggleRead:
      ("Mark as read", "it is read; or not, in a channel from the chosen post on", .posts)
    case .markAllRead:
      ("Mark all as read", "in the inbox everything, in the chat all channels", .posts)
    case .find: ("Find here…", "look for words in this thread", .thread)
    case .findNext: ("Find older", "go to the next older place with the words", .thread)
    case .findPrevious: ("Find newer", "go to the next newer place with the words", .thread)
    case .search: ("Search…", "look for words in all cards, comments and posts", .browse)
    case .problems:
      ("Problems", "what is wrong: runs, agents, relays; or everybody again", .agents)
    case .agentNudge:
      ("Nudge", "ask whoever is selected for a sign of life", .agents)
    case .agentAssign:
      ("Give a card…", "assign one of your open cards to whoever is selected", .agents)
    case .agentNotes: ("Last notes", "what they said last", .agents)
    case .agentAside:
      ("Put aside…", "this is fine: a silence until they speak, a problem for a while", .agents)
    case .yes: ("Answer yes", "answer the question with yes", .inbox)
    case .no: ("Answer no", "answer the question with no", .inbox)
    case .answerInEditor: ("Answer in editor", "write the answer in $VISUAL or $EDITOR", .inbox)
    case .moreContext:
      ("Ask for context", "ask who asks to say more, and wait for it", .inbox)
    case .allowOnce: ("Allow once", "let what an approval asks for happen, once", .inbox)
    case .allowRun:
      ("Allow for this run", "let it and the like of it happen until the run ends", .inbox)
    case .deny: ("Deny…", "deny what an approval asks for, and say why", .inbox)
    case .viewWhole:
      ("Show whole", "give what is selected the whole screen, or give it back", .inbox)
    case .snooze: ("Snooze…", "put it aside for a while", .inbox)
    case .dismiss: ("Done", "put it aside until somebody else writes", .inbox)
    case .deleteDraft: ("Delete draft…", "delete what was begun, after a word typed", .list)
    case .accept: ("Done", "send, choose or finish", .text)
    case .complete: ("Complete", "complete @people and #cards; again for the next", .text)
    case .editor: ("Editor", "write the text in $VISUAL or $EDITOR", .text)
    }
  }
}

/// Whether a command is possible now.
package enum Ability: Hashable, Sendable {
  case able
  /// Not now, and why: shown where the key or the command is.
  case unable(because: SafeText)

  /// Why not; `nil` when it is possible.
  package var refusal: SafeText? {
    if case .unable(let reason) = self { reason } else { nil }
  }
}
