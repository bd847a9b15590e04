/// How a terminal is told to tell the person something while it is out of sight: what may be chosen
/// in studio.conf. `auto` finds one out.
package enum NotificationChannel: String, CaseIterable, Sendable {
  case auto, osc9, osc99, osc777, bell, command, off

  /// What our notifications and our question about them are known by.
  static let id = "studio"
  /// Scalars of a text.
  static let limit = 120

  /// What to send; empty when nothing can be sent this way.
  ///
  /// - Parameters:
  ///   - term: the name that terminfo knows the terminal by.
  ///   - inTmux: tmux stands between: sequences are wrapped, and go through where
  ///     `allow-passthrough` is on; the bell goes through always.
  package func sequence(
    _ text: SafeText, features: TerminalFeatures, term: String, inTmux: Bool
  ) -> [UInt8] {
    switch self {
    case .off, .command: return []
    case .bell: return [0x07]
    case .osc9, .osc99, .osc777:
      let sequence = bytes(text)
      return inTmux ? Self.wrapped(sequence) : sequence
    case .auto:
      if inTmux { return [0x07] + Self.wrapped(Self.osc777.bytes(text)) }
      return Self.best(features, term: term)?.bytes(text) ?? [0x07]
    }
  }

  /// The channel that a terminal is known to have; nil for none but the bell.
  static func best(_ features: TerminalFeatures, term: String) -> NotificationChannel? {
    if features.notifies { return .osc99 }
    let names = [features.name ?? "", term].map { $0.lowercased() }
    func isOne(of known: [String]) -> Bool {
      names.contains { name in known.contains { name.hasPrefix($0) } }
    }
    if isOne(of: ["foot", "ghostty", "xterm-ghostty", "wezterm", "rxvt-unicode", "contour"]) {
      return .osc777
    }
    return isOne(of: ["iterm2", "kitty", "xterm-kitty"]) ? .osc9 : nil
  }

  /// `;` ends a field in each of the three, and `4;` after OSC 9 would be a progress bar.
  private func bytes(_ text: SafeText) -> [UInt8] {
    let scalars = text.string.unicodeScalars.prefix(Self.limit)
    let words = String(String.UnicodeScalarView(scalars.map { $0 == ";" || $0 == "\n" ? "," : $0 }))
    let body =
      switch self {
      case .osc99: "99;i=\(Self.id);Studio: \(words)"
      case .osc777: "777;notify;Studio;\(words)"
      default: "9;Studio: \(words)"
      }
    return Array("\u{1B}]\(body)\u{1B}\\".utf8)
  }

  /// In tmux's passthrough every ESC is doubled.
  private static func wrapped(_ sequence: [UInt8]) -> [UInt8] {
    Array("\u{1B}Ptmux;".utf8) + sequence.flatMap { $0 == 0x1B ? [$0, $0] : [$0] }
      + Array("\u{1B}\\".utf8)
  }
}
