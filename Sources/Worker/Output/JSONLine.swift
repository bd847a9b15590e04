import Nostr

/// A line of a program that prints objects of JSON.
enum JSONLine {
  /// `nil` for a blank line, and, with a warning, for what is no object.
  static func object(_ line: [UInt8], _ facts: inout [RunFact]) -> JSONObject? {
    guard line.contains(where: { $0 > 0x20 }) else { return nil }
    let json = try? JSON(parsing: line, limits: JSONLimits(bytes: LineSplitter.longest))
    guard let object = json?.object else {
      let text = PlainText.clean(line.prefix(200))
      facts.append(.warning("no JSON: \(RunDigest.oneLine(text, limit: 120))"))
      return nil
    }
    return object
  }
}

/// What a complaint of a program is about, by the words that such programs use.
enum Trouble {
  static func code(of text: String) -> RunOutcome.Code? {
    let text = text.prefix(2_000).lowercased()
    let limits = ["rate limit", "rate_limit", "usage limit", "overloaded", "429 ", "529 "]
    if limits.contains(where: text.contains) { return .rateLimited }
    let keys = [
      "invalid api key", "please run /login", "authentication", "401 unauthorized", "not logged in",
      "credit balance is too low",
    ]
    return keys.contains(where: text.contains) ? .authRequired : nil
  }
}

extension String {
  var isBlank: Bool { utf8.allSatisfy { $0 <= 0x20 } }
}
