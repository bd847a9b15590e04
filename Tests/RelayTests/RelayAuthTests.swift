import Nostr
import Testing

@testable import Relay

@Suite(.serialized) struct RelayAuthTests {
  private func wrap(to key: SecretKey) throws -> Event {
    try event(
      by: SecretKey.random(), kind: EventKind.giftWrap, tags: [["p", key.publicKey.hex]], "sealed")
  }

  @Test func `with AUTH on, nobody reads or writes before it`() throws {
    let rig = try RelayRig(requireAuth: true)
    let peer = try rig.client()
    let challenge = try peer.challenge()
    let note = try event()
    #expect(try peer.publish(note).reason.prefix == .authRequired)
    peer.send(.req("s", [Filter()]))
    #expect(try peer.closed("s").prefix == .authRequired)
    peer.send(.count("c", [Filter()]))
    #expect(try peer.closed("c").prefix == .authRequired)
    #expect(try peer.authenticate(Actor.alice, challenge, to: rig.relay.url).accepted)
    #expect(try peer.publish(note).accepted)
    #expect(try peer.stored(Filter()) == [note.id])
  }

  @Test func `an answer to another challenge, relay or time is refused`() throws {
    let rig = try RelayRig(requireAuth: true)
    let peer = try rig.client()
    let challenge = try peer.challenge()
    let url = rig.relay.url
    #expect(try !peer.authenticate(Actor.alice, "other", to: url).accepted)
    #expect(try !peer.authenticate(Actor.alice, challenge, to: "wss://relay.example").accepted)
    #expect(
      try !peer.authenticate(Actor.alice, challenge, to: url, at: RelayRig.now - 601).accepted)
    let note = try event()
    #expect(try !peer.publish(note).accepted)
    let localhost = "ws://localhost:\(rig.relay.port)/"
    #expect(try peer.authenticate(Actor.alice, challenge, to: localhost).accepted)
  }

  @Test func `an AUTH event is not taken as an EVENT`() throws {
    let rig = try RelayRig()
    let peer = try rig.client()
    let verdict = try peer.publish(event(kind: EventKind.clientAuth))
    #expect(!verdict.accepted && verdict.reason.prefix == .invalid)
  }

  @Test(arguments: StoreKind.allCases)
  func `a wrap is served to its recipient alone, stored and live`(kind: StoreKind) throws {
    let rig = try RelayRig(kind, protectWraps: true)
    let sender = try rig.client()
    _ = try sender.challenge()
    let stored = try wrap(to: Actor.bob)
    let note = try event()
    #expect(try sender.publish(stored).accepted)
    #expect(try sender.publish(note).accepted)

    let bob = try rig.client()
    let challenge = try bob.challenge()
    bob.send(.req("w", [Filter(kinds: [1059])]))
    #expect(try bob.closed("w").prefix == .authRequired)
    #expect(try bob.authenticate(Actor.bob, challenge, to: rig.relay.url).accepted)
    let mine = Filter(kinds: [1059], tags: ["p": [Actor.bob.publicKey.hex]])
    #expect(try bob.stored(mine, id: "w") == [stored.id])

    let carol = try rig.client()
    let other = try carol.challenge()
    #expect(try carol.stored(Filter(), id: "open") == [note.id])
    #expect(try carol.authenticate(Actor.carol, other, to: rig.relay.url).accepted)
    carol.send(.req("w", [mine]))
    #expect(try carol.closed("w").prefix == .restricted)
    #expect(try carol.stored(Filter(kinds: [1059]), id: "w") == [])

    let live = try wrap(to: Actor.bob)
    let after = try event("after")
    #expect(try sender.publish(live).accepted)
    #expect(try sender.publish(after).accepted)
    guard case .event("w", let told) = try bob.reply() else { throw Late(description: "?") }
    #expect(told == live)
    guard case .event("open", let seen) = try carol.reply() else { throw Late(description: "?") }
    #expect(seen == after)
    carol.send(.count("c", [Filter(ids: [live.id])]))
    guard case .count("c", let number) = try carol.reply() else { throw Late(description: "?") }
    #expect(number == 0)
  }
}
