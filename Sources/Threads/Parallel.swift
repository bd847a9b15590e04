import Dispatch
import Synchronization

/// Work on values that is spread over all processors while the caller waits: for what has to be done before the
/// next step can be, such as one wrap for each of many members. Nothing outlives the call.
package enum Parallel {
  /// What `body` makes of each item, in the items' order. Of several errors the first item's is thrown.
  package static func map<Item: Sendable, Output: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) throws -> Output
  ) throws -> [Output] {
    guard items.count > 1 else { return try items.map(body) }
    let results = Results<Output>(count: items.count)
    DispatchQueue.concurrentPerform(iterations: items.count) { index in
      let result = Result { try body(items[index]) }
      results.all.withLock { $0[index] = result }
    }
    return try results.all.withLock { $0 }.compactMap { try $0?.get() }
  }

  private final class Results<Output: Sendable>: Sendable {
    let all: Mutex<[Result<Output, any Error>?]>

    init(count: Int) { all = Mutex(Array(repeating: nil, count: count)) }
  }
}
