import Glibc
import Home
import Nostr
import Synchronization
import Threads

/// One line of the table of `studio bench`.
struct Figure {
  let id: String
  let name: String
  let value: Double
  let unit: String
  /// What the value stands beside, in the same unit.
  var floor: Double?
  /// Value against floor, in the sense in which the goal is stated.
  var ratio: Double?
  var goal: String?

  var json: JSON {
    [
      "id": .string(id), "name": .string(name), "value": .number(Self.rounded(value)),
      "unit": .string(unit), "floor": floor.map { .number(Self.rounded($0)) } ?? .null,
      "ratio": ratio.map { .number(Self.rounded($0)) } ?? .null,
      "goal": goal.map { .string($0) } ?? .null,
    ]
  }

  /// Three digits are as many as a noisy machine is worth.
  private static func rounded(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    let unit = pow(10, floor_(log10(abs(value))) - 2)
    return unit >= 1 ? (value / unit).rounded() * unit : (value * (1 / unit)).rounded() / (1 / unit)
  }

  private static func floor_(_ value: Double) -> Double { value.rounded(.down) }
}

/// Clocks, medians and threads for benchmarks.
enum Measure {
  /// Monotonic time in seconds.
  static func now() -> Double { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The seconds of a processor that `body` takes on this thread: what it costs, whatever else the machine does.
  static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
    let start = read(CLOCK_THREAD_CPUTIME_ID)
    try body()
    return read(CLOCK_THREAD_CPUTIME_ID) - start
  }

  /// The seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = now()
    try body()
    return now() - start
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted.count % 2 == 1
      ? sorted[sorted.count / 2]
      : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
  }

  /// Runs `body` on as many threads as there are processors, each with its number, and gives what they return,
  /// in their order.
  static func onAllProcessors<T: Sendable>(_ body: @escaping @Sendable (Int) throws -> T) throws
    -> [T]
  {
    let results = Results<T>()
    let workers = (0..<SystemCall.processors).map { index in
      Worker("bench.\(index)") {
        let result = Result { try body(index) }
        results.all.withLock { $0[index] = result }
      }
    }
    for worker in workers { worker.join() }
    let all = results.all.withLock { $0 }
    return try (0..<SystemCall.processors).compactMap { try all[$0]?.get() }
  }

  private final class Results<T: Sendable>: Sendable {
    let all = Mutex<[Int: Result<T, any Error>]>([:])
  }
}

/// What libsecp256k1 alone takes for each operation, in seconds.
struct CurveCosts {
  var agree = 0.0
  var verify = 0.0
  var sign = 0.0
  var keypair = 0.0

  /// Opening a wrap needs one key agreement and three verifications.
  var opening: Double { agree + 3 * verify }
  /// Publishing to some members: a key, an agreement and two signatures each, and one signature.
  func publishing(to members: Int) -> Double {
    Double(members) * (keypair + agree + 2 * sign) + sign
  }

  /// Measured now: the median of five rounds.
  static func measure(rounds: Int = 5, repeats: Int = 200) throws -> CurveCosts {
    var floor = CurveFloor()
    func cost(_ operation: (inout CurveFloor) -> Bool) throws -> Double {
      var all: [Double] = []
      for _ in 0..<rounds {
        var isRight = true
        let seconds = Measure.processorSeconds {
          for _ in 0..<repeats { isRight = operation(&floor) && isRight }
        }
        guard isRight else { throw BenchError.wrong("a curve operation failed") }
        all.append(seconds / Double(repeats))
      }
      return Measure.median(all)
    }
    return CurveCosts(
      agree: try cost { $0.agree() }, verify: try cost { $0.verify() },
      sign: try cost { $0.sign() }, keypair: try cost { $0.keypair() })
  }
}

/// A benchmark that found its own result wrong reports nothing.
enum BenchError {
  static func wrong(_ what: String) -> StudioError {
    StudioError("benchmark_failed", what, hint: "no figure is given for a wrong result")
  }
}
