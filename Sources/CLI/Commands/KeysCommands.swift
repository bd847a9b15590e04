import ConfigLines
import Home
import Nostr
import Panes
import Terminal
import Workspace

extension Command {
  static let keys: [Command] = [
    Command(
      "keys list", "the keys in force",
      [
        .option(
          "context", "CONTEXT", "those that hold there, with the general ones",
          choices: PaneCommand.contexts.names)
      ]
    ) { invocation, arguments in
      let keymap = Settings.load(try invocation.home()).keymap
      let entries =
        if let context = arguments.text("context") {
          keymap.entries(in: context)
        } else {
          PaneCommand.contexts.names.flatMap(keymap.bindings(of:))
        }
      Output.result(
        ["keys": .array(entries.map(\.json))], of: "keys list", json: invocation.json)
      return 0
    },
    Command(
      "keys check", "what is wrong with the keys, and what hides what",
      [.place("keymap", "NAME|FILE", "the keys in force unless given", required: false)]
    ) { invocation, arguments in
      let home = try invocation.home()
      let store = Settings.keymaps(of: home)
      let problems: [ConfigProblem]
      if let given = arguments.text("keymap") {
        guard let source = ConfigSource.named(given, store.source) else {
          throw StudioError(
            "unknown_keymap", "there is no keymap or file “\(given)”", field: "keymap",
            value: given,
            hint: nearest(given, among: store.list().map(\.name)).map { "perhaps \($0)" }
              ?? "there are \(store.list().map(\.name).joined(separator: ", "))")
        }
        problems = store.check(source)
      } else {
        problems = store.check(named: Settings.chosen(home).keymap)
      }
      if invocation.json {
        Output.json(["ok": .bool(problems.isSound), "faults": .array(problems.map(\.json))])
      } else {
        Output.problems(problems, none: "the keys are in order")
      }
      return problems.isSound ? 0 : 1
    },
    Command("keys diff", "how your keys differ from the keymap that they stand over") {
      invocation, _ in
      let home = try invocation.home()
      let store = Settings.keymaps(of: home)
      let name = Settings.chosen(home).keymap
      let (mine, base) = (store.load(name).keymap, store.inherited(by: name))
      var rows: [JSON] = []
      for context in PaneCommand.contexts.names {
        let (now, before) = (mine.bindings(of: context), base.bindings(of: context))
        rows += now.compactMap { entry in
          let old = before.first { $0.steps == entry.steps }
          return old?.binding == entry.binding ? nil : entry.change(from: old)
        }
        rows += before.filter { old in !now.contains { $0.steps == old.steps } }.map(\.removal)
      }
      if rows.isEmpty, !invocation.json {
        Output.line("your keys are those of the keymap")
      } else {
        Output.result(["changes": .array(rows)], of: "keys diff", json: invocation.json)
      }
      return 0
    },
    Command(
      "keys explain", "what keys do in every context, and which line says so",
      [.place("keys", "KEY", "such as C-k, or g t for a sequence", repeated: true)]
    ) { invocation, arguments in
      let words = arguments.texts("keys").flatMap { $0.split(separator: " ").map(String.init) }
      let pressed = try words.map { word -> Key in
        if let key = Key(name: word) { return key }
        throw StudioError(
          "unknown_key", "no key is called “\(word)”", field: "keys", value: word,
          hint: "keys are written as in keymaps: a, C-a, A-x, S-Tab, F5, space, Enter, PgUp")
      }
      let keymap = Settings.load(try invocation.home()).keymap
      var rows: [JSON] = []
      for context in PaneCommand.contexts.names {
        rows += keymap.bindings(of: context).filter { $0.isReached(by: pressed) }.map(\.json)
      }
      let name = words.joined(separator: " ")
      if invocation.json {
        Output.json(["pressed": .string(name), "keys": .array(rows), "note": note(pressed)])
      } else {
        if let note = note(pressed).string { Output.line(note) }
        if rows.isEmpty {
          Output.line("“\(SafeText(untrusted: name).string)” is not bound")
        } else {
          Output.result(["keys": .array(rows)], of: "keys explain", json: false)
        }
      }
      return 0
    },
  ]

  /// What keeps the keys from arriving, or takes them first.
  private static func note(_ keys: [Key]) -> JSON {
    keys.lazy.compactMap(\.caution).first.map { .string($0) } ?? .null
  }
}

extension Keymap.Entry {
  /// A key of one's own, and what it did before.
  fileprivate func change(from old: Keymap.Entry?) -> JSON {
    [
      "context": .string(context), "keys": .string(Keymap.text(steps)), "command": .string(words),
      "was": old.map { .string($0.words) } ?? .null,
    ]
  }

  /// A key that does nothing any more.
  fileprivate var removal: JSON {
    [
      "context": .string(context), "keys": .string(Keymap.text(steps)), "command": .null,
      "was": .string(words),
    ]
  }

  private var words: String { ([binding.command] + binding.arguments).joined(separator: " ") }

  fileprivate var json: JSON {
    [
      "context": .string(context), "keys": .string(Keymap.text(steps)),
      "command": .string(words),
      "help": .string(PaneCommand(rawValue: binding.command)?.help.string ?? ""),
      "file": origin.map { .string($0.file) } ?? .null,
      "line": origin.map { .integer(Int64($0.line)) } ?? .null,
    ]
  }
}
