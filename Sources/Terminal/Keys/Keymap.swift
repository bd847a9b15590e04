/// Which keys give which command, by context. An immutable value; a new file makes a new one.
package struct Keymap: Sendable {
  /// A command with the arguments the keymap gives it. `digit` adds the digit as the last one.
  package struct Binding: Hashable, Sendable {
    package let command: String
    package let arguments: [String]
    package init(command: String, arguments: [String] = []) {
      self.command = command
      self.arguments = arguments
    }
  }

  /// One step of a sequence: a key, or any of the digits 1 to 9.
  package enum Step: Hashable, Sendable, CustomStringConvertible {
    case key(Key)
    case digit

    package var description: String {
      switch self {
      case .key(let key): key.description
      case .digit: "1-9"
      }
    }

    func matches(_ key: Key) -> Bool {
      switch self {
      case .key(let own): own == key
      case .digit: Keymap.digit(of: key) != nil
      }
    }
  }

  /// A way to go on after a prefix, for the which-key overlay.
  package struct Continuation: Hashable, Sendable {
    package let step: Step
    /// What it does; nil when more keys follow.
    package let binding: Binding?
    /// What the keymap's `label` calls it; nil without one.
    package let label: String?
  }

  /// The line that bound a key.
  package struct Origin: Hashable, Sendable {
    package let file: String
    /// From 1.
    package let line: Int
  }

  /// What a sequence means.
  package enum Match: Hashable, Sendable {
    case none
    case command(Binding)
    /// More keys must follow.
    case pending([Continuation])
    /// A command, and a prefix of others: the command runs when `timeout` passes.
    case either(Binding, [Continuation])
  }

  /// One line of the map, for help.
  package struct Entry: Hashable, Sendable {
    package let context: String
    package let steps: [Step]
    package let binding: Binding
    /// nil for a binding that no file gave.
    package let origin: Origin?

    /// Whether these keys are the whole sequence or its beginning.
    package func isReached(by keys: [Key]) -> Bool {
      keys.count <= steps.count && zip(steps, keys).allSatisfy { $0.matches($1) }
    }
  }

  struct Node: Sendable {
    var binding: Binding?
    var origin: Origin?
    var label: String?
    var children: [(step: Step, node: Node)] = []

    subscript(step: Step) -> Node? {
      get { children.first { $0.step == step }?.node }
      set {
        if let index = children.firstIndex(where: { $0.step == step }) {
          if let newValue {
            children[index].node = newValue
          } else {
            children.remove(at: index)
          }
        } else if let newValue {
          children.append((step, newValue))
        }
      }
    }
  }

  package let contexts: KeyContexts
  /// How long a key that is both a command and a prefix waits.
  package let timeout: Duration
  /// Digits before a key say how often: `3 j`.
  package let hasCounts: Bool
  let roots: [String: Node]

  init(
    contexts: KeyContexts, timeout: Duration, hasCounts: Bool = false, roots: [String: Node]
  ) {
    self.hasCounts = hasCounts
    self.contexts = contexts
    self.timeout = timeout
    self.roots = roots
  }

  /// The digit 1...9 of an unmodified digit key.
  static func digit(of key: Key) -> String? {
    guard let scalar = key.typed, (0x31...0x39).contains(scalar.value) else { return nil }
    return String(Character(scalar))
  }

  /// What these keys mean in a context.
  package func match(_ keys: [Key], in context: String) -> Match {
    var continuations: [Continuation] = []
    for name in contexts.path(from: context) {
      guard let (node, digits) = find(keys, from: roots[name] ?? Node()) else { continue }
      for (step, child) in node.children where !continuations.contains(where: { $0.step == step }) {
        continuations.append(
          Continuation(
            step: step, binding: child.children.isEmpty ? child.binding : nil, label: child.label))
      }
      if let binding = node.binding {
        let whole = Binding(command: binding.command, arguments: binding.arguments + digits)
        return continuations.isEmpty ? .command(whole) : .either(whole, continuations)
      }
    }
    return continuations.isEmpty ? .none : .pending(continuations)
  }

  private func find(_ keys: [Key], from root: Node) -> (node: Node, digits: [String])? {
    var node = root
    var digits: [String] = []
    for key in keys {
      if let next = node[.key(key)] {
        node = next
      } else if let digit = Self.digit(of: key), let next = node[.digit] {
        node = next
        digits.append(digit)
      } else {
        return nil
      }
    }
    return (node, digits)
  }

  /// What the keymap calls a prefix, from its `label` lines; nil without one.
  package func label(of keys: [Key], in context: String) -> String? {
    contexts.path(from: context).lazy
      .compactMap { find(keys, from: roots[$0] ?? Node())?.node.label }.first
  }

  /// Every binding that holds in a context: the particular ones first, without those they hide.
  package func entries(in context: String) -> [Entry] {
    var entries: [Entry] = []
    var seen: Set<[Step]> = []
    for name in contexts.path(from: context) {
      entries += bindings(of: name).filter { seen.insert($0.steps).inserted }
    }
    return entries
  }

  /// The bindings of a context itself, without those of the contexts above it.
  package func bindings(of context: String) -> [Entry] {
    var found: [Entry] = []
    collect(roots[context] ?? Node(), [], context, &found)
    return found
  }

  /// The first sequence for each command of a context, as text for footers.
  package func names(in context: String) -> [Binding: String] {
    var names: [Binding: String] = [:]
    for entry in entries(in: context) where names[entry.binding] == nil {
      names[entry.binding] = Self.text(entry.steps)
    }
    return names
  }

  /// The first sequence for a command in a context, as text for footers; nil when there is none.
  package func keys(for command: String, arguments: [String] = [], in context: String) -> String? {
    let binding = Binding(command: command, arguments: arguments)
    return entries(in: context).first { $0.binding == binding }.map { Self.text($0.steps) }
  }

  /// The key with which sequences for a command begin, whatever its arguments; nil when it has none of two keys.
  package func prefix(of command: String, in context: String) -> String? {
    entries(in: context).first { $0.binding.command == command && $0.steps.count > 1 }.map {
      $0.steps[0].description
    }
  }

  /// A sequence as help shows it: `g g`.
  package static func text(_ steps: [Step]) -> String {
    steps.map(\.description).joined(separator: " ")
  }

  private func collect(_ node: Node, _ steps: [Step], _ context: String, _ found: inout [Entry]) {
    if let binding = node.binding {
      found.append(Entry(context: context, steps: steps, binding: binding, origin: node.origin))
    }
    for (step, child) in node.children { collect(child, steps + [step], context, &found) }
  }

  /// The names of the keymaps in the binary, the default first.
  package static let shippedNames = ["default", "vim", "emacs"]

  /// The text of a keymap in the binary: one of `shippedNames`.
  package static func shipped(_ name: String) -> String? {
    switch name {
    case "default": String(decoding: PackageResources.default_keymap, as: UTF8.self)
    case "vim": String(decoding: PackageResources.vim_keymap, as: UTF8.self)
    case "emacs": String(decoding: PackageResources.emacs_keymap, as: UTF8.self)
    default: nil
    }
  }
}
