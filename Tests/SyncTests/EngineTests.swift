import FourA
import Home
import Nostr
import Replica
import Studio
import Testing
import Threads
import Workspace

@testable import Sync

/// The engine's own promises: the outbox, the key, the orders (sync.md 3, 14, 20, 23 and 25).
@Suite(.serialized) struct EngineTests {
  /// A rig in a room, with one relay.
  private func member(_ change: @Sendable (inout LyingRelay.Lies) -> Void = { _ in }) throws -> (
    Room, LyingRelay, Rig
  ) {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    // The name goes out with the first key.
    try rig.wait("nothing waits") { try rig.status().object?["outbox"]?.integer == 0 }
    relay.lie(change)
    return (room, relay, rig)
  }

  /// What a reader finds in the wraps that a relay holds.
  private func read(_ relay: LyingRelay, as person: Person) throws -> [EventID] {
    let cache = ConversationKeyCache(capacity: 16)
    return try relay.events.filter {
      $0.kind == 1059 && $0.firstTag("p") == (try? person.key.hex)
    }.map { try GiftWrap.open($0, with: person.secret, cache: cache).rumor.id }
  }

  private func expectDelivered(_ ids: [EventID], on relay: LyingRelay, _ rig: Rig) throws {
    try rig.wait("all is sent", milliseconds: 40_000) {
      try ids.allSatisfy { try rig.reader.delivery(of: $0)?.isSent == true }
    }
    for person in [Person.bob, .carol, .dave, .alice] {
      let found = try read(relay, as: person)
      for id in ids { #expect(found.contains(id), "\(person) has it") }
    }
  }

  @Test func `every member gets one wrap of one inner event, dated into the past`() throws {
    let (room, relay, rig) = try member()
    let id = try rig.post("hello", in: room)
    try expectDelivered([id], on: relay, rig)
    let wraps = relay.events.filter { $0.kind == 1059 }
    let now = SystemCall.now()
    for wrap in wraps {
      try wrap.verify()
      #expect(wrap.tags.count == 1)
      #expect(wrap.createdAt <= now && wrap.createdAt > now - 2 * 86_400)
    }
    #expect(Set(wraps.map(\.pubkey)).count == wraps.count, "no key is used twice")
  }

  @Test func `two edits within one second are two seconds apart`() throws {
    let (room, _, rig) = try member()
    func post(_ title: String) throws -> Event {
      let card = Card(kind: "task", track: "todo", title: title, body: "x", createdBy: "x")
      let result = try rig.workspace.submit(
        .post(.init(room: room.audience, kind: 30530, d: "same", payload: Payload.card(card).json)))
      let id = try #require(result.object?["event_id"]?.string.flatMap { EventID(hex: $0) })
      return try Event(parsing: #require(try rig.reader.rawEvent(id)))
    }
    let times = try ["a", "b", "c"].map { try post($0).createdAt }
    #expect(times[0] < times[1] && times[1] < times[2])
    #expect(try rig.titles(in: room) == ["c"])
  }

  @Test func `14: an OK that does not come is asked for with the same bytes`() throws {
    let (room, relay, rig) = try member { $0.isSilent = true }
    _ = relay.heard.drain()
    let id = try rig.post("silent", in: room)
    var seen: [EventID: Int] = [:]
    let deadline = ContinuousClock.now + .seconds(20)
    while !seen.values.contains(where: { $0 >= 2 }) {
      let heard = relay.heard.wait(until: deadline)
      try #require(!heard.isEmpty)
      for case .event(let event) in heard { seen[event.id, default: 0] += 1 }
    }
    #expect(seen.count == 4, "no new wraps")
    relay.lie { $0.isSilent = false }
    try expectDelivered([id], on: relay, rig)
  }

  @Test(arguments: [
    "error: try later", "rate-limited: slow down", "ERROR: Write error: busy", "something odd",
  ])
  func `14: a passing refusal is tried again`(_ text: String) throws {
    let (room, relay, rig) = try member { $0.refusals = [text, text, ""] }
    let id = try rig.post("again", in: room)
    try expectDelivered([id], on: relay, rig)
  }

  @Test func `14: duplicate counts as taken, whatever the verdict`() throws {
    let (room, _, rig) = try member { $0.refusals = ["duplicate: exists"] }
    let id = try rig.post("dup", in: room)
    try rig.wait("it counts") { try rig.reader.delivery(of: id)?.isSent == true }
  }

  @Test func `14: a refusal without an id is taken for the one in flight`() throws {
    let (room, relay, rig) = try member {
      $0.refusals = ["error: no", "error: no", "error: no", "error: no", "error: no", ""]
      $0.omitsID = true
    }
    let id = try rig.post("nameless", in: room)
    try expectDelivered([id], on: relay, rig)
  }

  @Test func `14: answers for events that were never sent change nothing`() throws {
    let (room, relay, rig) = try member()
    let other = try room.card("x").id.hex
    relay.say("[\"OK\",\"\(other)\",true,\"\"]")
    relay.say("[\"OK\",\"\(other)\",false,\"blocked: you\"]")
    relay.say("[\"OK\",\"\",false,\"invalid: what\"]")
    let id = try rig.post("fine", in: room)
    try expectDelivered([id], on: relay, rig)
    relay.say("[\"OK\",\"\(try #require(relay.events.last).id.hex)\",false,\"blocked: after all\"]")
    let next = try rig.post("still fine", in: room)
    try expectDelivered([id, next], on: relay, rig)
  }

  @Test func `25: a relay that wants fresh wraps gets the same event in fresh ones, once`() throws {
    let (room, relay, rig) = try member { $0.oldestWrap = 900 }
    let id = try rig.post("fresh", in: room)
    try expectDelivered([id], on: relay, rig)
    let now = SystemCall.now()
    let taken = relay.events.filter { $0.kind == 1059 }.suffix(4)
    #expect(taken.allSatisfy { $0.createdAt > now - 900 })
    let all = try read(relay, as: .bob)
    #expect(all.count { $0 == id } == 1)
  }

  @Test func `25: a relay that never believes a time is left at that`() throws {
    let (room, _, rig) = try member { $0.refusals = ["invalid: timestamp out of range"] }
    let id = try rig.post("never", in: room)
    try rig.wait("it is given up") {
      let relays = try rig.reader.delivery(of: id)?.relays ?? []
      return relays.allSatisfy { $0.pending == 0 && $0.refused > 0 } && !relays.isEmpty
    }
    #expect(try rig.reader.delivery(of: id)?.isSent == false)
  }

  @Test func `25: one relay that blocks us does not keep the other from serving`() throws {
    let room = try Room()
    let (good, bad) = (try LyingRelay(), try LyingRelay { $0.refusals = ["blocked: no"] })
    let rig = try Rig(relays: [good.url, bad.url])
    try rig.join(room, on: good)
    // The invite named one relay for the room; this identity's own is the other.
    let id = try rig.post("both", in: room)
    try expectDelivered([id], on: good, rig)
  }

  @Test func `25: what is written offline waits, and leaves when the relay is there`() throws {
    let (room, relay, rig) = try member()
    let port = relay.port
    relay.stop()
    try rig.wait("the loss is seen") { try rig.relay(relay.url)["state"]?.string != "live" }
    let ids = try (0..<20).map { try rig.post("offline \($0)", in: room) }
    #expect(try rig.status().object?["outbox"]?.integer == 80)
    rig.stop()
    try rig.start()
    #expect(try rig.status().object?["outbox"]?.integer == 80, "a restart keeps it")
    let again = try LyingRelay(port: port)
    try expectDelivered(ids, on: again, rig)
    #expect(try read(again, as: .bob).count { ids.contains($0) } == ids.count, "each once")
  }

  @Test func `23: a locked engine keeps orders and does them when it is unlocked`() throws {
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url], passphrase: "open sesame")
    #expect(try rig.status().object?["unlocked"]?.bool == false)
    #expect(relay.opened == 0, "a locked engine dials nobody")
    let order = Order.found(slug: "den", title: "Den", description: nil, tracks: ["todo"])
    let desk = try Desk(path: rig.home.replicaFile)
    let number = try desk.submit(
      idem: "one", verb: order.verb, arguments: order.arguments.text, now: SystemCall.now())
    let line = try #require(try ControlSocket.connect(to: rig.home))
    try line.send(ControlRequest.orders.json)
    try line.send(ControlRequest.unlock(passphrase: "wrong").json)
    #expect(try unlockAnswer(line)?.code == "wrong_passphrase")
    #expect(try rig.reader.intent(number)?.state == .queued)
    // And over a restart.
    rig.stop()
    try rig.start()
    let second = try #require(try ControlSocket.connect(to: rig.home))
    try second.send(ControlRequest.unlock(passphrase: "open sesame").json)
    #expect(try unlockAnswer(second) == nil)
    try rig.wait("the order is done") { try rig.reader.intent(number)?.state == .accepted }
    #expect(try rig.reader.rooms().map(\.slug) == ["den"])
  }

