/// Decides when a person is told of what happens while the terminal is out of sight. Pure; time is
/// given in.
///
/// The first thing is told at once, what follows within five seconds together at their end. Nothing
/// is told while the terminal has the focus, and of nothing twice.
package struct Notifier: Sendable {
  /// What a person is told of.
  package enum Kind: Int, CaseIterable, Sendable {
    case question, mention, failed, silent, done
  }

  /// One thing to tell: a title, never a body.
  package struct Notice: Hashable, Sendable {
    package let kind: Kind
    /// What it is known by, so that it is told once.
    package let id: String
    package let title: SafeText

    package init(_ kind: Kind, id: String, title: SafeText) {
      self.kind = kind
      self.id = id
      self.title = title
    }
  }

  /// How long what follows is gathered.
  package static let gathering = Duration.seconds(5)
  private static let mostKnown = 4_096

  private var known: Set<String> = []
  private var waiting: [Notice] = []
  private var quietUntil: Duration?
  /// The terminal is in sight. Terminals that do not report it are never out of sight.
  private(set) package var hasFocus = true

  package init() {}

  /// What waits is known once the person looks.
  package mutating func setFocus(_ hasFocus: Bool) {
    self.hasFocus = hasFocus
    if hasFocus { (waiting, quietUntil) = ([], nil) }
  }

  /// Takes what there is to tell now.
  package mutating func note(_ notices: some Sequence<Notice>) {
    for notice in notices {
      if known.count >= Self.mostKnown { known.removeAll() }
      guard known.insert(notice.id).inserted, !hasFocus else { continue }
      waiting.append(notice)
    }
  }

  /// When to call `take`; nil when nothing waits.
  package var deadline: Duration? { waiting.isEmpty ? nil : quietUntil ?? .zero }

  /// What to tell now; nil when nothing is due.
  package mutating func take(now: Duration) -> SafeText? {
    if let until = quietUntil, until <= now { quietUntil = nil }
    guard quietUntil == nil, let first = waiting.first else { return nil }
    defer { (waiting, quietUntil) = ([], now + Self.gathering) }
    if waiting.count == 1 { return first.title }
    let parts = Kind.allCases.compactMap { kind -> SafeText? in
      let count = waiting.count { $0.kind == kind }
      return count == 0 ? nil : Self.words(kind, count)
    }
    return parts.dropFirst().reduce(parts[0]) { "\($0), \($1)" }
  }

  private static func words(_ kind: Kind, _ count: Int) -> SafeText {
    switch kind {
    case .question: count == 1 ? "1 question" : "\(count) questions"
    case .mention: count == 1 ? "1 mention" : "\(count) mentions"
    case .failed: count == 1 ? "1 run failed" : "\(count) runs failed"
    case .silent: count == 1 ? "1 agent silent" : "\(count) agents silent"
    case .done: count == 1 ? "1 card done" : "\(count) cards done"
    }
  }
}
