/// What `studio.conf` says: one setting a line, `#` starts a comment line.
///
/// ```
/// name   Mira
/// relay  wss://relay.example.org
/// listen 127.0.0.1:7447
/// theme  dark=nord light=solarized-light  # after the terminal's ground
/// keymap vim
/// ```
/// A line that cannot be read costs that line, never the file.
package struct Configuration: Sendable, Equatable {
  /// What is wrong with one line.
  package struct Fault: Sendable, Equatable {
    /// Counted from 1.
    package let line: Int
    /// Of the word that is wrong: counted from 1, in scalars.
    package let column: Int
    package let word: String
    package let message: String
    /// The line as it stands in the file.
    package let source: String
  }

  /// Every setting there is.
  package static let settings = [
    "name", "relay", "listen", "theme", "keymap", "read.trigger", "mouse", "emoji", "notify",
    "motion",
  ]

  /// What `read.trigger` can be.
  package static let readTriggers = ["focused", "visible", "scrollback", "message"]

  /// The words that a setting takes; other settings take any.
  private static let choices = [
    "read.trigger": readTriggers,
    "mouse": ["on", "off"], "motion": ["on", "off"], "emoji": ["auto", "plain", "ascii"],
    "notify": ["auto", "osc9", "osc99", "osc777", "bell", "command", "off"],
  ]

  /// The person's name as they want others to see it.
  package var name = ""
  /// Relays of this identity, in the order given.
  package var relays: [String] = []
  /// Where the engine's own embedded relay listens, `host:port`; `nil` for none.
  package var listen: String?
  /// The name of a theme, or `dark=NAME light=NAME`; `nil` for the default.
  package var theme: String?
  /// The name of a keymap; `nil` for the default. The person's own `keys.conf` stands over it.
  package var keymap: String?
  /// When posts count as read: focused, visible, scrollback or message; `nil` for the first.
  package var readTrigger: String?
  /// `on` or `off`; `nil` for the default.
  package var mouse: String?
  /// `on` or `off`; `nil` for the default.
  package var motion: String?
  /// How clusters are drawn: `auto`, `plain` or `ascii`; `nil` for the default.
  package var emoji: String?
  /// How the person is told of what happens out of sight: a channel, and behind `command` the words
  /// of a program; `nil` for the default.
  package var notify: String?
  /// Lines that were skipped, with the reason.
  package private(set) var faults: [Fault] = []

  package init(name: String = "", relays: [String] = [], listen: String? = nil) {
    self.name = name
    self.relays = relays
    self.listen = listen
  }

  package init(parsing text: String) {
    for line in Self.lines(of: text) {
      guard !line.value.isEmpty else {
        faults.append(line.fault("“\(line.key)” has no value"))
        continue
      }
      // The words of a program may follow.
      let word = line.key == "notify" ? line.value.prefix { $0 != " " } : line.value[...]
      if let choices = Self.choices[line.key], !choices.contains(String(word)) {
        faults.append(
          line.fault("\(line.key) is one of \(choices.joined(separator: ", "))", atValue: true))
        continue
      }
      switch line.key {
      case "name": name = line.value
      case "relay": relays.append(line.value)
      case "listen": listen = line.value
      case "theme": theme = line.value
      case "keymap": keymap = line.value
      case "read.trigger": readTrigger = line.value
      case "mouse": mouse = line.value
      case "motion": motion = line.value
      case "emoji": emoji = line.value
      case "notify": notify = line.value
      default: faults.append(line.fault("there is no setting “\(line.key)”"))
      }
    }
  }

  /// What is wrong with the value of a setting, at its last line in a file's text.
  package static func fault(of setting: String, in text: String, _ message: String) -> Fault? {
    lines(of: text).last { $0.key == setting && !$0.value.isEmpty }?.fault(message, atValue: true)
  }

  private struct Line {
    let number: Int
    let source: String
    let key: String
    let value: String

    func fault(_ message: String, atValue: Bool = false) -> Fault {
      let word = atValue ? value : key
      let start =
        atValue ? source.offset(of: value, after: key.unicodeScalars.count) : source.offset(of: key)
      return Fault(
        line: number, column: start + 1, word: word, message: message, source: source)
    }
  }

  private static func lines(of text: String) -> [Line] {
    var lines: [Line] = []
    // By bytes: to Swift "\r\n" is one character, and no line end.
    let all = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in all.map({ Substring($0) }).enumerated() {
      let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let key = words.first, !key.hasPrefix("#") else { continue }
      lines.append(
        Line(
          number: index + 1, source: trimmed(line, leading: false), key: String(key),
          value: words.count > 1 ? trimmed(uncommented(words[1])) : ""))
    }
    return lines
  }

  /// What stands before a comment, which two blanks and `#` begin.
  private static func uncommented(_ value: Substring) -> Substring {
    var blanks = 0
    for index in value.indices {
      if value[index] == "#", blanks > 1 { return value[..<index] }
      blanks = value[index] == " " ? blanks + 1 : value[index] == "\t" ? 2 : 0
    }
    return value
  }

  /// A file's text with another value of a setting: in its last line, or in a new one. Comments and
  /// everything else stay as they are.
  package static func text(_ text: String, with setting: String, _ value: String) -> String {
    guard let line = lines(of: text).last(where: { $0.key == setting && !$0.value.isEmpty }) else {
      let end = text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? "" : "\n"
      return text + "\(end)\(setting) \(value)\n"
    }
    var all = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    let source = Array(all[line.number - 1].unicodeScalars)
    let start = line.source.offset(of: line.value, after: setting.unicodeScalars.count)
    var changed = String.UnicodeScalarView(source[..<start])
    changed.append(contentsOf: value.unicodeScalars)
    changed.append(contentsOf: source[(start + line.value.unicodeScalars.count)...])
    all[line.number - 1] = String(changed)
    return all.joined(separator: "\n")
  }

  /// The file's text; reading it gives the same configuration.
  package var text: String {
    var lines = ["# Studio's settings for this identity."]
    if !name.isEmpty { lines.append("name \(name)") }
    lines += relays.map { "relay \($0)" }
    if let listen { lines.append("listen \(listen)") }
    if let theme { lines.append("theme \(theme)") }
    let others = [
      ("keymap", keymap), ("read.trigger", readTrigger), ("mouse", mouse), ("emoji", emoji),
      ("notify", notify), ("motion", motion),
    ]
    lines += others.compactMap { name, value in value.map { "\(name) \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The relays to connect to: those named, or else the embedded one.
  package var effectiveRelays: [String] {
    relays.isEmpty ? listen.map { ["ws://\($0)"] } ?? [] : relays
  }

  package static func load(from home: Home) throws(StudioError) -> Configuration {
    guard let bytes = try SystemCall.read(home.configFile, limit: 65_536) else {
      return Configuration()
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StudioError(
        "invalid_config", "studio.conf is not UTF-8", field: "path", value: home.configFile)
    }
    return Configuration(parsing: text)
  }

  package func save(to home: Home) throws(StudioError) {
    try SystemCall.replace(home.configFile, with: Array(text.utf8), mode: 0o600)
  }

  private static func trimmed(_ text: Substring, leading: Bool = true) -> String {
    var text = text
    while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
    while leading, let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    return String(text)
  }
}

extension String {
  /// Scalars before a part, which is looked for beyond the blanks and so many scalars.
  fileprivate func offset(of part: String, after skipped: Int = 0) -> Int {
    let all = Array(unicodeScalars)
    let part = Array(part.unicodeScalars)
    let indent = all.prefix { $0 == " " || $0 == "\t" }.count
    var start = indent + skipped
    while start + part.count <= all.count, !all[start...].starts(with: part) { start += 1 }
    return start + part.count <= all.count ? start : indent
  }
}
