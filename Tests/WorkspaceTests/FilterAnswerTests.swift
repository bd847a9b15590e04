import Nostr
import Replica
import Studio
import TestKit
import Testing

@testable import Workspace

/// What a query means, card by card: slow and plain, to hold the SQL against.
private struct Judge {
  let me: World.Person
  let now: Int64
  /// Who has something in hand.
  let agents: [TeamMember]

  func fits(_ node: FilterNode, _ card: World.Model) throws -> Bool {
    switch node {
    case .both(let parts): try parts.allSatisfy { try fits($0, card) }
    case .either(let parts): try parts.contains { try fits($0, card) }
    case .not(let part): try !fits(part, card)
    case .term(let term): try term.values.contains { try fits(term, $0, card) }
    }
  }

  private func fits(
    _ term: FilterTerm, _ value: FilterValue, _ card: World.Model
  ) throws -> Bool {
    let row = try #require(card.row)
    switch term.field {
    case .word: return [card.title, card.body].contains { holds($0, value) }
    case .text: return ([card.title, card.body] + card.thread).contains { holds($0, value) }
    case .state:
      return switch value.text {
      case "waiting": card.openQuestions > 0
      case "silent": agents.contains { $0.id.card == row.id && $0.isSilent }
      case "unread": row.unread > 0
      case "assigned": card.assignee != nil
      default: card.status == value.text
      }
    case .has:
      return switch value.text {
      case "comment": row.comments > 0
      case "question": card.questions > 0
      case "label": !card.labels.isEmpty
      case "assignee": card.assignee != nil
      default: card.hasDraft
      }
    case .track: return card.track == value.text
    case .agent:
      return value.text == "none" ? card.assignee == nil : card.assignee == person(value.text)
    case .by: return card.author == person(value.text)
    case .label: return card.labels.contains(value.text)
    case .column: return card.status == value.text
    case .kind: return card.kind == value.text
    case .id: return card.event.id.hex.hasPrefix(value.text)
    case .unread: return compare(row.unread, term.comparison ?? .equal, Int(value.text) ?? -1)
    case .age:
      return compare(now - row.createdAt, term.comparison ?? .equal, seconds(value.text))
    case .quiet:
      return agents.contains { agent in
        agent.id.card == row.id
          && agent.row.evidence.lifeAt.map {
            compare(now - $0, term.comparison ?? .equal, seconds(value.text))
          } ?? false
      }
    case .updated:
      guard value.text.count == 10 else {
        return compare(now - row.updatedAt, term.comparison ?? .equal, seconds(value.text))
      }
      // Whole days since 1970, in UTC.
      return compare(
        row.updatedAt / 86_400, term.comparison ?? .equal, FilterAnswerTests.days[value.text] ?? -1)
    }
  }

  private func person(_ text: String) -> World.Person? {
    text == "me" ? me : World.Person(rawValue: text)
  }

  private func compare<T: Comparable>(_ a: T, _ comparison: Comparison, _ b: T) -> Bool {
    switch comparison {
    case .less: a < b
    case .greater: a > b
    case .atMost: a <= b
    case .atLeast: a >= b
    case .equal: a == b
    }
  }

  private func seconds(_ text: String) -> Int64 {
    let unit: Int64 = text.hasSuffix("d") ? 86_400 : text.hasSuffix("h") ? 3_600 : 60
    return (Int64(text.dropLast()) ?? 0) * unit
  }

  /// The words of the value side by side; the last one may go on when it has no quotes and three
  /// letters.
  private func holds(_ text: String, _ value: FilterValue) -> Bool {
    let words = text.split(separator: " ").map(String.init)
    let sought = value.text.split(separator: " ").map(String.init)
    let isOpen = !value.isQuoted && value.text.count >= 3
    guard words.count >= sought.count, let last = sought.last else { return false }
    return (0...words.count - sought.count).contains { start in
      let there = words[start..<start + sought.count]
      return there.dropLast().elementsEqual(sought.dropLast())
        && (isOpen ? there.last?.hasPrefix(last) == true : there.last == last)
    }
  }
}

@Suite struct FilterAnswerTests {
  static let days: [String: Int64] = ["2026-01-01": 20_454, "2025-12-28": 20_450]

