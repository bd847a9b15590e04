/// What `studio.conf` says: one setting a line, `#` starts a comment line.
///
/// ```
/// name   Mira
/// relay  wss://relay.example.org
/// listen 127.0.0.1:7447
/// ```
/// A line that cannot be read costs that line, never the file.
package struct Configuration: Sendable, Equatable {
  /// What is wrong with one line.
  package struct Fault: Sendable, Equatable {
    /// Counted from 1.
    package let line: Int
    package let message: String
  }

  /// The person's name as they want others to see it.
  package var name = ""
  /// Relays of this identity, in the order given.
  package var relays: [String] = []
  /// Where the engine's own embedded relay listens, `host:port`; `nil` for none.
  package var listen: String?
  /// Lines that were skipped, with the reason.
  package private(set) var faults: [Fault] = []

  package init(name: String = "", relays: [String] = [], listen: String? = nil) {
    self.name = name
    self.relays = relays
    self.listen = listen
  }

  package init(parsing text: String) {
    for (index, line) in text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    )
    .map({ Substring($0) }).enumerated() {
      let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let key = words.first, !key.hasPrefix("#") else { continue }
      let value = words.count > 1 ? Self.trimmed(words[1]) : ""
      guard !value.isEmpty else {
        faults.append(Fault(line: index + 1, message: "“\(key)” has no value"))
        continue
      }
      switch key {
      case "name": name = value
      case "relay": relays.append(value)
      case "listen": listen = value
      default: faults.append(Fault(line: index + 1, message: "there is no setting “\(key)”"))
      }
    }
  }

  /// The file's text; reading it gives the same configuration.
  package var text: String {
    var lines = ["# Studio's settings for this identity."]
    if !name.isEmpty { lines.append("name \(name)") }
    lines += relays.map { "relay \($0)" }
    if let listen { lines.append("listen \(listen)") }
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

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    return String(text)
  }
}
