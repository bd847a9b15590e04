import Glibc
import Home
import Nostr
import Panes
import Terminal
import Workspace

extension Command {
  static let notify = Command(
    "notify", "how you are told of something while you look away",
    [.flag("test", "tell you now")]
  ) { invocation, arguments in
    let way = Settings.load(try invocation.home()).notify
    let features = TerminalDoctor.features()?.features ?? TerminalFeatures()
    let isInTmux = SystemCall.environment("TMUX") != nil
    if arguments.flag("test") {
      WorkspaceScreen.tell(
        "this is how Studio tells you something", way, features,
        SystemCall.environment("TERM") ?? "", inTmux: isInTmux
      ) { bytes in
        guard isatty(STDOUT_FILENO) == 1 else { return }
        try? SystemCall.write(bytes, to: STDOUT_FILENO)
      }
    }
    Output.result(
      [
        "channel": .string(way.channel.rawValue), "terminal": .string(features.name ?? ""),
        "tmux": .bool(isInTmux), "sent": .bool(arguments.flag("test")),
      ], of: "notify", json: invocation.json)
    return 0
  }
}

/// What the terminal in front of the person can do: it is asked, and so is tmux where that stands between.
enum TerminalDoctor {
  /// Nothing where there is no terminal to ask.
  static func checks() -> [Doctor.Check] {
    guard let (features, depth) = features() else { return [] }
    let isInTmux = SystemCall.environment("TMUX") != nil
    return [colours(depth), answers(features), widths(features), notices(features, isInTmux)]
      + (isInTmux ? tmux() : [])
  }

  /// What the terminal tells, and its colours; `nil` where there is none.
  static func features() -> (features: TerminalFeatures, depth: ColorDepth)? {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return nil }
    let environment = ["TERM", "COLORTERM", "NO_COLOR"].reduce(into: [String: String]()) {
      $0[$1] = SystemCall.environment($1)
    }
    var options = TerminalSession.Options(mouse: false)
    options.withGuard = false
    guard let session = try? TerminalSession(options, environment: environment) else { return nil }
    defer { session.close() }
    return (session.learn(within: .milliseconds(500)), session.screen.depth)
  }

  private static func colours(_ depth: ColorDepth) -> Doctor.Check {
    let words =
      switch depth {
      case .mono: "none"
      case .sixteen: "16"
      case .indexed: "256"
      case .direct: "24 bit"
      }
    let isAsked = SystemCall.environment("NO_COLOR").map { !$0.isEmpty } ?? false
    return Doctor.Check(
      name: "colours", ok: true, detail: words + (isAsked ? ", as NO_COLOR asks" : ""))
  }

  private static func answers(_ features: TerminalFeatures) -> Doctor.Check {
    let found = [
      features.synchronizes ? "whole frames (mode 2026)" : nil,
      features.hasKittyKeyboard ? "every key (kitty keyboard)" : nil,
      features.isDark.map { $0 ? "a dark ground" : "a light ground" },
    ].compactMap(\.self)
    let name = features.name ?? "it does not say its name"
    return Doctor.Check(
      name: "terminal tells", ok: true, detail: ([name] + found).joined(separator: ", "))
  }

  private static func widths(_ features: TerminalFeatures) -> Doctor.Check {
    guard let emoji = features.emoji else {
      return Doctor.Check(
        name: "wide text", ok: true, detail: "not told; emoji are shown in their simplest form")
    }
    let kinds: [(EmojiPolicy, String)] = [
      (.styled, "styled"), (.keycap, "keycaps"), (.flag, "flags"), (.joined, "joined"),
      (.skinTone, "skin tones"), (.recent, "recent"),
    ]
    let whole = kinds.filter { emoji.contains($0.0) }.map(\.1)
    let signs = features.hasWideSigns ? "; signs such as ● are wide, so ASCII stands for them" : ""
    return Doctor.Check(
      name: "wide text", ok: true,
      detail: (whole.isEmpty ? "emoji are shown in their simplest form" : "emoji whole: ")
        + whole.joined(separator: ", ") + signs)
  }

  private static func notices(_ features: TerminalFeatures, _ isInTmux: Bool) -> Doctor.Check {
    let way =
      isInTmux
      ? "bell, and OSC 777 through tmux"
      : features.notifies ? "OSC 99" : "by the terminal's name, else bell"
    return Doctor.Check(
      name: "notices", ok: true, detail: way, hint: "studio notify --test shows one")
  }

  /// Options of tmux that cost something as they are.
  private static func tmux() -> [Doctor.Check] {
    guard let version = ask("-V") else {
      return [Doctor.Check(name: "tmux", ok: true, detail: "it does not answer")]
    }
    let escape = ask("show-options", "-sv", "escape-time").flatMap { Int($0) } ?? 0
    let focus = ask("show-options", "-gv", "focus-events") ?? "off"
    let passthrough = ask("show-options", "-gwv", "allow-passthrough") ?? "off"
    return [
      Doctor.Check(name: "tmux", ok: true, detail: version),
      Doctor.Check(
        name: "tmux escape-time", ok: true, detail: "\(escape) ms",
        hint: escape <= 50 ? nil : "Esc waits that long: set -sg escape-time 10"),
      Doctor.Check(
        name: "tmux focus-events", ok: true, detail: focus,
        hint: focus == "on"
          ? nil : "without it nothing tells that you look away: set -g focus-events on"),
      Doctor.Check(
        name: "tmux allow-passthrough", ok: true, detail: passthrough,
        hint: passthrough == "off" ? "notices are the bell alone while it is off" : nil),
    ]
  }

  private static func ask(_ words: String...) -> String? {
    guard let program = ChildProgram(["tmux"] + words) else { return nil }
    return program.answer(within: 1_000).map { text in
      String(text.prefix { $0 != "\n" }.prefix(80))
    }
  }
}
