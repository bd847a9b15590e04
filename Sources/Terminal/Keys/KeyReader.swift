/// Follows a sequence of keys through a keymap. Pure; time is given in.
package struct KeyReader: Sendable {
  /// What a key led to.
  package enum Outcome: Hashable, Sendable {
    /// Do this.
    case command(Keymap.Binding)
    /// The key is text, or nobody's: the focused field or pane may have it.
    case unbound(Key)
    /// More keys must follow.
    case pending
    /// The sequence was given up.
    case cancelled
  }

  /// How long a prefix stands before the which-key overlay shows.
  package static let whichKeyDelay = Duration.milliseconds(400)

  package private(set) var pending: [Key] = []
  package private(set) var continuations: [Keymap.Continuation] = []
  private var waiting: Keymap.Binding?
  private var since = Duration.zero
  private var timeout = Duration.zero
  private var wasShown = false

  package init() {}

  /// Takes a key. Esc gives a sequence up, BS takes its last key back.
  package mutating func press(_ key: Key, keymap: Keymap, context: String, now: Duration) -> Outcome
  {
    if !pending.isEmpty {
      if key == Key(.escape) {
        reset()
        return .cancelled
      }
      if key == Key(.backspace) {
        pending.removeLast()
        guard !pending.isEmpty else {
          reset()
          return .cancelled
        }
        return read(keymap, context, now)
      }
    } else if key.typed != nil, keymap.contexts.isWriting(context) {
      return .unbound(key)
    }
    pending.append(key)
    return read(keymap, context, now)
  }

  private mutating func read(_ keymap: Keymap, _ context: String, _ now: Duration) -> Outcome {
    let first = pending.count == 1
    let key = pending[pending.count - 1]
    switch keymap.match(pending, in: context) {
    case .none:
      reset()
      return first ? .unbound(key) : .cancelled
    case .command(let binding):
      reset()
      return .command(binding)
    case .pending(let next):
      wait(nil, next, now, keymap)
      return .pending
    case .either(let binding, let next):
      wait(binding, next, now, keymap)
      return .pending
    }
  }

  private mutating func wait(
    _ binding: Keymap.Binding?, _ next: [Keymap.Continuation], _ now: Duration, _ keymap: Keymap
  ) {
    waiting = binding
    continuations = next
    since = now
    timeout = keymap.timeout
    wasShown = false
  }

  /// Gives a sequence up.
  package mutating func reset() { self = KeyReader() }

  /// When to call `tick`; nil when nothing is pending, or the overlay already shows.
  package var deadline: Duration? {
    guard !pending.isEmpty else { return nil }
    if waiting != nil { return since + timeout }
    return wasShown ? nil : since + Self.whichKeyDelay
  }

  /// Whether the which-key overlay is due.
  package func showsContinuations(now: Duration) -> Bool {
    !pending.isEmpty && now >= since + Self.whichKeyDelay
  }

  /// The command whose wait is over, if one is.
  package mutating func tick(now: Duration) -> Keymap.Binding? {
    guard !pending.isEmpty else { return nil }
    if let waiting, now >= since + timeout {
      reset()
      return waiting
    }
    if now >= since + Self.whichKeyDelay { wasShown = true }
    return nil
  }
}
