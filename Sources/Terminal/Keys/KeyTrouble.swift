extension Key {
  /// Why a key may never arrive.
  struct Trouble: Hashable {
    let reason: String
    /// What to bind instead; nil when nothing stands for it.
    let instead: Key?
  }

  /// What keeps this key from arriving on most terminals (workspace 3.2): many keys with Ctrl or
  /// Shift send the same byte as another, or none.
  var trouble: Trouble? {
    func same(_ other: Key) -> Trouble {
      Trouble(reason: "most terminals send “\(other)” for “\(self)”", instead: other)
    }
    switch code {
    case .character(let scalar): return trouble(of: scalar, same)
    case .enter, .backspace, .escape:
      let sent = Key(code, modifiers.intersection(.alt))
      if code == .backspace, modifiers == .control { return nil }
      return modifiers.subtracting(.alt).isEmpty ? nil : same(sent)
    case .tab:
      return modifiers.contains(.control) ? same(Key(.tab, modifiers.subtracting(.control))) : nil
    default: return nil
    }
  }

  private func trouble(of scalar: Unicode.Scalar, _ same: (Key) -> Trouble) -> Trouble? {
    let rest = modifiers.subtracting(.control)
    if modifiers.contains(.shift) { return same(Key(code, modifiers.subtracting(.shift))) }
    if modifiers == .alt, scalar == "[" || scalar == "O" {
      return Trouble(reason: "“\(self)” is how other keys begin", instead: nil)
    }
    guard modifiers.contains(.control) else { return nil }
    switch scalar {
    case "i": return same(Key(.tab, rest))
    case "m": return same(Key(.enter, rest))
    case "[": return same(Key(.escape, rest))
    case "h": return same(Key(.backspace, modifiers))
    case "?": return same(Key(.backspace, rest))
    case "@", "2": return same(Key(.character(" "), modifiers))
    case "/", "-", "7": return same(Key(.character("_"), modifiers))
    case "z":
      return Trouble(reason: "“\(self)” suspends the program and does not arrive", instead: nil)
    case "a"..."z", " ", "\\", "]", "^", "_": return nil
    case "A"..."Z":
      return same(
        Key(
          .character(scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar), modifiers))
    default:
      return Trouble(
        reason: "most terminals send “\(Key(code, rest))” for “\(self)”", instead: Key(code, rest))
    }
  }

  /// What to know before binding this key; nil when there is nothing.
  package var caution: String? {
    if let trouble {
      return trouble.reason + (trouble.instead.map { "; bind “\($0)” instead" } ?? "")
    }
    return takenBy.map { "“\(self)” may be taken by \($0)" }
  }

  /// Who may take the key before the program sees it; nil for nobody.
  var takenBy: String? {
    guard modifiers == .control else { return nil }
    return switch code {
    case .character("b"): "tmux, unless its prefix was changed"
    case .character("a"): "screen, unless its prefix was changed"
    default: nil
    }
  }
}
