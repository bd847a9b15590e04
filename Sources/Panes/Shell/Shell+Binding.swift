import Home
import Terminal
import Workspace

/// Binding a key without leaving: what is chosen here is a line of keys.conf.
extension Shell {
  func pickCommandToBind() {
    let items = PaneCommand.allCases.filter { $0.context != .text }.map { command in
      Picker<String>.Item(
        command.name, command.title, detail: allKeys(of: command),
        also: "\(command.help.string) \(command.name)")
    }
    overlays.append(.pick(Picker(title: "Bind a key to which command?", items: items), .bind))
  }

  /// - Parameter evenIfBound: the person has been told what the key does now.
  func bind(_ command: PaneCommand, to key: Key, evenIfBound: Bool = false) {
    guard key != Key(.escape) else { return }
    let name = key.description
    guard Key(name: name) == key, key.typed.map({ !("1"..."9" ~= $0) }) ?? true else {
      return say("\(SafeText(untrusted: name)) answers questions, or has no name", .toastWarning)
    }
    let contexts = self.contexts(of: command)
    let before = contexts.lazy.compactMap { context -> PaneCommand? in
      guard case .command(let binding) = self.keymap.match([key], in: context) else { return nil }
      return PaneCommand(rawValue: binding.command)
    }.first
    if let before, before != command, !evenIfBound {
      return overlays.append(
        .confirm(
          Confirmation(
            purpose: .bind(command, key), title: "↵ takes the key, Esc does not",
            words:
              "\(SafeText(untrusted: name)) does “\(before.title)” now; it would do “\(command.title)” instead"
          )))
    }
    let line = "map \(contexts.joined(separator: ",")) \(name) \(command.name)"
    do {
      try addKey(line)
    } catch { return complain(error) }
    use(Settings.load(workspace.home).keymap)
    let was: SafeText = before.map { $0 == command ? "" : ", and not “\($0.title)” any more" } ?? ""
    say("\(SafeText(untrusted: name)) does “\(command.title)”\(was); it is in keys.conf")
  }

  /// Where the command has keys already, or where it is of use.
  private func contexts(of command: PaneCommand) -> [String] {
    let known = keymap.contexts.names.filter { context in
      keymap.bindings(of: context).contains { $0.binding.command == command.name }
    }
    guard known.isEmpty else { return known }
    return switch command.context {
    case .browse, .text: ["browse"]
    case .list: ["list"]
    case .inbox: ["inbox", "preview"]
    case .thread: ["thread"]
    case .card: ["board", "card"]
    case .posts: ["chat", "posts"]
    case .agents: ["agents", "agent"]
    }
  }

  private func addKey(_ line: String) throws {
    let path = "\(workspace.home.configDirectory)/keys.conf"
    try SystemCall.makeDirectory(workspace.home.configDirectory)
    var text = String(decoding: try SystemCall.read(path, limit: 262_144) ?? [], as: UTF8.self)
    if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
    // What is said of it says that it was read.
    isConfiguring = true
    try SystemCall.replace(path, with: Array("\(text)\(line)\n".utf8), mode: 0o600)
  }
}
