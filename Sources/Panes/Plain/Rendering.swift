private import Glibc
package import Nostr
import Terminal
import Workspace

/// Results as short aligned text for people. Everything in it came from a replica, so all of it is sanitised.
package struct Rendering {
  /// Names of members by key, to stand where a key would.
  private let names: [String: String]

  package init(names: [String: String] = [:]) { self.names = names }

  package func text(of value: JSON) -> String {
    guard let object = value.object else { return "" }
    if let posts = object["posts"]?.array { return PostRendering.text(of: posts, in: object) }
    var lines: [String] = []
    var lists: [String] = []
    let width = Self.labelWidth(object)
    for (key, field) in object {
      switch field {
      case .array(let rows) where Self.columns[key] != nil:
        // One list speaks for itself; a list within something larger has a heading, or is left out.
        if object.count > 1 {
          guard !rows.isEmpty, rows.contains(where: { $0.object != nil }) else { fallthrough }
          lists += ["", "\(Self.name(key)):"]
        }
        lists += table(rows, Self.columns[key] ?? [], of: key)
      case .array(let rows):
        let items = rows.map { scalar($0) }.joined(separator: ", ")
        if !items.isEmpty { lines.append(Self.label(key, width) + items) }
      case .object(let inner):
        lines.append("\(Self.name(key)):")
        let width = Self.labelWidth(inner)
        lines += inner.map { "  " + Self.label($0.key, width) + scalar($0.value, key: $0.key) }
      case .null: continue
      case .string(let text) where key == "body" && text.contains(where: \.isNewline):
        lists.insert(contentsOf: ["", SafeText(untrustedMultiline: text).string], at: 0)
      default: lines.append(Self.label(key, width) + scalar(field, key: key))
      }
    }
    lines += lists
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }

  /// One change of `watch`, or one entry of a stream, as a single line.
  package func streamLine(_ value: JSON) -> String {
    (value.object ?? JSONObject()).map { "\($0.key)=\(scalar($0.value, key: $0.key))" }.joined(
      separator: " ")
  }

  /// The columns shown of each kind of list; what is left out is in `--json`.
  private static let columns: [String: [String]] = [
    "cards": ["event_id", "status", "track", "title", "assignees", "comments", "updated_at"],
    "tracks": ["slug", "title", "cards", "closed_at"],
    "channels": ["name", "posts", "unread", "subscribed", "last_post_at"],
    "rooms": ["slug", "title", "epoch", "status", "members"],
    "members": ["name", "short", "role", "pubkey"],
    "agents": [
      "name", "owner", "program", "host", "running", "max_parallel", "waiting", "queued", "paused",
    ],
    "problems": ["id", "kind", "name", "title", "heard_at", "words"],
    "comments": ["event_id", "created_at", "created_by", "intent", "body"],
    "questions": ["event_id", "created_at", "answered", "body"],
    "answers": ["event_id", "created_at", "created_by", "body"],
    "versions": ["event_id", "created_at", "status", "title"],
    "events": ["signed_at", "effect", "signer", "verdict", "reason", "event_id"],
    "needs": ["event_id", "urgency", "from_agent_name", "body"],
    "consents": ["card", "from_agent_name", "title"],
    "failures": ["card", "outcome", "code", "title", "reason"],
    "updates": ["event_id", "reason", "count", "channel", "title", "body"],
    "team": ["short", "name", "state", "alive_at", "progress_at", "step", "title", "words"],
    "hits": ["type", "title", "snippet", "id"],
    "claims": ["name", "short", "note", "expires_at"],
    "relays": ["url", "state", "auth", "behind", "error"],
    "checks": ["ok", "name", "detail", "hint"],
    "faults": ["event_id", "message"],
    "changes": ["context", "keys", "command", "was"],
    "keys": ["context", "keys", "command", "help"],
    "themes": ["name", "background", "origin", "title", "chosen"],
    "figures": ["id", "name", "value", "unit", "floor", "ratio", "goal"],
  ]

  /// A heading, where there is more than one column; columns without anything in them are left out.
  private func table(_ rows: [JSON], _ columns: [String], of key: String) -> [String] {
    if rows.isEmpty { return ["no \(Self.name(key))"] }
    let shown = columns.compactMap { column -> [SafeText]? in
      let cells = rows.map {
        SafeText(untrusted: scalar($0.object?[column] ?? .null, key: column))
      }
      return cells.contains { $0.width > 0 } ? [Self.heading(column)] + cells : nil
    }
    let widths = shown.map { min($0.map(\.width).max() ?? 0, 60) }
    let lines = (0...rows.count).map { line in
      shown.indices.map { column in
        let text = shown[column][line]
        if column == shown.count - 1 { return text.string }
        let fitted = text.truncated(to: widths[column])
        return fitted.string
          + String(repeating: " ", count: max(0, widths[column] - fitted.width))
      }.joined(separator: "  ")
    }
    return shown.count > 1 ? lines : Array(lines.dropFirst())
  }

  private static func heading(_ column: String) -> SafeText {
    let words =
      switch column {
      case "event_id": "id"
      case "created_by": "by"
      case "from_agent_name": "from"
      default: name(column.hasSuffix("_at") ? String(column.dropLast(3)) : column)
      }
    return SafeText(untrusted: words.uppercased())
  }

  private func scalar(_ value: JSON, key: String = "") -> String {
    switch value {
    case .null: ""
    case .bool(let flag): flag ? "yes" : "no"
    case .integer(let number):
      key.hasSuffix("_at") && number > 0
        ? Self.time(number) : key.hasSuffix("_bytes") ? DiskUse.text(number) : "\(number)"
    case .number(let number): String(Self.rounded(number))
    case .string(let text):
      if !Self.isID(text) || key == "pubkey" || key == "state_hash" {
        SafeText(untrusted: text).string
      } else {
        names[text].map { SafeText(untrusted: $0).string } ?? String(text.prefix(8))
      }
    case .array(let items): items.isEmpty ? "" : items.map { scalar($0) }.joined(separator: ",")
    case .object(let object):
      object["name"]?.string ?? object["slug"]?.string ?? object["url"]?.string
        ?? "\(object.count) fields"
    }
  }

  private static func isID(_ text: String) -> Bool { EventID(hex: text) != nil }

  private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }

  private static func name(_ key: String) -> String {
    key.split(separator: "_").joined(separator: " ")
  }

  private static func label(_ key: String, _ width: Int) -> String {
    name(key).padded(to: width) + " "
  }

  /// Of what stands before the values of an object that are no lists.
  private static func labelWidth(_ object: JSONObject) -> Int {
    max(12, object.compactMap { $0.value.array == nil ? name($0.key).count : nil }.max() ?? 0)
  }

  /// A time on this machine's clock.
  package static func time(_ seconds: Int64) -> String {
    var clock = time_t(seconds)
    var parts = tm()
    localtime_r(&clock, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