  private func unlockAnswer(_ line: ControlSocket) throws -> StudioError? {
    let deadline = SystemCall.monotonicMilliseconds() + 60_000
    while line.waitReadable(until: deadline) {
      for json in try line.receiveAvailable() {
        if case .unlocked(let error)? = ControlNotice(json: json) { return error }
      }
    }
    throw Late("no answer to unlock")
  }

  @Test func `a second engine leaves the home to the first`() throws {
    let (_, _, rig) = try member()
    #expect(try !Engine.serve(home: rig.home))
    #expect(try rig.status().object?["unlocked"]?.bool == true)
  }

  @Test func `an order that fails leaves nothing behind and the next one works`() throws {
    let (room, _, rig) = try member()
    let big = Card(
      kind: "task", track: "todo", title: "t", body: String(repeating: "x", count: 20_000),
      createdBy: "x")
    #expect(throws: StudioError.self) {
      try rig.workspace.submit(
        .post(.init(room: room.audience, kind: 30530, d: "big", payload: Payload.card(big).json)))
    }
    #expect(throws: StudioError.self) { try rig.workspace.submit(.rotate(room.audience)) }
    #expect(throws: StudioError.self) {
      try rig.workspace.submit(.join(url: "s4a://nonsense", note: nil))
    }
    #expect(try rig.titles(in: room).isEmpty)
    _ = try rig.post("after", in: room)
    #expect(try rig.titles(in: room) == ["after"])
  }

  @Test func `an invite's secret stays in no table once it was used or read`() throws {
    let (_, relay, rig) = try member()
    let url = Invite(
      audience: try Room("other", seed: "o").audience, epoch: 1, secret: SecretKey.random(),
      inviter: try Person.bob.key, relays: [relay.url]
    ).url
    _ = try rig.workspace.submit(.join(url: url, note: nil))
    _ = try rig.workspace.submit(.found(slug: "den", title: "Den", description: nil, tracks: []))
    let den = try #require(try rig.reader.rooms(slug: "den").first)
    let result = try rig.workspace.submit(.invite(den.audience, ttl: 600))
    #expect(result.object?["url"]?.string?.contains("4ainv1") == true)
    for number in 1...10 {
      guard let intent = try rig.reader.intent(Int64(number)) else { continue }
      #expect(!intent.arguments.contains("4ainv1"))
      #expect(intent.result?.contains("4ainv1") != true)
    }
  }

  @Test func `an invite without an address is claimed when its declaration is found`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    let key = SecretKey.random()
    let invite = Invite(
      audience: room.audience, epoch: 1, secret: key, inviter: try Person.bob.key,
      relays: [relay.url])
    let bare = try #require(invite.url.split(separator: "&").first.map(String.init))
    _ = try rig.workspace.submit(.join(url: bare, note: "it is me"))
    #expect(try rig.reader.rooms().isEmpty)
    relay.publish(
      try room.declaration(
        [.bob], pending: [PendingInvite(key: key.publicKey, expiresAt: SystemCall.now() + 9_000)]))
    try rig.wait("the claim") {
      relay.events.contains {
        $0.kind == FourAWire.claim && $0.firstTag("a") == room.audience.address
      }
    }
    #expect(try rig.reader.room(room.audience)?.relation == .claimed)
  }

  @Test func `an idle engine has nothing due for a minute`() throws {
    let (_, _, rig) = try member()
    try rig.waitUntilCaughtUp()
    // Nothing that ticks: what is due next is the probe after ten minutes and the hourly look.
    let line = try #require(try ControlSocket.connect(to: rig.home))
    #expect(
      !line.waitReadable(until: SystemCall.monotonicMilliseconds() + 1_500), "it says nothing")
  }
}
