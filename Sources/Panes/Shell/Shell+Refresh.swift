import Replica
import Terminal
import Workspace

/// What is to be read again, and when. Nothing is read that is not shown, and of what has come only what the
/// change feed names.
struct ReadingPlan {
  /// What may be older than what the replica holds. What is not shown stays so until it is.
  var stale: Parts = .all
  /// Nothing was drawn yet: what is not in the middle of the screen waits until it is.
  var isFirst = false
  /// The person did something: before the next frame.
  var isNeeded = true
  /// A frame that answers the person is under way: what has come is read after it.
  var isAnswering = false
  /// When what came is to be read; `nil` when nothing came.
  var newsAt: Duration?
  /// The place in the change feed up to which all that is not stale was read.
  var seen: Int64 = -1
  /// Reading has had its share of the time until then.
  var restUntil = Duration.zero
  /// The same of what is not in the middle of the screen.
  var rests: [Parts: Duration] = [:]
  /// How often in a row the reading of a part gave way to what was typed; no more than so often.
  var gaveWay: [Parts: Int] = [:]
  static let mostGivenWay = 5
  /// When to read once more what was stopped.
  var againAt: Duration?
  var attempts = 0
}

extension Shell {
  /// Everything may be old: what of it is shown is read again before the next frame.
  func setNeedsRefresh() {
    reading.stale = .all
    reading.isNeeded = true
  }

  /// Something else is looked at: what of it is old is read before the next frame.
  func setNeedsReading(_ parts: Parts = []) {
    reading.stale.formUnion(parts)
    reading.isNeeded = true
  }

  /// The engine says that something came: it is read before one of the next frames. While much comes, three
  /// quarters of the time are the person's.
  func noteNews() {
    reading.newsAt = min(reading.newsAt ?? reading.restUntil, reading.restUntil)
  }

  var newsIsDue: Bool {
    reading.isNeeded || reading.newsAt.map { $0 <= clock.monotonic() } ?? false
  }

  /// Reads all that is old and shown, when the person did something that asks for it.
  func readIfNeeded() {
    guard reading.isNeeded else { return }
    reading.isNeeded = false
    reading.newsAt = nil
    read(inTurn: false)
  }

  /// Reads what has come, part by part, until something is typed; true when there was anything to do.
  @discardableResult
  func readNewsIfDue() -> Bool {
    let began = clock.monotonic()
    guard !reading.isAnswering, let due = reading.newsAt, due <= began else { return false }
    reading.newsAt = nil
    let next = read(inTurn: true)
    let end = clock.monotonic()
    reading.restUntil = end + (end - began) * 3
    reading.newsAt = next
    return true
  }

  /// What of the shown parts has become old since the last time.
  private func takeNews() {
    let isSending = scene.readMeasures()
    guard reading.seen >= 0, let news = scene.news(since: reading.seen) else {
      reading.seen = scene.lastChange() ?? reading.seen
      reading.stale = .all
      return
    }
    reading.seen = news.through
    reading.stale.formUnion(Parts(news, card: scene.card, channel: scene.channel))
    if isSending { reading.stale.formUnion([.card, .posts, .inbox]) }
  }

  /// One reading over one state of the replica, and what follows from it.
  ///
  /// - Parameter inTurn: what is not in the middle of the screen is read when its turn has come, and the rest waits
  ///   once something is typed.
  /// - Returns: when to go on with what was left.
  @discardableResult
  private func read(inTurn: Bool) -> Duration? {
    scene.forgetFaults()
    var pass = Pass(inTurn: inTurn)
    do {
      try workspace.reader.snapshot { _ in
        takeNews()
        read(Parts.all.subtracting(.details.union(.views)), &pass)
        lead()
        read(.details, &pass)
        if sidebarIsShown { read(.views, &pass) }
      }
    } catch {
      scene.note(error)
    }
    settle(inTurn)
    // A busy machine makes everything slow: once more, a little later, but not for ever.
    reading.attempts = scene.wasStopped ? reading.attempts + 1 : 0
    scene.attempts = reading.attempts
    reading.againAt =
      (1...5).contains(reading.attempts) ? clock.monotonic() + .milliseconds(250) : nil
    if scene.wasStopped { reading.stale.formUnion(pass.read) }
    return pass.next
  }

  private struct Pass {
    let inTurn: Bool
    var read: Parts = []
    var next: Duration?
    var isOver = false

    init(inTurn: Bool) { self.inTurn = inTurn }
  }

