import Terminal

/// What a key does, and which line says so.
extension Shell {
  func press(_ key: Key, describing description: KeyDescription) {
    var description = description
    switch description.press(key, keymap: keymap) {
    case .open: overlays[overlays.count - 1] = .describe(description)
    case .cancelled: overlays.removeLast()
    case .described(let keys, let binding):
      overlays.removeLast()
      let lines = words(of: keys, binding, in: description.context)
      overlays.append(
        .notice(
          Notice(
            title: "What \(KeyDescription.text(keys)) does",
            text: SafeText(untrustedMultiline: lines.joined(separator: "\n")))))
    }
  }

  private func words(of keys: [Key], _ binding: Keymap.Binding?, in context: String) -> [String] {
    var lines: [String] = []
    if let binding {
      let command = PaneCommand(rawValue: binding.command)
      lines.append(Self.words(of: binding))
      if let command { lines.append("\(command.title.string): \(command.help.string)") }
      let entry = keymap.entries(in: context).first {
        $0.binding.command == binding.command && $0.steps.count == keys.count
          && $0.isReached(by: keys)
      }
      if let entry { lines.append(Self.place(of: entry)) }
      if let refusal = command.flatMap({ ability(to: $0).refusal }) {
        lines.append("not possible now: \(refusal.string)")
      }
    } else {
      lines.append("nothing here (\(context))")
    }
    if let caution = keys.lazy.compactMap(\.caution).first { lines.append(caution) }
    let here = Set(keymap.contexts.path(from: context))
    let elsewhere = keymap.contexts.names.filter { !here.contains($0) }
      .flatMap { keymap.bindings(of: $0) }
      .filter { $0.steps.count == keys.count && $0.isReached(by: keys) && $0.binding != binding }
    for entry in elsewhere.prefix(8) {
      lines.append("elsewhere: \(Self.words(of: entry.binding)), \(Self.place(of: entry))")
    }
    return lines
  }

  private static func words(of binding: Keymap.Binding) -> String {
    ([binding.command] + binding.arguments).joined(separator: " ")
  }

  private static func place(of entry: Keymap.Entry) -> String {
    let origin = entry.origin.map { ", \($0.file):\($0.line)" } ?? ""
    return "bound in \(entry.context)\(origin)"
  }
}
