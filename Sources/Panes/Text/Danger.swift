import Nostr
import Replica
import Terminal

/// What an answer to a question would let happen, when its author marks that as dangerous
/// (agents 2.13, `action`).
struct Danger {
  /// `high risk · Bash: rm -rf build`.
  let words: SafeText

  /// `nil` for a question without danger: its risk is not high, and it asks to confirm nothing
  /// risky. Read in every version of the object, for a danger that is not understood is one.
  init?(_ question: EntryRow) {
    guard question.kind == .question, let fabric = question.fabric,
      let object = try? JSON(parsing: fabric), let action = object["action"],
      let risk = action["risk"]?.string, !risk.isEmpty
    else { return nil }
    let asks = ["confirm", "approval"].contains { sameBytes(object["kind"]?.string ?? "", $0) }
    let isHigh = !["none", "low", "medium"].contains { sameBytes(risk, $0) }
    guard isHigh || (asks && !sameBytes(risk, "none")) else { return nil }
    let tool = SafeText(untrusted: action["tool"]?.string ?? "", limit: 80)
    let preview = SafeText(untrusted: action["preview"]?.string ?? "", limit: 1_000)
    let colon: SafeText = tool.isEmpty || preview.isEmpty ? "" : ": "
    let dot: SafeText = tool.isEmpty && preview.isEmpty ? "" : " · "
    words = "\(SafeText(untrusted: risk, limit: 40)) risk\(dot)\(tool)\(colon)\(preview)"
  }

  /// What is to be typed for an option: its first word, where a keyboard has that.
  static func word(for label: String) -> String {
    let first = label.utf8.drop { !isLetter($0) }.prefix(while: isLetter)
    guard (2...16).contains(first.count) else { return "yes" }
    return String(decoding: first, as: UTF8.self).lowercased()
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
