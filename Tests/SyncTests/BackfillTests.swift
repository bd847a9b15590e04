import Nostr
import Testing

@testable import Sync

/// A store of (time, id) that answers pages as relays do, and a pass over it.
private struct Store {
  var events: [(at: Int64, id: EventID)] = []
  var clamp = Int.max
  var untilIsExclusive = false
  var ignoresUntil = false
  var climbs = false

  init(_ times: [Int64]) {
    events = times.enumerated().map { ($1, EventID(SHA256.hash("\($0)"))) }
      .sorted { $0.at > $1.at }
  }

  func page(_ request: Backfill.Page) -> [(at: Int64, id: EventID)] {
    let found = events.filter { event in
      if let since = request.since, event.at < since { return false }
      guard let until = request.until, !ignoresUntil else { return true }
      return untilIsExclusive ? event.at < until : event.at <= until
    }
    let limit = min(request.limit, clamp)
    return climbs ? Array(found.reversed().prefix(limit)) : Array(found.prefix(limit))
  }

  /// Makes the whole pass; answers what was seen, how it ended, and how many pages it took.
  func walk(_ backfill: inout Backfill, pages limit: Int = 500) -> (
    seen: Set<EventID>, end: Backfill.Step, pages: Int
  ) {
    var seen: Set<EventID> = []
    var request = backfill.request
    for number in 1...limit {
      for event in page(request) {
        seen.insert(event.id)
        backfill.received(event.id, createdAt: event.at)
      }
      let step = backfill.endOfPage()
      guard case .ask(let next) = step else { return (seen, step, number) }
      request = next
    }
    return (seen, .gaveUp("it does not end"), limit)
  }
}

@Suite struct BackfillTests {
  private let start: Int64 = 1_000_000

  private func spread(_ count: Int) -> [Int64] { (0..<count).map { 900_000 - Int64($0) * 7 } }

  @Test func `an honest relay is read to its beginning`() {
    let store = Store(spread(1_234))
    var backfill = Backfill(start: start, floor: 0)
    let walk = store.walk(&backfill)
    #expect(walk.end == .finished)
    #expect(walk.seen.count == 1_234)
    #expect(backfill.holes.isEmpty && !backfill.untilIsExclusive)
  }

  @Test func `11: a limit clamped to 7 costs pages, no events`() {
    var store = Store(spread(100))
    store.clamp = 7
    var backfill = Backfill(start: start, floor: 0)
    let walk = store.walk(&backfill)
    #expect(walk.end == .finished)
    #expect(walk.seen.count == 100)
  }

  @Test func `11: an exclusive until is found out and costs nothing`() {
    var store = Store(spread(100) + Array(repeating: 900_000 - 42, count: 5))
    store.clamp = 7
    store.untilIsExclusive = true
    var backfill = Backfill(start: start, floor: 0)
    let walk = store.walk(&backfill)
    #expect(walk.end == .finished)
    #expect(walk.seen.count == 105)
    #expect(backfill.untilIsExclusive)
    var again = Backfill(start: start, floor: 0, untilIsExclusive: true)
    #expect(store.walk(&again).seen.count == 105)
  }

  @Test func `11: a relay that ignores until is given up, not asked for ever`() {
    var store = Store(spread(100))
    store.ignoresUntil = true
    store.clamp = 30
    var backfill = Backfill(start: start, floor: 0)
    let walk = store.walk(&backfill)
    #expect(walk.end == .gaveUp("the relay ignores until"))
    #expect(walk.pages < 5)
  }

  @Test func `11: a relay that sends the oldest first is not taken for read`() {
    var store = Store(spread(100))
    store.climbs = true
    store.clamp = 30
    var backfill = Backfill(start: start, floor: 0)
    #expect(store.walk(&backfill).end == .gaveUp("the relay sends the oldest first"))
  }

  @Test func `9: a second that holds more than a page is read with a wide one`() {
    let store = Store(spread(50) + Array(repeating: 899_000, count: 2_000) + [5, 6])
    var backfill = Backfill(start: start, floor: 0)
    let walk = store.walk(&backfill)
    #expect(walk.end == .finished)
    #expect(walk.seen.count == 2_052)
    #expect(backfill.holes.isEmpty)
    #expect(backfill.pageSize < Backfill.widePage, "the pages after it are of the usual size")
  }

