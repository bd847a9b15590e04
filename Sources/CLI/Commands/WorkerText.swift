import Nostr
import Panes
import Terminal
import Worker

/// What `studio worker` says to people. Names, titles and prompts come from others: every line is made safe, and
/// what no eye sees in a prompt is shown, for it is read by whoever decides whether it may run.
enum WorkerText {
  static func status(_ status: JSON, names: [String: String]) -> String {
    var lines = ["\(profile(status))  \(standing(status))"]
    let runs = status["runs"]?.array ?? []
    if !runs.isEmpty {
      lines += ["", "in hand:"]
      lines += table(runs.map { [title($0), state($0), money($0), short($0["run"])] })
    }
    let skips = status["skipped"]?.array ?? []
    if !skips.isEmpty {
      lines += ["", "passed over:"]
      lines += table(
        skips.map {
          [title($0), "by \(name($0["created_by"], names))", $0["words"]?.string ?? reason($0)]
        })
    }
    if skips.contains(where: { $0["reason"] == "needs_consent" }) {
      lines += ["", "studio worker consent shows what waits for your word."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func runs(_ runs: JSON) -> String {
    let rows = runs["runs"]?.array ?? []
    guard !rows.isEmpty else { return "no card was taken up yet\n" }
    return
      table(
        rows.map {
          [time($0["created_at"]), title($0), state($0), money($0), short($0["run"])]
        }
      ).joined(separator: "\n") + "\n"
  }

  static func tidy(_ told: JSON) -> String {
    let kept = told["kept"]?.array ?? []
    var lines = ["\(told["removed"]?.array?.count ?? 0) removed"]
    if !kept.isEmpty {
      lines += ["", "kept:"]
      lines += table(
        kept.map {
          [
            time($0["ended_at"]), title($0), RunLeftover.size($0["bytes"]?.integer ?? 0),
            line($0["words"]?.string ?? ""), line($0["branch"]?.string ?? ""), short($0["run"]),
          ]
        })
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func consent(_ consent: JSON, names: [String: String]) -> String {
    var lines: [String] = []
    let decided = consent["consents"]?.array ?? []
    if !decided.isEmpty {
      lines += ["decided:"]
      lines += table(
        decided.map {
          [
            $0["decision"]?.string ?? "", name($0["author"], names),
            "in \($0["room"]?.string ?? "?")", limits($0),
          ]
        })
    }
    for card in consent["waiting"]?.array ?? [] {
      let author = name(card["author"], names)
      if !lines.isEmpty { lines.append("") }
      lines.append("\(title(card)), by \(author), waits for your word:")
      lines += visible(card["body"]?.string ?? "").split(separator: "\n").map { "  | \($0)" }
      let id = line(card["card"]?.string ?? "")
      lines.append("  studio worker consent once \(id)")
      lines.append("  studio worker consent always|never \(name(card["author"], names))")
    }
    if lines.isEmpty {
      lines = ["nobody's cards may run here yet: studio worker consent always WHO"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A text with its invisible characters as their numbers; line ends stay.
  static func visible(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(20_000) {
      if scalar == "\n" || scalar == "\t" || !isInvisible(scalar) {
        out.append(scalar)
      } else {
        out += "⟨U+\(String(scalar.value, radix: 16, uppercase: true))⟩".unicodeScalars
      }
    }
    return SafeText(untrustedMultiline: String(out)).string
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator,
      .paragraphSeparator:
      true
    default: scalar.value == 0xAD || scalar.properties.isVariationSelector
    }
  }

  // MARK: Parts

  private static func profile(_ status: JSON) -> String {
    let adapter = status["adapter"]?.string.map { " (\($0))" } ?? ", without a program"
    return line((status["profile"]?.string ?? "") + adapter)
  }

  private static func standing(_ status: JSON) -> String {
    let isRunning = status["running"]?.bool ?? false
    let off = isRunning ? "" : "; no worker runs: studio worker run"
    switch status["mode"]?.string {
    case "active": return isRunning ? "takes up cards" : "would take up cards\(off)"
    case "draining": return "begins nothing more, and ends with its last run\(off)"
    case "stopping": return "is being stopped\(off)"
    default:
      return status["reason"] == "breaker"
        ? "is paused after too many failures: look, then studio worker resume\(off)"
        : "is paused: studio worker resume\(off)"
    }
  }

  private static func state(_ run: JSON) -> String {
    let words = run["state"] == "done" ? run["outcome"]?.string ?? "" : run["state"]?.string ?? ""
    let code = run["code"]?.string.map { " (\($0))" } ?? ""
    let attempt = run["attempt"]?.integer ?? 1
    return line(words + (words == code ? "" : code) + (attempt > 1 ? ", attempt \(attempt)" : ""))
  }

  private static func money(_ run: JSON) -> String {
    guard let cost = run["cost_usd"]?.number, (0...1e9).contains(cost) else { return "" }
    let cents = Int64((cost * 100).rounded())
    return "$\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
  }

  private static func limits(_ consent: JSON) -> String {
    let limits = consent["limits"]
    var words: [String] = []
    let kinds = limits?["kinds"]?.array?.compactMap(\.string) ?? []
    if !kinds.isEmpty { words.append("cards of the kind \(kinds.joined(separator: ", "))") }
    if let count = limits?["per_day"]?.integer { words.append("\(count) a day") }
    if let cost = limits?["budget_usd"]?.number { words.append("$\(cost) each") }
    if let end = limits?["expires_at"]?.integer { words.append("until \(time(.integer(end)))") }
    if consent["used_by"]?.string != nil { words.append("used") }
    return line(words.joined(separator: ", "))
  }

  private static func title(_ row: JSON) -> String {
    line(row["title"]?.string ?? row["card"]?.string ?? "")
  }

  private static func name(_ key: JSON?, _ names: [String: String]) -> String {
    let hex = key?.string ?? ""
    return line(names[hex] ?? "#\(hex.prefix(8))")
  }

  private static func reason(_ row: JSON) -> String { line(row["reason"]?.string ?? "") }
  private static func short(_ run: JSON?) -> String { String(line(run?.string ?? "").prefix(8)) }
  private static func line(_ text: String) -> String { SafeText(untrusted: text).string }
  private static func time(_ value: JSON?) -> String { Rendering.time(value?.integer ?? 0) }

  private static func table(_ rows: [[String]]) -> [String] {
    let texts = rows.map { $0.map { SafeText(untrusted: $0).truncated(to: 60) } }
    let widths = (texts.first ?? []).indices.map { column in
      texts.map { $0[column].width }.max() ?? 0
    }
    return texts.map { row in
      var text = " "
      for (cell, width) in zip(row, widths) where width > 0 {
        text += " \(cell.string)" + String(repeating: " ", count: width - cell.width + 1)
      }
      while text.last == " " { text.removeLast() }
      return text
    }
  }
}
