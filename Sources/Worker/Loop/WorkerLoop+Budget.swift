import FourA
import Home
import Nostr
import Replica
import Studio
import Workspace

// What a run may cost, and what happens when it has.
extension WorkerLoop {
  /// What a run may cost in all.
  struct Allowance: Hashable {
    /// US dollars; `nil` without a limit.
    var usd: Double?
    /// The limit is one of the machine's owner, not the card's author's.
    var isOwners = false
  }

  /// The least that the card's author, the owner and the owner's consent allow; what was raised since counts in
  /// the place of what it raised.
  func allowance(of card: CardRow, _ run: WorkerRun?, _ now: Int64) throws -> Allowance {
    let isRaisedByOwner = run?.raisedBy != nil && run?.raisedBy == settings.owner
    if isRaisedByOwner, let raised = run?.raisedUSD {
      return Allowance(usd: raised, isOwners: true)
    }
    let consents = try reader.consents(settings.profile, room: card.room).filter {
      $0.author == card.author && $0.decision == .always
    }
    var owners = consents.compactMap {
      (try? JSON(parsing: $0.limits)).flatMap { Consent.Limits($0).budgetUSD }
    }
    if let budget = settings.budgetUSD { owners.append(budget) }
    if let perDay = settings.budgetPerDay {
      let runs = try reader.runs(settings.profile, since: now - 86_400)
      let spent = runs.filter { $0.card != card.id }.reduce(0) { $0 + ($1.costUSD ?? 0) }
      owners.append(max(0, perDay - spent))
    }
    let authors = run?.raisedUSD ?? card.budgetUSD
    guard let own = owners.min() else { return Allowance(usd: authors) }
    if let authors, authors < own { return Allowance(usd: authors) }
    return Allowance(usd: own, isOwners: true)
  }

  // MARK: Raising it

  /// Its money is spent: it waits for the word of whoever set the limit, and keeps what it has done.
  ///
  /// - Returns: `false` when nobody can be asked, or the program could not go on.
  func askForMore(
    _ run: inout WorkerRun, _ card: CardRow, _ ending: RunEnding, _ view: RunView, _ now: Int64
  ) throws -> Bool {
    let allowance = try allowance(of: card, run, now)
    guard ending.isOutOfMoney, canResume(run), let limit = allowance.usd, limit > 0,
      !allowance.isOwners || settings.owner != nil, let orders = try orders(card, now)
    else { return false }
    let pace = pace(run, now)
    guard pace.left > Coalescer.ending else { return false }
    let earlier = try reader.workerQuestions(run.run)
    let number = min(0, earlier.map(\.number).min() ?? 0) - 1
    let more = (limit * 200).rounded(.up) / 100
    var question = try RunQuestion(
      Self.request(run, limit: limit, more: more, byOwner: allowance.isOwners), now: now,
      redact: { $0 })
    question.budgetUSD = more
    let row = WorkerQuestion(
      run: run.run, number: number, d: RunOrders.questionName(run, number, question.body),
      segment: run.segment, asked: question.text, isBlocking: true,
      digest: question.action?.digest, askedAt: now, expiresAt: question.expiresAt)
    let state = run.state
    driver.forget(run)
    run.activeSeconds += view.activeSeconds
    run.state = .waiting
    run.reason = RunOrders.cut("waits for an answer: \(question.body)", to: 300)
    pacing[run.run] = nil
    var posts = [try orders.question(run, question, d: row.d)]
    if pace.left - 1 > Coalescer.ending { posts.append(try orders.mirror(run, question)) }
    if pace.left - posts.count > Coalescer.ending {
      posts.append(try orders.record(run, view: view, question: 0))
    }
    try save(&run, from: state, "budget\(number)", posts, questions: [row], now)
    wake(at: question.expiresAt)
    return true
  }

  private static func request(
    _ run: WorkerRun, limit: Double, more: Double, byOwner: Bool
  ) throws -> JSON {
    let spent = Dollars.text(max(run.costUSD ?? limit, limit))
    let words =
      "It has spent \(spent) of \(Dollars.text(limit)) and is not done. "
      + "Raise the budget to \(Dollars.text(more))?"
    guard byOwner else {
      return ["kind": "confirm", "body": .string(words), "on_timeout": "continue"]
    }
    return [
      "kind": "approval", "body": .string(words), "expires_s": 86_400,
      "action": [
        "tool": "budget", "input": .string("\(run.run) \(Dollars.text(more))"),
        "preview": .string("\(Dollars.text(more)) in all"), "risk": "medium",
      ],
    ]
  }

  /// What was decided about the budget of a parked run.
  ///
  /// - Returns: `nil` when it was not asked for; otherwise whether it goes on.
  func isRaised(_ run: inout WorkerRun) throws -> Bool? {
    let last = try reader.workerQuestions(run.run).last {
      $0.number < 0 && $0.segment == run.segment
    }
    guard let last, let asked = RunQuestion(last.asked), let more = asked.budgetUSD else {
      return nil
    }
    let answer = last.answer.flatMap { try? JSON(parsing: $0) } ?? .null
    let isAllowed =
      asked.kind == .approval
      ? answer["decision"]?.string?.hasPrefix("allow") ?? false
      : answer["value"]?.bool ?? false
    guard last.state == .answered, isAllowed else { return false }
    run.raisedUSD = more
    run.raisedBy = last.answeredBy
    return true
  }

  // MARK: Done again

  /// What the order to do a card again says: whether the work goes on where it stopped, and what it may cost.
  func heedRetry(_ run: inout WorkerRun, _ card: CardRow) throws {
    guard card.isRetried, let order = try reader.retry(of: card),
      let object = order.fabric.flatMap({ try? JSON(parsing: $0) }).flatMap({ Fabric($0) })
    else { return }
    if let budget = object["budget_usd"]?.number, (0...1_000_000).contains(budget) {
      run.raisedUSD = budget
      run.raisedBy = order.author
    }
    guard !sameBytes(object["mode"]?.string ?? "", "fresh") else { return }
    let earlier = try reader.workerRuns(on: card.id).filter {
      $0.run != run.run && $0.startedAt != nil && sameBytes($0.profile, run.profile)
        && sameBytes($0.adapter, run.adapter)
    }
    let named = object.retriedRun.flatMap { run in earlier.first { sameBytes($0.run, run) } }
    guard let before = named ?? earlier.first else { return }
    run.session = before.session
    run.place = before.place ?? before.run
  }
}
