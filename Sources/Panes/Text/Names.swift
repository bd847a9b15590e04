import Nostr
import Replica
import Terminal

/// What the members of a room are called on the screen.
struct Names {
  private let names: [PublicKey: String]
  private let me: PublicKey
  /// Names that more than one key has.
  private let doubles: Set<String>

  init(_ names: [PublicKey: String] = [:], me: PublicKey) {
    self.names = names
    self.me = me
    var seen: Set<String> = []
    var doubles: Set<String> = []
    for name in names.values where !seen.insert(Self.shown(name).string).inserted {
      doubles.insert(Self.shown(name).string)
    }
    self.doubles = doubles
  }

  private static func shown(_ name: String) -> SafeText {
    SafeText(untrusted: name, limit: 200).truncated(to: 32)
  }

  /// In a list: `you`, the name, with the key's beginning where the name alone misleads.
  func brief(_ key: PublicKey) -> SafeText {
    if key == me { return "you" }
    guard let name = names[key], !Self.shown(name).isEmpty else { return short(key) }
    let shown = Self.shown(name)
    return doubles.contains(shown.string) || sameBytes(shown.string, "you")
      ? "\(shown) \(short(key))" : shown
  }

  /// The name alone, for a signature that shows the key beside it.
  func signature(_ key: PublicKey) -> SafeText {
    if key == me { return "you" }
    return names[key].map(Self.shown) ?? ""
  }

  /// `#` and the first eight digits of the key.
  func short(_ key: PublicKey) -> SafeText { "#\(SafeText(untrusted: key.short))" }
}

/// How a status is shown: never by colour alone.
struct StatusLook {
  let glyph: SafeText
  let word: SafeText
  let style: StyleName

  init(_ status: String) {
    switch status {
    case "open": (glyph, word, style) = ("○", "open", .statusOpen)
    case "in_progress": (glyph, word, style) = ("●", "in progress", .statusInProgress)
    case "done": (glyph, word, style) = ("✓", "done", .statusDone)
    case "archived": (glyph, word, style) = ("×", "archived", .statusArchived)
    default:
      (glyph, word, style) = ("·", SafeText(untrusted: status, limit: 40), .dim)
    }
  }
}
