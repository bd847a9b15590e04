import Nostr
import Testing

@testable import Relay

@Suite(.serialized) struct EmbeddedRelayTests {
  @Test(arguments: StoreKind.allCases)
  func `stored events come newest first, then EOSE, then what is new`(kind: StoreKind) throws {
    let rig = try RelayRig(kind)
    let peer = try rig.client()
    let notes = try [30, 10, 20].map { try event(at: $0) }
    for note in notes { #expect(try peer.publish(note).accepted) }
    #expect(try peer.stored(Filter(kinds: [1])) == [notes[0].id, notes[2].id, notes[1].id])
    let other = try rig.client()
    let late = try event(at: 5)
    #expect(try other.publish(late).accepted)
    guard case .event("s", let told) = try peer.reply() else { throw Late(description: "?") }
    #expect(told == late)
  }

  @Test(arguments: StoreKind.allCases)
  func `several filters give each event once, in one order, each up to its limit`(kind: StoreKind)
    throws
  {
    let rig = try RelayRig(kind)
    let peer = try rig.client()
    let notes = try (0..<6).map { try event(kind: $0 % 2 == 0 ? 1 : 7, at: Int64($0)) }
    for note in notes { #expect(try peer.publish(note).accepted) }
    let found = try peer.stored(Filter(kinds: [1], limit: 2), Filter(since: 3))
    #expect(found == [5, 4, 3, 2].map { notes[$0].id })
  }

  @Test(arguments: StoreKind.allCases)
  func `limit 0 gives EOSE and then what is new`(kind: StoreKind) throws {
    let rig = try RelayRig(kind)
    let peer = try rig.client()
    #expect(try peer.publish(event("old")).accepted)
    #expect(try peer.stored(Filter(limit: 0)) == [])
    let new = try event("new")
    peer.send(.event(new))
    var messages: [String] = []
    for _ in 0..<2 { messages.append(try peer.message()) }
    #expect(messages.contains { $0.hasPrefix("[\"EVENT\",\"s\"") })
  }

  @Test(arguments: StoreKind.allCases)
  func `until is inclusive, so that pages lose no second`(kind: StoreKind) throws {
    let rig = try RelayRig(kind)
    let peer = try rig.client()
    let notes = try (0..<5).map { try event(at: 7, "\($0)") }.sorted { $0.id < $1.id }
    for note in notes { #expect(try peer.publish(note).accepted) }
    #expect(try peer.stored(Filter(until: 7, limit: 3)) == notes[..<3].map(\.id))
    #expect(try peer.stored(Filter(until: 6)) == [])
  }

  @Test func `a page longer than the send queue comes whole and in order`() throws {
    let rig = try RelayRig { $0.pendingOutput = 3 * 1_048_576 }
    let peer = try rig.client()
    let text = String(repeating: "x", count: 60_000)
    let notes = try (0..<150).map { try event(at: Int64(1_000 - $0), text) }
    for note in notes { #expect(try peer.publish(note).accepted) }
    #expect(try peer.stored(Filter(limit: 150)) == notes.map(\.id))
  }

  @Test func `after CLOSE nothing more comes`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    #expect(try peer.stored(Filter(limit: 0)) == [])
    peer.send(.close("s"))
    #expect(try peer.publish(event()).accepted)
    #expect(try peer.stored(Filter(limit: 0), id: "t") == [])
  }

  @Test func `a duplicate is accepted with the right word and told once`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    let watcher = try rig.client()
    #expect(try watcher.stored(Filter(limit: 0)) == [])
    let note = try event()
    #expect(try peer.publish(note) == (true, .none))
    let second = try peer.publish(note)
    #expect(second.accepted && second.reason.prefix == .duplicate)
    let next = try event("next")
    #expect(try peer.publish(next).accepted)
    for expected in [note, next] {
      guard case .event(_, let told) = try watcher.reply() else { throw Late(description: "?") }
      #expect(told.id == expected.id)
    }
  }

  @Test func `an older version is refused with replaced`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    let new = try event(kind: 30_530, at: 11, tags: [["d", "x"]])
    #expect(try peer.publish(new).accepted)
    let verdict = try peer.publish(event(kind: 30_530, at: 10, tags: [["d", "x"]]))
    #expect(!verdict.accepted && verdict.reason.prefix == .replaced)
    #expect(try peer.stored(Filter(kinds: [30_530])) == [new.id])
  }

  @Test func `ephemeral events are told and never kept`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    let watcher = try rig.client()
    #expect(try watcher.stored(Filter(kinds: [21_059])) == [])
    let passing = try event(kind: 21_059)
    #expect(try peer.publish(passing).accepted)
    guard case .event(_, let told) = try watcher.reply() else { throw Late(description: "?") }
    #expect(told == passing)
    #expect(try peer.stored(Filter(kinds: [21_059])) == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `COUNT counts what any filter matches once`(kind: StoreKind) throws {
    let rig = try RelayRig(kind)
    let peer = try rig.client()
    for number in 0..<5 { #expect(try peer.publish(event(at: Int64(number))).accepted) }
    peer.send(.count("c", [Filter(kinds: [1], since: 2), Filter(until: 3)]))
    guard case .count("c", let number) = try peer.reply() else { throw Late(description: "?") }
    #expect(number == 5)
  }

  @Test func `the NIP-11 document names the limits, and a browser gets a line of text`() throws {
    let rig = try RelayRig { $0.limit = 77 }
    let answer = try rig.http(
      "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/nostr+json\r\n"
        + "Connection: close\r\n\r\n")
    let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
    #expect(answer.hasPrefix("HTTP/1.1 200"))
    #expect(parts[0].lowercased().contains("access-control-allow-origin: *"))
    let document = try JSON(parsing: String(parts[1]))
    #expect(document["limitation"]?["max_limit"]?.integer == 77)
    #expect(document["supported_nips"]?.array?.contains(42) == true)
    let page = try rig.http("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    #expect(page.hasSuffix("This is a Nostr relay.\n"))
  }

  @Test func `a port that is taken is refused in words`() throws {
    let rig = try RelayRig()
    let port = rig.relay.port
    #expect(throws: RelayError.cannotListen(host: "127.0.0.1", port: port)) {
      _ = try EmbeddedRelay(configuration: .init(port: port), store: MemoryStore())
    }
  }
}