  @Test func `any filter lists what a plain reading of every card would, in its order`() throws {
    let world = try World(seed: 7, cards: 300)
    var words = RandomFilter.Words(
      words: World.words, quoted: ["retry", "upload", "retry upload", "flaky link"],
      tracks: World.tracks, people: ["me", "bob", "atlas", "alice"], labels: World.labels,
      kinds: ["task", "note"], ids: [], days: Array(Self.days.keys).sorted(),
      durations: ["6h", "1d", "2d", "5d"])
    words.ids = world.models.prefix(5).map { String($0.event.id.hex.prefix(12)) }
    let reader = try Reader(path: "\(world.folder)/replica.sqlite")
    let me = try World.Person.alice.key
    let context = FilterContext(rooms: [world.room], me: me, now: World.now, isUTC: true)
    var team = Team()
    team.update(
      try reader.presence(world.room, now: World.now), link: .up, me: me, now: World.now)
    let agents = team.members.filter {
      $0.row.evidence.isAgent && $0.row.evidence.workSince != nil
    }
    let judge = Judge(me: .alice, now: World.now, agents: agents)
    var random = SeededRandom(11)
    var sizes: Set<Int> = []
    for round in 0..<500 {
      let query = RandomFilter.query(&random, words)
      let order = query.order ?? .newest
      let filter = CardFilter(
        matching: try query.condition(in: context, reader), order: order)
      var listed: [CardRow] = []
      let limit = round % 2 == 0 ? 1_000 : 37
      while true {
        let page = try reader.cards(
          world.room, filter, after: listed.last?.cursor(in: order), limit: limit, me: me)
        listed += page
        guard page.count == limit else { break }
      }
      let expected = try world.models.filter { try judge.fits(query.root, $0) }
        .compactMap(\.row).sorted { a, b in
          let isBefore =
            switch order.key {
            case .updated: (a.updatedAt, a.id) < (b.updatedAt, b.id)
            case .created: (a.createdAt, a.id) < (b.createdAt, b.id)
            case .title: (a.title, a.id) < (b.title, b.id)
            }
          return order.isDescending ? !isBefore && a.id != b.id : isBefore
        }
      #expect(listed.map(\.id) == expected.map(\.id), "\(query)")
      sizes.insert(listed.count)
    }
    #expect(sizes.count > 50, "the filters must tell cards apart")
  }

  @Test func `names that nobody has are told with what was perhaps meant`() throws {
    let world = try World(seed: 1, cards: 3)
    let reader = world.replica.reader
    let context = FilterContext(
      rooms: [world.room], me: try World.Person.alice.key, now: World.now, isUTC: true)
    func fault(_ text: String) throws -> String? {
      let query = try FilterQuery(parsing: text)
      do {
        _ = try query.condition(in: context, reader)
        return nil
      } catch let error as FilterError {
        return error.description
      }
    }
    #expect(try fault("agent:me,none by:bob") == nil)
    #expect(try fault("x agent:bbo") == "col 9: no member is called “bbo”, did you mean “bob”?")
    #expect(try fault("by:nobody1") == "col 4: no member is called “nobody1”")
    #expect(try fault("by:a") == "col 4: “a” could be \(names("alice")) or \(names("atlas"))")
    #expect(try fault("track:opps") == "col 7: no track is called “opps”, did you mean “ops”?")
    #expect(try fault("col:dnoe") == "col 5: no card has the status “dnoe”, did you mean “done”?")
    #expect(try fault("id:ffffffff") == "col 4: no card has the id “ffffffff”")
    #expect(try fault("by:\(String(repeating: "ab", count: 32))") == nil, "a whole key is a key")
  }

  private func names(_ person: String) throws -> String {
    let key = try #require(World.Person(rawValue: person)).key
    return "\(person)#\(key.short)"
  }

  @Test func `a search looks for the words and asks the rest of the card`() throws {
    let world = try World(seed: 3, cards: 120)
    let reader = world.replica.reader
    let context = FilterContext(
      rooms: [world.room], me: try World.Person.alice.key, now: World.now, isUTC: true)
    func hits(_ text: String) throws -> [SearchHit] {
      let (terms, condition) = try FilterQuery(parsing: text).search(in: context, reader)
      return try reader.search(
        terms, where: condition, rooms: context.rooms, limit: 10_000, me: context.me)
    }
    let all = try hits("upload")
    #expect(Set(all.map(\.type)) == ["card", "comment", "question", "answer"])
    let here = try hits("upload track:ops")
    let elsewhere = try hits("upload -track:ops")
    #expect(!here.isEmpty && !elsewhere.isEmpty)
    #expect(Set(here.map(\.id)).union(elsewhere.map(\.id)) == Set(all.map(\.id)))
    #expect(here.count + elsewhere.count == all.count)
    #expect(try hits("\"upload\"").count < all.count, "quotes hold whole words")
    #expect(try hits("upload flaky").count < all.count)
    let either = try hits("upload (by:bob | by:atlas)")
    #expect(try either.count == hits("upload by:bob").count + hits("upload by:atlas").count)
    for text in ["is:open", "", "upload | flaky", "-upload", "upload sort:title"] {
      #expect(throws: FilterError.self, "\(text)") { try hits(text) }
    }
  }
}
