/// A key with what was held down. Shift is part of a character (`A`, not `S-a`).
package struct Key: Hashable, Sendable, CustomStringConvertible {
  /// Which key.
  package enum Code: Hashable, Sendable {
    case character(Unicode.Scalar)
    case enter, tab, backspace, escape, insert, delete, home, end, pageUp, pageDown
    case up, down, left, right
    /// F1 to F24.
    case function(Int)
  }

  /// What was held down.
  package struct Modifiers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let shift = Modifiers(rawValue: 1)
    package static let alt = Modifiers(rawValue: 2)
    package static let control = Modifiers(rawValue: 4)
  }

  package let code: Code
  package let modifiers: Modifiers

  package init(_ code: Code, _ modifiers: Modifiers = []) {
    self.code = code
    self.modifiers = modifiers
  }

  /// The character that this key writes into text; nil for commands and with Ctrl or Alt.
  package var typed: Unicode.Scalar? {
    guard case .character(let scalar) = code, modifiers.subtracting(.shift).isEmpty else {
      return nil
    }
    return scalar
  }

  private static let named: [(String, Code)] = [
    ("Enter", .enter), ("Tab", .tab), ("BS", .backspace), ("Esc", .escape), ("Ins", .insert),
    ("Del", .delete), ("Home", .home), ("End", .end), ("PgUp", .pageUp), ("PgDn", .pageDown),
    ("Up", .up), ("Down", .down), ("Left", .left), ("Right", .right), ("space", .character(" ")),
  ]

  /// Every name that is not a single character.
  static let names = named.map(\.0) + (1...24).map { "F\($0)" } + ["leader", "digit"]

  /// A key by its name in keymaps: `a`, `A`, `C-a`, `A-Enter`, `S-Tab`, `F5`, `space`, `PgUp`.
  package init?(name: String) {
    var rest = Array(name.unicodeScalars)
    var modifiers: Modifiers = []
    while rest.count > 2, rest[1] == "-", let modifier = Self.modifier(rest[0]) {
      guard !modifiers.contains(modifier) else { return nil }
      modifiers.insert(modifier)
      rest.removeFirst(2)
    }
    if rest.count == 1 {
      guard rest[0].value > 0x20, rest[0].value != 0x7F else { return nil }
      if modifiers.contains(.shift) { return nil }
      self.init(.character(rest[0]), modifiers)
      return
    }
    let stem = String(String.UnicodeScalarView(rest))
    if let code = Self.named.first(where: { $0.0 == stem })?.1 {
      self.init(code, modifiers)
    } else if stem.first == "F", let number = Int(stem.dropFirst()), (1...24).contains(number),
      stem == "F\(number)"
    {
      self.init(.function(number), modifiers)
    } else {
      return nil
    }
  }

  private static func modifier(_ scalar: Unicode.Scalar) -> Modifiers? {
    switch scalar {
    case "C": .control
    case "A": .alt
    case "S": .shift
    default: nil
    }
  }

  /// Its name, as keymaps write it.
  package var description: String {
    var name = ""
    if modifiers.contains(.control) { name += "C-" }
    if modifiers.contains(.alt) { name += "A-" }
    if modifiers.contains(.shift) { name += "S-" }
    switch code {
    case .function(let number): return name + "F\(number)"
    case .character(let scalar) where scalar != " ": return name + String(Character(scalar))
    default: return name + (Self.named.first { $0.1 == code }?.0 ?? "?")
    }
  }
}

/// What comes from the terminal.
package enum InputEvent: Hashable, Sendable {
  case key(Key)
  /// Pasted text, at most `KeyDecoder.pasteLimit` bytes, without ESC; not yet sanitised.
  case paste(String)
  case mouse(Mouse)
  /// The terminal window got or lost the focus.
  case focus(Bool)
  /// The terminal answers a question; the loop hands it to the session, never to a program.
  case reply(TerminalReply)
}

/// A mouse report; the cell counts from the top left.
package struct Mouse: Hashable, Sendable {
  package enum Action: Hashable, Sendable { case press, release, drag, wheelUp, wheelDown }
  package let action: Action
  /// 0 left, 1 middle, 2 right.
  package let button: Int
  package let point: Point
  package let modifiers: Key.Modifiers
}
