package import Nostr

/// One pass over what a relay has stored for us, newest to oldest, page by page; decided without I/O.
///
/// A relay's pages are hints: it may clamp the limit, treat `until` as exclusive, ignore it, or hold more
/// events in one second than a page carries. The pass ends only when a page comes back empty.
package struct Backfill: Sendable, Equatable {
  /// What to do after a page.
  package enum Step: Sendable, Equatable {
    /// Ask for the next page.
    case ask(Page)
    /// Everything between `floor` and `start` has been seen, but for the seconds in `holes`.
    case finished
    /// This relay cannot be paged.
    case gaveUp(String)
  }

  /// The window of one page.
  package struct Page: Sendable, Equatable {
    package var since: Int64?
    package var until: Int64?
    package var limit: Int
  }

  /// When the pass began, in Unix seconds; everything the relay held by then is in its range.
  package let start: Int64
  /// The oldest `created_at` of interest; 0 for everything.
  package let floor: Int64
  /// Where to go on after an interruption: the `until` of the page in work.
  package private(set) var cursor: Int64?
  /// Whether this relay was found to treat `until` as exclusive.
  package private(set) var untilIsExclusive: Bool
  /// Seconds that hold more events than a page and could not be read to their end.
  package private(set) var holes: [Int64] = []
  package private(set) var pageSize: Int

  /// The most events of one second that are told apart; a relay that names more is making them up.
  static let secondLimit = 20_000
  /// The largest page of a relay that fills those it is asked for.
  static let fullPage = 2_000
  /// The page that is asked for when one second fills a whole usual page.
  static let widePage = 5_000

  private var seenAtCursor: Set<EventID> = []
  private var usualPageSize: Int
  private var page = PageTally()
  private var largestPage = 0

  private struct PageTally: Sendable, Equatable {
    var count = 0
    var fresh = 0
    var oldest = Int64.max
    var newest = Int64.min
    var knownAtCursor = 0
    var idsAtOldest: Set<EventID> = []
    var first: Int64?
    var last: Int64?
    var everDescends = false

    /// A page that only climbs: its oldest event says nothing about what else is there.
    var climbs: Bool {
      guard let first, let last else { return false }
      return first < last && !everDescends
    }
  }

  package init(
    start: Int64, floor: Int64, resumeAt cursor: Int64? = nil, pageSize: Int = 500,
    untilIsExclusive: Bool = false
  ) {
    self.start = start
    self.floor = floor
    self.cursor = cursor
    self.pageSize = pageSize
    usualPageSize = pageSize
    self.untilIsExclusive = untilIsExclusive
  }

  /// The page in work.
  package var request: Page {
    Page(
      since: floor > 0 ? floor : nil, until: cursor.map { untilIsExclusive ? $0 + 1 : $0 },
      limit: pageSize)
  }

  /// An event of the page in work. `createdAt` is ours where we hold the event already, so that a relay cannot
  /// move the cursor with a forged copy.
  package mutating func received(_ id: EventID, createdAt: Int64) {
    page.count += 1
    if let last = page.last, createdAt < last { page.everDescends = true }
    page.first = page.first ?? createdAt
    page.last = createdAt
    page.newest = max(page.newest, createdAt)
    if createdAt == cursor, seenAtCursor.contains(id) {
      page.knownAtCursor += 1
    } else if createdAt <= cursor ?? .max {
      // What is newer was not asked for, and takes the pass no further.
      page.fresh += 1
    }
    if createdAt < page.oldest {
      page.oldest = createdAt
      page.idsAtOldest = []
    }
    if createdAt == page.oldest { page.idsAtOldest.insert(id) }
  }

  /// The page in work has ended and its events are committed.
  package mutating func endOfPage() -> Step {
    let tally = page
    page = PageTally()
    largestPage = max(largestPage, tally.count)
    guard tally.count > 0 else { return endOfEmptyPage() }
    if tally.climbs { return .gaveUp("the relay sends the oldest first") }
    guard let until = cursor else { return advance(to: tally) }
    if tally.oldest > until { return .gaveUp("the relay ignores until") }
    if tally.knownAtCursor == 0 && !seenAtCursor.isEmpty && !untilIsExclusive {
      untilIsExclusive = true
      return .ask(request)
    }
    if tally.fresh == 0 { return endOfKnownPage(tally, until: until) }
    return advance(to: tally)
  }

  /// The same page has to be asked again, from its start.
  package mutating func restartPage() { page = PageTally() }

  /// Nothing new: the second is exhausted, or holds more than this page.
  private mutating func endOfKnownPage(_ tally: PageTally, until: Int64) -> Step {
    let isFull =
      tally.oldest == until && tally.count > 1 && tally.count >= min(pageSize, largestPage)
    guard isFull else { return step(below: until) }
    if pageSize < Self.widePage {
      pageSize = Self.widePage
      return .ask(request)
    }
    // A wide page that is no larger than a usual one: the relay clamps, and the rest stays out of reach.
    if tally.count <= usualPageSize || tally.count >= pageSize { holes.append(until) }
    return step(below: until)
  }

  private mutating func endOfEmptyPage() -> Step {
    // An exclusive `until` hides the boundary second; a relay that was taken for inclusive shows it empty.
    if !seenAtCursor.isEmpty && !untilIsExclusive, let cursor {
      untilIsExclusive = true
      return cursor > 0 ? .ask(request) : .finished
    }
    return .finished
  }

  private mutating func advance(to tally: PageTally) -> Step {
    if tally.oldest == cursor {
      seenAtCursor.formUnion(tally.idsAtOldest)
    } else {
      seenAtCursor = tally.idsAtOldest
    }
    cursor = tally.oldest
    grow(after: tally)
    if seenAtCursor.count > Self.secondLimit {
      holes.append(tally.oldest)
      return step(below: tally.oldest)
    }
    return tally.oldest < floor || tally.oldest <= 0 ? .finished : .ask(request)
  }

  /// Between two pages both sides wait for each other: who fills a page is asked for more at a time.
  private mutating func grow(after tally: PageTally) {
    let isFull = tally.count >= pageSize && 2 * tally.fresh > pageSize
    guard isFull, pageSize == usualPageSize else { return }
    usualPageSize = max(usualPageSize, min(2 * usualPageSize, Self.fullPage))
    pageSize = usualPageSize
  }

  private mutating func step(below second: Int64) -> Step {
    guard second > max(floor, 1) else { return .finished }
    cursor = second - 1
    seenAtCursor = []
    pageSize = usualPageSize
    return .ask(request)
  }
}
