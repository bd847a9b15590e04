import Dispatch
import Synchronization

/// A queue between threads: whoever has a reference may post, one or more workers drain.
///
/// Messages leave in the order in which they were posted. The queue is bounded in bytes: producers
/// that can wait use `offer`, or heed the answer of `post`; control messages are never refused.
/// Nothing polls: a consumer sleeps in `wait`, or is rung through the wake closure.
package final class Inbox<Message: Sendable>: Sendable {
  private struct State {
    var messages: [(message: Message?, bytes: Int)] = []
    var head = 0
    var bytes = 0
    var sleepers = 0
    var isOver = false
    var isClosed = false
    var wake: (@Sendable () -> Void)?
    var onRoom: (@Sendable () -> Void)?

    var isEmpty: Bool { head == messages.count }
  }

  private let state = Mutex(State())
  private let bell = DispatchSemaphore(value: 0)

  /// The number of bytes beyond which the queue counts as full.
  package let capacity: Int

  /// An empty queue. `wake` is called under the queue's lock when a message reaches an empty queue, so
  /// it must only ring (write an eventfd, `lws_cancel_service`) and never come back to this queue.
  package init(capacity: Int = .max, wake: (@Sendable () -> Void)? = nil) {
    self.capacity = capacity
    state.withLock { $0.wake = wake }
  }

  /// Replaces the closure that rings the consumer; it is rung at once when messages already wait.
  package func setWake(_ wake: (@Sendable () -> Void)?) {
    state.withLock {
      $0.wake = wake
      if !$0.isEmpty { wake?() }
    }
  }

  /// `onRoom` is called, under the queue's lock, when a full queue has fallen to half its capacity.
  package func setOnRoom(_ onRoom: (@Sendable () -> Void)?) {
    state.withLock { $0.onRoom = onRoom }
  }

  /// Takes `message` in any case. Answers whether there is still room: after `false` the producer
  /// should stop until it is told of room.
  @discardableResult
  package func post(_ message: Message, bytes: Int = 0) -> Bool {
    let (room, sleeper) = state.withLock { state in
      append(message, bytes, to: &state)
      return (state.bytes <= capacity, Self.wakeOne(&state))
    }
    if sleeper { bell.signal() }
    return room
  }

  /// Takes all of `messages`, in order, and rings once.
  package func post(contentsOf messages: some Sequence<Message>) {
    let sleeper = state.withLock { state in
      for message in messages { append(message, 0, to: &state) }
      return state.isEmpty ? false : Self.wakeOne(&state)
    }
    if sleeper { bell.signal() }
  }

  /// Takes `message` when there is room for it, and answers whether it did. An empty queue has room for
  /// a message of any size.
  package func offer(_ message: Message, bytes: Int) -> Bool {
    let (taken, sleeper) = state.withLock { state in
      let fits = state.bytes == 0 || state.bytes <= capacity - min(bytes, capacity)
      guard fits, !state.isClosed else {
        state.isOver = state.isOver || !fits
        return (false, false)
      }
      append(message, bytes, to: &state)
      return (true, Self.wakeOne(&state))
    }
    if sleeper { bell.signal() }
    return taken
  }

  /// Up to `limit` messages that wait, oldest first, without waiting for more.
  package func drain(limit: Int = .max) -> [Message] {
    let (taken, more) = state.withLock { state in
      let taken = take(limit, from: &state)
      return (taken, !state.isEmpty && Self.wakeOne(&state))
    }
    if more { bell.signal() }
    return taken
  }

  /// Sleeps until a message waits, the inbox is closed, or `deadline` has come (`nil`: no deadline), and
  /// answers up to `limit` messages: an empty array means that the time is up or the inbox was closed.
  package func wait(until deadline: ContinuousClock.Instant? = nil, limit: Int = .max) -> [Message]
  {
    while true {
      let (taken, more): ([Message]?, Bool) = state.withLock { state in
        if state.isEmpty && !state.isClosed {
          state.sleepers += 1
          return (nil, false)
        }
        let taken = take(limit, from: &state)
        return (taken, !state.isEmpty && Self.wakeOne(&state))
      }
      if more { bell.signal() }
      if let taken { return taken }
      guard sleep(until: deadline) else { return [] }
    }
  }

  /// Whether `close` was called; what was posted before can still be drained.
  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// The number of bytes that wait.
  package var bytes: Int { state.withLock { $0.bytes } }

  /// Later posts are dropped, sleepers return, and no closure is called any more.
  package func close() {
    let sleepers = state.withLock { state in
      state.isClosed = true
      state.wake = nil
      state.onRoom = nil
      defer { state.sleepers = 0 }
      return state.sleepers
    }
    for _ in 0..<sleepers { bell.signal() }
  }

  // A sleeper is counted before it sleeps; whoever takes it out of the count owes it one signal. So a
  // sleeper whose time is up and who is no longer counted has a signal on its way, and must eat it.
  private func sleep(until deadline: ContinuousClock.Instant?) -> Bool {
    guard let deadline else {
      bell.wait()
      return true
    }
    let left = max(.zero, ContinuousClock.now.duration(to: deadline))
    let parts = left.components
    let nanoseconds = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let wait = nanoseconds.overflow ? Int64.max / 4 : nanoseconds.partialValue
    let time = DispatchTime.now() + .nanoseconds(Int(wait + parts.attoseconds / 1_000_000_000))
    guard bell.wait(timeout: time) == .timedOut else { return true }
    let owed = state.withLock { state in
      guard state.sleepers > 0 else { return true }
      state.sleepers -= 1
      return false
    }
    if owed { bell.wait() }
    return owed
  }

  private func append(_ message: Message, _ bytes: Int, to state: inout State) {
    guard !state.isClosed else { return }
    let wasEmpty = state.isEmpty
    state.messages.append((message, bytes))
    state.bytes += bytes
    if state.bytes > capacity { state.isOver = true }
    if wasEmpty { state.wake?() }
  }

  private static func wakeOne(_ state: inout State) -> Bool {
    guard state.sleepers > 0 else { return false }
    state.sleepers -= 1
    return true
  }

  private func take(_ limit: Int, from state: inout State) -> [Message] {
    let end = state.messages.count - state.head <= limit ? state.messages.count : state.head + limit
    var taken: [Message] = []
    taken.reserveCapacity(end - state.head)
    for index in state.head..<end {
      if let message = state.messages[index].message.take() { taken.append(message) }
      state.bytes -= state.messages[index].bytes
    }
    state.head = end
    if state.isOver, state.bytes <= capacity / 2 {
      state.isOver = false
      state.onRoom?()
    }
    if state.isEmpty {
      state.messages.removeAll(keepingCapacity: state.messages.count <= 4096)
      state.head = 0
    } else if state.head > 1024, state.head * 2 > state.messages.count {
      state.messages.removeFirst(state.head)
      state.head = 0
    }
    return taken
  }
}
