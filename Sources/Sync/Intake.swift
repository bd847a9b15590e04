package import FourA
package import Nostr
package import Relay
package import Replica
import Synchronization
import Threads

/// The crypto pool: frames in, verified and decrypted arrivals out, in the order in which they came.
///
/// Each worker takes a run of consecutive frames, so that work on one relay's events is spread over all
/// cores; the engine puts the runs back in order by their numbers.
package final class Intake: Sendable {
  /// Something a connection reported, numbered in order of arrival.
  struct Received: Sendable {
    let number: UInt64
    let link: LinkID
    let event: LinkEvent
  }

  /// A run of consecutive reports, worked through.
  package struct Run: Sendable {
    package let first: UInt64
    package let count: Int
    package let items: [(link: LinkID, item: Item)]
  }

  /// What became of one report.
  package enum Item: Sendable {
    /// With the relay's clock in Unix seconds, where it told.
    case opened(serverDate: Int64?)
    case closed(LinkClose)
    case drained
    /// An event for the replica. `createdAt` is ours where we already held it.
    case event(subscription: String, id: EventID, createdAt: Int64, Arrival)
    /// A message that is not an event.
    case message(RelayMessage)
    /// A frame or an event that breaks the protocol; counted against the relay.
    case fault(String)
  }

  /// What the workers need to know; replaced whole when the engine learns a key.
  package struct Context: Sendable {
    package var secret: SecretKey
    package var epochs: EpochSecrets
    package var relays: [LinkID: Int]

    package init(
      secret: SecretKey, epochs: EpochSecrets = EpochSecrets(), relays: [LinkID: Int] = [:]
    ) {
      self.secret = secret
      self.epochs = epochs
      self.relays = relays
    }
  }

  private let queue: Inbox<Received>
  private let context: Shared<Context>
  private let counter = Counter()
  private let credits: Credits
  private let workers: [Worker]

  /// Finished runs that the engine has not taken yet: as many as come while it writes a batch. More would only
  /// be memory.
  private static let runsAhead = 96

  /// - Parameters:
  ///   - replicaPath: each worker opens a reader of its own there, to know what is already held.
  ///   - capacity: bytes of frames that may wait; beyond it sockets are paused by the caller.
  ///   - deliver: called on a worker's thread with each finished run.
  package init(
    threads: Int, replicaPath: String, context: Context, capacity: Int = 64 << 20,
    deliver: @escaping @Sendable (Run) -> Void
  ) {
    let queue = Inbox<Received>(capacity: capacity)
    let shared = Shared(context)
    self.queue = queue
    self.context = shared
    let credits = Credits(Self.runsAhead + threads)
    self.credits = credits
    workers = (0..<threads).map { index in
      Worker("intake.\(index)") {
        var worker = IntakeWorker(replicaPath: replicaPath)
        while true {
          // Before a run is taken off the queue: one that waited for it afterwards would hold up the runs behind
          // it, which have the credits.
          credits.take()
          let received = queue.wait(limit: IntakeWorker.batch)
          // What still waits at the end is not acknowledged anywhere; and nobody gives credits for it any more.
          guard let first = received.first, !queue.isClosed else { return }
          deliver(worker.run(received, first: first.number, context: shared.value))
        }
      }
    }
  }

  /// Takes a report from the socket thread. Answers whether there is still room.
  package func post(_ link: LinkID, _ event: LinkEvent) -> Bool {
    var bytes = 64
    if case .frame(let frame) = event { bytes += frame.count }
    return queue.post(Received(number: counter.next(), link: link, event: event), bytes: bytes)
  }

  /// `resume` is called when a full queue has fallen to half.
  package func onRoom(_ resume: @escaping @Sendable () -> Void) { queue.setOnRoom(resume) }

  /// The engine has worked through a run.
  package func finished() { credits.give() }

  package func update(_ context: Context) { self.context.set(context) }

  /// Ends the workers after what they have in hand.
  package func stop() {
    queue.close()
    credits.giveAll()
    for worker in workers { worker.join() }
  }
}

/// Numbers reports in the order in which the socket thread takes them.
private final class Counter: Sendable {
  private let value = Atomic<UInt64>(0)

