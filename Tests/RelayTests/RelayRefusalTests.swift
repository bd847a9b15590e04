import Nostr
import Testing

@testable import Relay

@Suite(.serialized) struct RelayRefusalTests {
  @Test func `a forged signature, a wrong id and a later clock are invalid`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    let good = try event()
    let other = try event("other")
    let forged = Event(
      id: good.id, pubkey: good.pubkey, createdAt: good.createdAt, kind: good.kind,
      tags: good.tags, content: good.content, sig: other.sig)
    let misnamed = Event(
      id: other.id, pubkey: good.pubkey, createdAt: good.createdAt, kind: good.kind,
      tags: good.tags, content: good.content, sig: good.sig)
    let future = try event(at: RelayRig.now + 901)
    let expired = try event(tags: [["expiration", "\(RelayRig.now)"]])
    for bad in [forged, misnamed, future, expired] {
      let verdict = try peer.publish(bad)
      #expect(!verdict.accepted && verdict.reason.prefix == .invalid)
    }
    #expect(try peer.publish(event(at: RelayRig.now + 900)).accepted)
    #expect(try peer.stored(Filter(ids: [good.id, other.id])) == [])
  }

  @Test func `an event over the limit is invalid, a message over it closes the connection`() throws
  {
    let rig = try RelayRig {
      $0.eventBytes = 2_000
      $0.frameBytes = 8_000
    }
    let peer = try rig.client()
    let verdict = try peer.publish(event(String(repeating: "x", count: 2_000)))
    #expect(!verdict.accepted)
    #expect(PublishReaction.to(accepted: false, verdict.reason) == .final(.tooLarge))
    peer.send(String(repeating: " ", count: 8_001))
    #expect(try peer.close().code == 1009)
  }

  @Test func `too many subscriptions, filters and characters are refused by name`() throws {
    let rig = try RelayRig { $0.subscriptions = 2 }
    let peer = try rig.client()
    for id in ["a", "b"] { #expect(try peer.stored(Filter(limit: 0), id: id) == []) }
    peer.send(.req("c", [Filter()]))
    #expect(try peer.closed("c").prefix == .rateLimited)
    #expect(try peer.stored(Filter(limit: 0), id: "b") == [])
    peer.send(.req("b", [Filter](repeating: Filter(), count: 11)))
    #expect(try peer.closed("b").prefix == .invalid)
    peer.send("[\"REQ\",\"\(String(repeating: "i", count: 65))\",{}]")
    guard case .notice(let text) = try peer.reply() else { throw Late(description: "?") }
    #expect(text.hasPrefix("invalid:"))
  }

  @Test func `a limit over the largest gives the largest`() throws {
    let rig = try RelayRig { $0.limit = 3 }
    let peer = try rig.client()
    for number in 0..<5 { #expect(try peer.publish(event("\(number)")).accepted) }
    #expect(try peer.stored(Filter(limit: 1_000)).count == 3)
  }

  @Test func `more than the rate is refused with rate-limited`() throws {
    let rig = try RelayRig { $0.eventsPerSecond = 1 }
    let peer = try rig.client()
    let notes = try (0..<40).map { try event("\($0)") }
    for note in notes { peer.send(.event(note)) }
    var refused: [Reason] = []
    for _ in notes {
      guard case .ok(_, let accepted, let reason) = try peer.reply() else { continue }
      if !accepted { refused.append(reason) }
    }
    #expect(refused.count >= 25)
    #expect(refused.allSatisfy { $0.prefix == .rateLimited })
  }

  @Test func `one connection too many is answered with 503`() throws {
    let rig = try RelayRig { $0.connections = 1 }
    let first = try rig.client()
    let second = try Peer(dialling: rig.relay.url)
    #expect(try second.close().httpStatus == 503)
    #expect(try first.publish(event()).accepted)
  }

  @Test(arguments: [
    "", "{}", "[]", "[\"EVENT\"]", "[\"EVENT\",{}]", "[\"WHAT\",1]", "[\"REQ\"]", "\u{0}",
    "[\"EVENT\",[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
  ])
  func `nonsense gets a notice and the connection lives`(text: String) throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    peer.send(text)
    guard case .notice(let words) = try peer.reply() else { throw Late(description: "?") }
    #expect(words.hasPrefix("invalid:"))
    #expect(try peer.publish(event()).accepted)
  }

  @Test func `broken UTF-8 is refused, not repaired`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    var bytes = try ClientMessage.event(event("abc")).bytes
    let place = try #require(bytes.lastIndex(of: UInt8(ascii: "b")))
    bytes[place] = 0xff
    peer.sockets.send(bytes, on: peer.link)
    let answer = try peer.message()
    #expect(answer.contains("invalid:"))
    #expect(try peer.stored(Filter()) == [])
  }

  @Test func `an unknown condition closes the subscription by its id`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    peer.send("[\"REQ\",\"q\",{\"search\":\"x\"}]")
    #expect(try peer.closed("q").prefix == .invalid)
  }
}

extension Peer {
  /// The reason of the next CLOSED of `id`, with AUTH passed over.
  func closed(_ id: String) throws -> Reason {
    while true {
      switch try reply() {
      case .closed(id, let reason): return reason
      case .auth: continue
      case let other: throw Late(description: "no CLOSED: \(other)")
      }
    }
  }
}
