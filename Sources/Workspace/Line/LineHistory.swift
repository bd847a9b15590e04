import Nostr
package import Replica

/// The lines that were typed, the newest last; kept in the home.
package struct LineHistory: Sendable, Hashable {
  static let most = 200
  private static let setting = "history:line"

  package private(set) var lines: [String] = []

  package init(_ lines: [String] = []) { self.lines = lines }

  /// The lines that this home keeps.
  package init(of reader: Reader) {
    let text = try? reader.setting(Self.setting)
    lines = text.flatMap { try? JSON(parsing: $0).array?.compactMap(\.string) } ?? []
  }

  /// Takes a line in; one that was there moves to the end. Not kept: a line that holds an invite, which is a secret.
  package mutating func add(_ line: String) {
    guard !line.allSatisfy(\.isWhitespace), !line.lowercased().contains("/invite/") else { return }
    lines.removeAll { $0 == line }
    lines.append(String(line.prefix(2_000)))
    if lines.count > Self.most { lines.removeFirst(lines.count - Self.most) }
  }

  package func save(to desk: Desk) throws {
    try desk.setSetting(Self.setting, JSON.array(lines.map { .string($0) }).text)
  }
}
