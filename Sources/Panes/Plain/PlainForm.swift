import Terminal
import Workspace

/// What a command of the panes is in lines.
enum PlainForm: Hashable {
  /// This command of the line.
  case line(String)
  /// Nothing, and why.
  case none(because: SafeText)

  /// By the names of the commands of the panes; a test looks that none is left out.
  static let all: [String: PlainForm] = {
    var all: [String: PlainForm] = [:]
    for (form, names) in table { for name in names { all[name] = form } }
    return all
  }()

  private static let table: [(PlainForm, [String])] = [
    (.line("quit"), ["quit", "place.close"]),
    (.line("help"), ["help", "palette"]),
    (.line("list"), ["filter.edit", "track.go"]),
    (.line("open"), ["open"]),
    (.line("go"), ["place.go", "pane.focus"]),
    (.line("questions"), ["attention.next", "attention.previous"]),
    (.line("new"), ["card.new"]),
    (.line("track create"), ["track.new"]),
    (.line("use"), ["room.switch"]),
    (.line("room create"), ["room.new"]),
    (.line("join"), ["room.join"]),
    (.line("invite"), ["room.invite"]),
    (.line("admit"), ["room.admit"]),
    (.line("assign"), ["card.assign", "agent.assign"]),
    (.line("move"), ["card.status", "card.move-next", "card.move-previous"]),
    (.line("edit"), ["card.edit"]),
    (.line("delete"), ["card.delete"]),
    (.line("card cancel"), ["card.cancel"]),
    (.line("card retry"), ["card.retry"]),
    (.line("card steer"), ["card.steer"]),
    (.line("comment"), ["comment.write", "question.context"]),
    (.line("nudge"), ["agent.nudge"]),
    (.line("team"), ["agent.notes"]),
    (.line("inbox aside"), ["agent.aside"]),
    (.line("problems"), ["agents.problems"]),
    (.line("set"), ["theme.pick"]),
    (
      .line("answer"),
      [
        "answer.choose", "answer.toggle", "answer.write", "answer.yes", "answer.no",
        "answer.allow-once",
        "answer.allow-run", "answer.deny",
      ]
    ),
    (.line("inbox read"), ["read.all"]),
    (.line("inbox snooze"), ["inbox.snooze"]),
    (.line("inbox done"), ["inbox.done"]),
    (.line("undo"), ["answer.undo"]),
    (.none(because: "type the line again"), ["answer.redo"]),
    (.line("ask"), ["question.ask"]),
    (.line("show"), ["thread.fold", "copy", "inbox.view"]),
    (.line("discard"), ["draft.delete"]),
    (.line("post"), ["post.write", "post.reply", "post.kind", "channel.new"]),
    (.line("channel subscribe"), ["channel.follow"]),
    (.line("channel mute"), ["channel.mute"]),
    (.line("inbox"), ["read.toggle"]),
    (.line("search"), ["search", "find.edit", "find.next", "find.previous"]),
    (.none(because: "what a post refers to is told with it"), ["post.open"]),
    (
      .none(because: "lines have no keys; keys.conf binds those of the workspace"),
      ["key.bind", "describe-key"]
    ),
    (.none(because: "the passphrase is asked for at the start"), ["engine.unlock"]),
    (
      .none(because: "lines have no panes to go between"),
      [
        "pane.next", "pane.previous", "pane.zoom", "pane.hide", "back", "history.back",
        "history.forward",
      ]
    ),
    (.none(because: "lines have no mouse"), ["mouse"]),
    (.none(because: "studio config path names the files"), ["config.edit"]),
    (.none(because: "lines come as things happen; nothing else tells"), ["notify.test"]),
    (.none(because: "nothing is drawn that could be drawn anew"), ["refresh", "perf"]),
    (
      .none(because: "nothing is selected by moving: things have numbers"),
      [
        "select.down", "select.up", "select.first", "select.last", "option.next",
        "option.previous", "column.next", "column.previous",
      ]
    ),
    (
      .none(because: "nothing is marked: a line says which card it means"),
      ["mark.toggle", "mark.all", "select.range", "select.extend"]
    ),
    (
      .none(because: "lines scroll where they are read; more tells the rest of a list"),
      ["scroll.down", "scroll.up", "scroll.first", "scroll.last", "page.down", "page.up"]
    ),
    (.none(because: "every line is one"), ["command.line"]),
    (.none(because: "what was said is above"), ["messages.show"]),
    (.none(because: "a line is ended by Enter"), ["accept"]),
    (.none(because: "lines come as they are typed, without completion"), ["text.complete"]),
    (
      .none(because: "a text can be “-”, and lines follow to one with a dot alone"),
      ["text.editor", "answer.editor"]
    ),
  ]
}

extension PaneCommand {
  /// The commands of the panes as commands of a line.
  static let lineSpecs: [VerbSpec] = allCases.map {
    VerbSpec(
      $0.name, $0.help.string,
      [.place("argument", "ARGUMENT", "as in a keymap", required: false, repeated: true)])
  }
}
