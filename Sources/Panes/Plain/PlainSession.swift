package import Home
import Nostr
import Replica
import Terminal
package import Workspace

/// The workspace as lines, for screen readers, pipes and terminals that cannot do more: news as they come, and the
/// commands of the line. Draws nothing, moves nothing, and everything from others is sanitised.
///
/// Lines go in, lines come out; it never waits. Commands are done one after the other: the next begins when the
/// engine has answered the one before.
package final class PlainSession {
  let workspace: Workspace
  let clock: Clock
  private let write: (String) -> Void
  let table = LineTable(panes: PaneCommand.lineSpecs)
  /// Who is here and what waits.
  let scene: Scene
  /// What the engine told last.
  var status: JSON?
  /// Silences, consents and failures that were told and still hold.
  var told: Set<InboxID> = []
  /// What was told whole of cards that wait for consent.
  var shown: [ObjectID: Bytes32] = [:]
  /// The change through which the scene was read.
  var looked: Int64?
  /// When somebody may be judged otherwise though nothing happens.
  var lookDue: Duration?

  var numbers = PlainNumbers()
  var card: ObjectID?
  var channel: String?
  var filter = ""
  var answers = Answers()
  /// How long answers are held.
  var holding = HeldAnswer.time
  /// What `more` tells.
  var next: (() -> Void)?
  /// What waits for a word before it is done.
  var unconfirmed: (word: String, act: () -> Void)?
  /// What takes back what was done, the newest last.
  var undos: [() throws -> Void] = []
  var seen: Int64 = 0
  var isOffline: Bool?

  private var lines: [String] = []
  private var text: (call: LineCall, lines: [String])?
  private var orders: [Waiting] = []
  private var hasEnded = false
  /// Nothing more will come.
  package private(set) var isDone = false
  /// A line was refused.
  package private(set) var hasFailed = false

  struct Waiting {
    let order: PendingOrder
    let until: Duration
    /// Whether the next command waits for it.
    let blocks: Bool
    let done: (JSON) -> Void
    let failed: (StudioError) -> Void
  }

  package init(workspace: Workspace, clock: Clock = .system, write: @escaping (String) -> Void) {
    self.workspace = workspace
    self.clock = clock
    self.write = write
    scene = Scene(workspace: workspace, clock: clock, budget: Self.readingBudget)
  }

  /// Milliseconds that one reading may cost; nobody waits for a frame.
  private static let readingBudget = 2_000

  // MARK: In

  /// Says where we are.
  package func begin() {
    seen = (try? workspace.reader.lastChange()) ?? 0
    _ = scene.passTime(isLive: false)
    guard let room else {
      say("in no room yet; room create founds one, join claims an invite, help lists the commands")
      return
    }
    say("\(title(of: room)), as \(names.signature(workspace.me))")
    let waiting = (try? workspace.reader.questions(room.id, openOnly: true, limit: 200)) ?? []
    let unread = (try? workspace.reader.unreadCount(InboxOwner(workspace.me))) ?? 0
    say(
      "\(waiting.count) \(waiting.count == 1 ? "question waits" : "questions wait"), \(unread) unread in the inbox; help lists the commands"
    )
  }

  /// A line that was typed.
  package func receive(_ line: String) {
    lines.append(line)
    pump()
  }

  /// No line will come any more: what was typed is done, what is held is sent, then it is over.
  package func end() {
    hasEnded = true
    pump()
  }

  /// Orders what is held. To be called before the end, however it comes.
  package func close() { sendAnswers(answers.held) }

  /// The engine says something.
  package func hear(_ notice: ControlNotice) {
    switch notice {
    case .changed:
      checkOrders()
      tellNews()
      look()
    case .status(let status):
      self.status = status
      tellConnection(status)
      if scene.passTime(isLive: ProblemFinder.isLive(status)) || looked == nil { look() }
    default: break
    }
    pump()
  }

  package var deadline: Duration? {
    (orders.map(\.until) + answers.held.map(\.dueAt) + [lookDue].compactMap(\.self)).min()
  }

  package func tick() {
    let now = clock.monotonic()
    sendAnswers(answers.held.filter { $0.dueAt <= now })
    if let lookDue, lookDue <= now {
      _ = scene.passTime(isLive: ProblemFinder.isLive(status))
      look()
    }
    for late in orders where late.until <= now {
      orders.removeAll { $0.order == late.order }
      refuse(
        StudioError(
          "timeout", "the engine has not answered within 10 s; what was asked stays queued",
          hint: "studio engine status tells what it is doing"))
    }
    pump()
  }

  /// Does what was typed, as far as nothing is waited for.
  private func pump() {
    while !isDone, !orders.contains(where: \.blocks) {
      guard !lines.isEmpty else { break }
      take(lines.removeFirst())
    }
    guard hasEnded, !isDone, lines.isEmpty, !orders.contains(where: \.blocks) else { return }
    if let text { finish(text.call, text.lines) }
    if !answers.held.isEmpty { sendAnswers(answers.held) }
    if orders.isEmpty { isDone = true }
  }

  func quit() {
    lines = []
    end()
  }

  // MARK: Lines

  private func take(_ line: String) {
    if let (call, lines) = text {
      if line == "." { finish(call, lines) } else { text = (call, lines + [line]) }
      return
    }
    do {
      guard let call = try table.parse(line, in: context) else { return }
      if let rest = call.entry.spec.rest, rest.placeholder == "TEXT",
        call.arguments.text(rest.name) == "-"
      {
        text = (call, [])
        return say("the text, to a line with a dot alone")
      }
      try perform(call)
    } catch {
      refuse(error)
    }
  }

  private func finish(_ call: LineCall, _ lines: [String]) {
    text = nil
    var call = call
    if let rest = call.entry.spec.rest {
      call.arguments.set(rest.name, to: lines.joined(separator: "\n"))
    }
    do {
      try perform(call)
    } catch {
      refuse(error)
    }
  }

  private var context: LineContext {
    let track = FilterQuery.onlyTrack(filter)
    return LineContext(
      card: card.flatMap(event), question: openQuestion.flatMap(event), channel: channel,
      track: track
    ) { [unowned self] value, number in
      let kind: PlainNumbers.Kind? =
        switch value {
        case .card: .card
        case .question: .question
        case .post: .post
        default: nil
        }
      return kind.flatMap { numbers.id($0, number) }.flatMap(event)
    }
  }

  // MARK: Orders

  /// Runs a verb. What the engine has to do is told when it has done it.
  func run(
    _ name: String, _ arguments: Arguments, instead drafts: [String] = [], blocks: Bool = true,
    done: @escaping (JSON) -> Void, failed: @escaping (StudioError) -> Void = { _ in }
  ) throws {
    guard let verb = Verbs.named(name) else { return }
    let (result, order) = try workspace.begin(verb, arguments, instead: drafts)
    guard let order else { return done(result) }
    orders.append(
      Waiting(
        order: order, until: clock.monotonic() + .seconds(10), blocks: blocks, done: done,
        failed: failed))
    checkOrders()
  }

  private func checkOrders() {
    for waiting in orders {
      guard let outcome = try? workspace.outcome(of: waiting.order) else { continue }
      orders.removeAll { $0.order == waiting.order }
      switch outcome {
      case .success(let result): waiting.done(result)
      case .failure(let error):
        refuse(error)
        waiting.failed(error)
      }
    }
  }

  // MARK: Out

  func say(_ text: SafeText) { for line in text.lines { write(line.string) } }

  /// Lines that belong to the one before.
  func sayUnder(_ text: SafeText) { for line in text.lines { write("      \(line.string)") } }

  func refuse(_ error: any Error) {
    hasFailed = true
    let problem = StudioError(describing: error)
    say("error: \(SafeText(untrustedMultiline: problem.description, limit: 1_000))")
  }
}