  func next() -> UInt64 { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// One worker's own state: caches that no other thread sees.
struct IntakeWorker {
  static let batch = 24

  private let reader: Reader?
  private let keys = ConversationKeyCache(capacity: 4096)
  private var keyring = Keyring()
  /// How many runs in a row held no wrap that we know, as in the first reading of a store.
  private var newRuns = 0

  init(replicaPath: String) {
    // Without a reader every known wrap is opened again: slower, never wrong.
    reader = try? Reader(path: replicaPath)
  }

  mutating func run(_ received: [Intake.Received], first: UInt64, context: Intake.Context)
    -> Intake.Run
  {
    keyring.secrets = context.epochs
    let known = knownWraps(in: received, context)
    let items = zip(received, known).map { ($0.link, $1 ?? item(for: $0, context)) }
    return Intake.Run(first: first, count: received.count, items: items)
  }

  /// For each report that is a wrap we hold: just that. Asked for a whole run at once, because beginning to read
  /// the database costs more than a look into it.
  private mutating func knownWraps(in received: [Intake.Received], _ context: Intake.Context)
    -> [Intake.Item?]
  {
    // What is known and not asked about is opened once more; the engine notices.
    newRuns += 1
    guard newRuns < 4 || newRuns % 8 == 0 else { return received.map { _ in nil } }
    let named = received.map { report -> (subscription: String, id: EventID)? in
      guard case .frame(let frame) = report.event else { return nil }
      return FrameScan.eventID(in: frame)
    }
    guard let reader, named.contains(where: { $0 != nil }) else { return named.map { _ in nil } }
    let times = try? reader.snapshot { reader in
      try named.map { try $0.flatMap { try reader.wrapTime($0.id) } }
    }
    if times?.contains(where: { $0 != nil }) ?? false { newRuns = 0 }
    return named.indices.map { index in
      guard let (subscription, id) = named[index], let held = times?[index] else { return nil }
      return .event(
        subscription: subscription, id: id, createdAt: held,
        .known(wrap: id, relay: context.relays[received[index].link] ?? 0))
    }
  }

  private func item(for received: Intake.Received, _ context: Intake.Context) -> Intake.Item {
    switch received.event {
    case .opened(let serverDate): return .opened(serverDate: serverDate)
    case .closed(let close): return .closed(close)
    case .drained: return .drained
    case .frame(let frame): return read(frame, relay: context.relays[received.link] ?? 0, context)
    }
  }

  private func read(_ frame: [UInt8], relay: Int, _ context: Intake.Context) -> Intake.Item {
    do {
      let message = try RelayMessage(parsing: frame)
      guard case .event(let subscription, let event) = message else { return .message(message) }
      return try read(event, on: subscription, relay: relay, context)
    } catch {
      return .fault("\(error)")
    }
  }

  private func read(_ event: Event, on subscription: String, relay: Int, _ context: Intake.Context)
    throws -> Intake.Item
  {
    let arrival: Arrival
    switch event.kind {
    case EventKind.giftWrap:
      guard event.tags.count == 1, event.firstTag("p") == context.secret.publicKey.hex else {
        return .fault("a wrap that is not for us")
      }
      arrival = .wrap(
        id: event.id, createdAt: event.createdAt, relay: relay, open(event, context))
    case FourAWire.declaration, FourAWire.keyGrant, FourAWire.claim:
      try event.verify()
      arrival = .publicEvent(event, grant: openGrant(in: event, context), relay: relay)
    default: return .fault("an event of kind \(event.kind), which was not asked for")
    }
    return .event(subscription: subscription, id: event.id, createdAt: event.createdAt, arrival)
  }

  private func open(_ wrap: Event, _ context: Intake.Context) -> Arrival.Outcome {
    var held: EventID?
    do {
      let opened = try GiftWrap.open(wrap, with: context.secret, cache: keys) { inner in
        // From one relay alone hardly anything comes twice, and the engine notices what does.
        guard context.relays.count > 1, (try? reader?.knowsEvent(inner)) == true else {
          return false
        }
        held = inner
        return true
      }
      return .rumor(Rumor(opened.rumor, opened: try? keyring.open(rumor: opened.rumor)))
    } catch {
      // Another copy of what the log has: our own, come back, or one wrapped anew.
      if error.code == .alreadyKnown, let held { return .duplicate(of: held) }
      return .rejected(
        "\(error)", remember: error.code != .idMismatch && error.code != .badSignature)
    }
  }

  private func openGrant(in event: Event, _ context: Intake.Context) -> OpenedGrant? {
    guard event.kind == FourAWire.keyGrant, let grant = try? KeyGrant(reading: event),
      grant.recipient == context.secret.publicKey,
      let secret = try? grant.open(with: context.secret),
      let sealed = try? Sealed.seal(secret, for: context.secret)
    else { return nil }
    return OpenedGrant(grant, secret: secret, sealed: sealed)
  }
}
