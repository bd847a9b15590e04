/// The way to the person's clipboard, which a program in a terminal does not own.
package enum Clipboard {
  /// Where a text went.
  package enum Outcome: Hashable, Sendable {
    /// Into tmux, and through it to the terminal's clipboard.
    case tmux
    /// To the terminal, as OSC 52; no terminal says whether it took it.
    case terminal
    /// Nowhere: too long for a terminal.
    case tooLong
  }

  /// The most bytes of base64 that terminals take of OSC 52.
  package static let limit = 74_000

  /// Copies a text: through tmux when `inTmux`, else with a sequence that `send` hands to the
  /// terminal.
  package static func copy(
    _ text: String, inTmux: Bool, send: ([UInt8]) -> Void
  ) -> Outcome {
    if inTmux, let tmux = ChildProgram(["tmux", "load-buffer", "-w", "-"]),
      tmux.feed(Array(text.utf8), within: 1_000) == .exited(0)
    {
      return .tmux
    }
    guard let sequence = sequence(text) else { return .tooLong }
    send(sequence)
    return .terminal
  }

  /// OSC 52 for a text; `nil` for one that is too long.
  package static func sequence(_ text: String) -> [UInt8]? {
    guard (text.utf8.count + 2) / 3 * 4 <= limit else { return nil }
    return Array("\u{1B}]52;c;".utf8) + base64(Array(text.utf8)) + [0x07]
  }

  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let bits = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for place in 0..<4 {
        out.append(place <= part.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return out
  }
}
