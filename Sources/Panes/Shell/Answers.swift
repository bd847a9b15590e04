import Nostr
import Replica
import Terminal
import Workspace

/// An answer that waits before it is ordered, so that it can be taken back.
struct HeldAnswer {
  /// How long it waits.
  static let time = Duration.seconds(5)

  let question: EntryRow
  /// What it hangs on, when that is known.
  let card: ObjectID?
  /// The options, from 1; none for an answer in words.
  let options: [Int]
  /// What it decides about an approval.
  var decision: String?
  let text: String
  /// Whose suggestion it takes up.
  var adopting: EventID?
  /// The name under which words are kept until they are ordered.
  let draft: String
  /// It goes even when somebody else has answered.
  let goesAnyway: Bool
  let dueAt: Duration

  var shown: SafeText { SafeText(untrusted: text, limit: 400) }

  /// The person has written something, if only beside an option.
  var hasWords: Bool {
    guard adopting == nil else { return false }
    switch decision {
    case nil: return options.isEmpty || !sameBytes(text, question.words(of: options))
    case "deny": return !sameBytes(text, Self.denied)
    default: return false
    }
  }

  /// What an answer says that denies and gives no reason.
  static let denied = "denied"
}

/// The answers of this person that are on their way: held, or ordered and not taken yet.
struct Answers {
  /// In the order in which they were given.
  var held: [HeldAnswer] = []
  /// What was ordered, by question, until the engine has it.
  var queued: [ObjectID: SafeText] = [:]

  /// The options that are chosen and not sent, of questions that take several.
  private(set) var chosen: [ObjectID: Set<Int>] = [:]
  /// The option that a key is about, of the question where that was moved last.
  private var marked: (question: ObjectID, option: Int)?

  /// Chooses an option of a question that takes several, or chooses it no more.
  mutating func toggle(_ option: Int, of question: ObjectID) {
    marked = (question, option)
    if chosen[question, default: []].remove(option) == nil {
      chosen[question, default: []].insert(option)
    }
    if chosen[question]?.isEmpty == true { chosen[question] = nil }
  }

  /// The option that a key is about: the first, until it is moved.
  func mark(of question: ObjectID) -> Int {
    marked?.question == question ? marked?.option ?? 1 : 1
  }

  mutating func moveMark(by step: Int, of question: ObjectID, count: Int) {
    marked = (question, max(1, min(count, mark(of: question) + step)))
  }

  mutating func forgetChosen(_ question: ObjectID) { chosen[question] = nil }

  func isOnTheWay(_ question: ObjectID) -> Bool {
    queued[question] != nil || held.contains { $0.question.id == question }
  }

  func held(at now: Duration) -> [ObjectID: (text: SafeText, seconds: Int)] {
    Dictionary(
      held.map { ($0.question.id, (text: $0.shown, seconds: Self.seconds(until: $0.dueAt, now))) }
    ) { $1 }
  }

  /// Seconds until the next goes; `nil` when none is held.
  func countdown(at now: Duration) -> Int? {
    held.map(\.dueAt).min().map { Self.seconds(until: $0, now) }
  }

  /// When the countdown reads differently: at most once a second, whatever is held.
  func nextTick(after now: Duration) -> Duration? {
    guard let due = held.map(\.dueAt).min() else { return nil }
    return due - .seconds(max(0, Self.seconds(until: due, now) - 1))
  }

  /// Whole seconds, begun ones included.
  private static func seconds(until due: Duration, _ now: Duration) -> Int {
    let (seconds, fraction) = (due - now).components
    return Int(max(0, seconds)) + (fraction > 0 ? 1 : 0)
  }
}
