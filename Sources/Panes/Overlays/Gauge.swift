import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// How much of what may be written is written: units of UTF-16, as every reader counts, and the
/// bytes of the payload that it becomes.
struct Gauge {
  /// What an error calls the text.
  let field: String
  /// Most units.
  let limit: Int
  /// Bytes of the payload without the text.
  let envelope: Int
  /// Lines that begin with `-` are options and not part of the text.
  var hasOptions = false

  private func measure(_ text: String) -> (units: Int, bytes: Int) {
    let (body, options) = hasOptions ? Gauge.question(text) : (text, [])
    let extra = options.reduce(0) { $0 + JSON.string($1).bytes.count + 22 }
    return (body.utf16.count, envelope + JSON.string(body).bytes.count - 2 + extra)
  }

  /// A question and its options.
  static func question(_ text: String) -> (body: String, options: [String]) {
    var (lines, options): ([Substring], [String]) = ([], [])
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("- "), line.utf8.count > 2 {
        options.append(String(line.dropFirst(2)))
      } else {
        lines.append(line)
      }
    }
    return (lines.joined(separator: "\n"), options)
  }

  /// `120/4000`, or the bytes when they come to their end first.
  func words(_ text: String) -> SafeText {
    let (units, bytes) = measure(text)
    let isBytes = bytes * limit > units * Limits.payloadBytes && bytes * 4 > Limits.payloadBytes * 3
    return isBytes ? "\(bytes)/\(Limits.payloadBytes) bytes" : "\(units)/\(limit)"
  }

  /// Why the text is too long; `nil` when it is not.
  func refusal(_ text: String) -> SafeText? {
    let (units, bytes) = measure(text)
    if units > limit {
      return
        "\(SafeText(untrusted: field)) is 1 to \(limit) characters, this is \(units)"
    }
    if bytes > Limits.payloadBytes {
      return "it would be \(bytes) bytes, and \(Limits.payloadBytes) is the most that relays take"
    }
    return nil
  }
}

extension Shell {
  /// The gauge of a text; `nil` for words of which nobody counts the length.
  func gauge(for purpose: Composer.Purpose) -> Gauge? {
    switch purpose {
    case .comment, .answer, .ask, .steer, .denial:
      // As the verbs write it, with room for the names of what it is about.
      let envelope = 900 + 2 * (card.card?.address.utf8.count ?? 0)
      var gauge = Gauge(field: "text", limit: Limits.body, envelope: envelope)
      if case .ask = purpose { gauge.hasOptions = true }
      return gauge
    case .cardTitle, .editTitle: return Gauge(field: "title", limit: Limits.title, envelope: 0)
    case .trackTitle, .roomTitle: return Gauge(field: "title", limit: Limits.title, envelope: 0)
    case .cardBody(_, let title):
      return Gauge(
        field: "body", limit: Limits.cardBody, envelope: 600 + JSON.string(title).bytes.count)
    case .editBody(_, let body, let title, let newTitle):
      // The card as it is, and the id of the version that it replaces.
      let payload = card.card.flatMap { try? workspace.reader.payload($0.eventID) }?.count ?? 1_000
      let change = JSON.string(newTitle).bytes.count - JSON.string(title).bytes.count
      return Gauge(
        field: "body", limit: Limits.cardBody,
        envelope: max(600, payload - JSON.string(body).bytes.count) + 80 + max(0, change))
    case .post(let target):
      // As the verb writes it, with room for what the words refer to.
      let names = target.channel.text.utf8.count * 2
      return Gauge(field: "text", limit: Limits.body, envelope: 1_200 + names)
    case .roomSlug, .invite, .channelName: return nil
    }
  }
}