  private func read(_ parts: Parts, _ pass: inout Pass) {
    for part in parts.each where reading.stale.contains(part) && isShown(part) && !pass.isOver {
      // Names belong to every row.
      if reading.isFirst, part != .people, !isCentral(part) { continue }
      let began = clock.monotonic()
      if pass.inTurn {
        if let rest = reading.rests[part], rest > began {
          pass.next = min(pass.next ?? rest, rest)
          continue
        }
        if !pass.read.isEmpty, inputIsWaiting() {
          (pass.isOver, pass.next) = (true, began)
          continue
        }
      }
      if pass.inTurn, !isCentral(part) || part == .board,
        reading.gaveWay[part, default: 0] < ReadingPlan.mostGivenWay
      {
        let gaveWay = workspace.reader.givingWay(when: inputIsWaiting) { read(part) }
        if gaveWay {
          reading.gaveWay[part, default: 0] += 1
          (pass.isOver, pass.next) = (true, began)
          continue
        }
      } else {
        read(part)
      }
      reading.gaveWay[part] = nil
      reading.stale.remove(part)
      pass.read.insert(part)
      let end = clock.monotonic()
      reading.rests[part] = isCentral(part) ? nil : end + (end - began) * 20
    }
  }

  private func read(_ part: Parts) {
    switch part {
    case .rooms: if scene.readRooms() { reading.stale = .all }
    case .drafts: drafts.refresh()
    case .board: board.refresh()
    case .card:
      card.isWatched = focus == .card && terminalHasFocus
      card.refresh()
    case .posts:
      posts.isWatched = focus == .posts && terminalHasFocus
      posts.refresh()
    case .agent: agentDetail.refresh()
    case .preview: preview.refresh()
    case .views: places.refresh()
    default:
      scene.refresh(part)
      if part == .channels { chat.refresh() }
      if part == .team || part == .inbox && agents.showsProblems { agents.refresh() }
      if !part.isDisjoint(with: [.people, .team, .inbox]) {
        inbox.isShown = place == .inbox
        inbox.refresh()
        reading.stale.insert(.preview)
      }
    }
  }

  /// What is chosen in the list is what stands beside it.
  private func lead() {
    let before = (scene.card, scene.member, scene.channel)
    list.lead()
    if before != (scene.card, scene.member, scene.channel) { reading.stale.formUnion(.details) }
  }

  /// Whether a part is read at all now. What only counts stands in the header and the sidebar, whatever is shown.
  private func isShown(_ part: Parts) -> Bool {
    switch part {
    case .board: place == .board
    case .card: place == .card || detail == .card || scene.card != card.card?.id
    case .posts: detail == .posts
    case .agent: detail == .agent
    case .preview: detail == .preview
    default: true
    }
  }

  /// Whether a part is what the person looks at, and not a count beside it.
  private func isCentral(_ part: Parts) -> Bool {
    switch part {
    case .inbox: place == .inbox
    case .team: place == .agents
    case .channels: place == .chat
    case .tracks, .questions, .people, .views: false
    default: true
    }
  }

  var sidebarIsShown: Bool { size.map { $0.columns >= 100 } ?? true || focus == .places }

  /// What follows from a reading.
  private func settle(_ inTurn: Bool) {
    markHere()
    noticeOtherAnswers()
    watchQuestion()
    noticeNews()
    tellOfQuestions()
    if !inTurn { noteDrafts() }
  }

  func noteDrafts() {
    card.hasDraft = card.card.map { draft("comment:\($0.address)") != nil } ?? false
    posts.hasDraft = postDraft.map { draft($0) != nil } ?? false
  }

  var isWriting: Bool { if case .compose? = overlays.last { true } else { false } }

  /// Says in the sidebar where the person is.
  func markHere() {
    places.here =
      switch place {
      case .board: .track(scene.track)
      case .chat: scene.channel.map { .channel($0) }
      case .card: nil
      default: .place(place)
      }
    if sidebarIsShown { places.arrange() }
  }

  /// What is chosen in the list is another thing, or the list itself is.
  func chooseAgain(onlyCard: Bool = false) {
    _ = try? workspace.reader.snapshot { _ in
      if !onlyCard { list.refresh() }
      list.lead()
      card.refresh()
      if detail == .agent { agentDetail.refresh() }
      if detail == .preview { preview.refresh() }
      if detail == .posts { posts.refresh() }
    }
    if detail == .posts { markHere() }
    noteDrafts()
  }
}
