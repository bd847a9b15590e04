import Dispatch

/// How many pieces of work may be under way at once: a producer takes a credit before each piece and sleeps
/// when there is none, the consumer gives it back.
package final class Credits: Sendable {
  private let semaphore: DispatchSemaphore
  private let count: Int

  package init(_ count: Int) {
    self.count = count
    semaphore = DispatchSemaphore(value: 0)
    for _ in 0..<count { semaphore.signal() }
  }

  package func take() { semaphore.wait() }
  package func give() { semaphore.signal() }

  /// Lets everybody who sleeps go on, for the end.
  package func giveAll() { for _ in 0..<count { semaphore.signal() } }
}