  @Test func `a relay that fills its pages is asked for larger ones, and no other`() {
    let store = Store(spread(5_000))
    var backfill = Backfill(start: start, floor: 0)
    #expect(store.walk(&backfill).seen.count == 5_000)
    #expect(backfill.pageSize == Backfill.fullPage)
    var clamped = store
    clamped.clamp = 400
    var again = Backfill(start: start, floor: 0)
    #expect(clamped.walk(&again).seen.count == 5_000)
    #expect(again.pageSize == 500)
  }

  @Test func `9: what hides behind a clamped page of one second is noted as a hole`() {
    var store = Store(spread(50) + Array(repeating: 899_000, count: 2_000) + [5, 6])
    store.clamp = 500
    var backfill = Backfill(start: start, floor: 0)
    let walk = store.walk(&backfill)
    #expect(walk.end == .finished)
    #expect(backfill.holes == [899_000])
    #expect(walk.seen.count < 2_052)
    #expect(
      store.events.filter { $0.at < 899_000 }.allSatisfy { walk.seen.contains($0.id) },
      "what lies before the hole is read")
  }

  @Test func `2: a page boundary within a second loses nothing`() {
    for clamp in 2...9 {
      var store = Store((0..<60).map { 800_000 - Int64($0 / 3) })
      store.clamp = max(clamp, 4)
      var backfill = Backfill(start: start, floor: 0)
      #expect(store.walk(&backfill).seen.count == 60, "clamp \(clamp)")
    }
  }

  @Test func `a relay that makes up events of one second without end is left at last`() {
    var backfill = Backfill(start: start, floor: 0)
    var number = 0
    var pages = 0
    while pages < 1_000 {
      pages += 1
      for _ in 0..<500 {
        number += 1
        backfill.received(EventID(SHA256.hash("\(number)")), createdAt: 700_000)
      }
      guard case .ask(let page) = backfill.endOfPage() else { break }
      if page.until ?? .max < 700_000 { break }
    }
    #expect(pages < 60)
    #expect(backfill.holes == [700_000])
  }

  @Test func `an interrupted pass goes on where it stood`() {
    var store = Store(spread(100))
    store.clamp = 10
    var first = Backfill(start: start, floor: 0)
    let some = store.walk(&first, pages: 4)
    var second = Backfill(start: start, floor: 0, resumeAt: first.cursor)
    let rest = store.walk(&second)
    #expect(rest.end == .finished)
    #expect(some.seen.union(rest.seen).count == 100)
  }

  @Test func `a page that broke off is asked again and counts once`() {
    let store = Store(spread(20))
    var backfill = Backfill(start: start, floor: 0)
    for event in store.page(backfill.request).prefix(3) {
      backfill.received(event.id, createdAt: event.at)
    }
    backfill.restartPage()
    #expect(backfill.cursor == nil)
    #expect(store.walk(&backfill).seen.count == 20)
  }

  @Test func `a forged copy of an event we hold does not move the cursor`() {
    // The engine passes its own time for what it holds; the copy's time never comes here.
    var backfill = Backfill(start: start, floor: 0)
    backfill.received(EventID(SHA256.hash("a")), createdAt: 900_000)
    _ = backfill.endOfPage()
    #expect(backfill.cursor == 900_000)
    #expect(backfill.request.until == 900_000)
  }

  @Test func `a pass with a floor ends there and asks for nothing older`() {
    let store = Store(spread(1_000))
    var backfill = Backfill(start: start, floor: 899_000)
    #expect(backfill.request.since == 899_000)
    let walk = store.walk(&backfill)
    #expect(walk.end == .finished)
    #expect(walk.seen.count == store.events.count { $0.at >= 899_000 })
  }

  @Test func `until never falls to zero`() {
    let store = Store([3, 2, 1, 0])
    var backfill = Backfill(start: start, floor: 0)
    #expect(store.walk(&backfill).end == .finished)
    #expect(backfill.cursor ?? 1 >= 0)
  }
}
