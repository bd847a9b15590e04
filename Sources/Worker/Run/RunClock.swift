/// The clocks of a run: when it last gave a sign of life, how long it has worked, and which limit comes next.
///
/// Pure: milliseconds of a clock that only goes forward come with every call. While the program waits for an
/// answer its own clocks stand still; only the one of the whole run goes on.
struct RunClock {
  private let limits: RunLimits
  private let start: Int64
  private var sign: Int64
  private var hasSign = false
  private var waited: Int64 = 0
  private var waitingSince: Int64?
  private var finalAt: Int64?

  init(_ limits: RunLimits, start: Int64) {
    self.limits = limits
    self.start = start
    sign = start
  }

  var isWaiting: Bool { waitingSince != nil }

  /// It printed or asked something.
  mutating func sign(at now: Int64) {
    sign = now
    hasSign = true
  }

  /// It gave its result.
  mutating func final(at now: Int64) { if finalAt == nil { finalAt = now } }

  /// It waits for an answer, or does no longer.
  mutating func wait(_ waits: Bool, at now: Int64) {
    if waits, waitingSince == nil { waitingSince = now }
    if !waits, let since = waitingSince {
      waited += now - since
      waitingSince = nil
      sign(at: now)
    }
  }

  /// Milliseconds of work.
  func active(at now: Int64) -> Int64 {
    max(0, now - start - waited - (waitingSince.map { now - $0 } ?? 0))
  }

  /// The limit that comes first, and when.
  func next() -> (limit: RunStatus.Limit, at: Int64)? {
    var all: [(limit: RunStatus.Limit, at: Int64)] = []
    func add(_ limit: RunStatus.Limit, _ from: Int64, _ seconds: Double) {
      if seconds > 0 { all.append((limit, from + Int64(seconds * 1_000))) }
    }
    add(.total, start, limits.total)
    if let finalAt { add(.final, finalAt, limits.afterFinal) }
    if waitingSince == nil {
      add(.wall, start + waited, limits.wall)
      if hasSign {
        add(.idle, sign, limits.idle)
      } else {
        add(.firstOutput, start + waited, limits.firstOutput)
        add(.idle, sign, limits.idle)
      }
    }
    return all.min { $0.at < $1.at }
  }
}

/// The rungs of a stop: asked, told, killed.
struct StopLadder {
  private enum Rung { case none, int, term, kill }

  private let stop: RunSpec.PoliteStop
  private let ladder: KillLadder
  private var rung = Rung.none
  /// When the next rung comes.
  private(set) var next: Int64?

  /// Numbers of signals, as Linux has them.
  static let int: Int32 = 2
  static let term: Int32 = 15
  static let kill: Int32 = 9
  /// Milliseconds from one kill to the next, for what was born in between.
  static let again: Int64 = 100

  init(_ stop: RunSpec.PoliteStop, _ ladder: KillLadder) {
    self.stop = stop
    self.ladder = ladder
  }

  var isStopping: Bool { rung != .none }
  var kills: Bool { rung == .kill }

  /// The signal that is due, once for each rung.
  mutating func step(at now: Int64) -> Int32? {
    if let next, now < next { return nil }
    switch rung {
    case .none where stop == .int: return climb(.int, Self.int, ladder.afterInt, now)
    case .none, .int: return climb(.term, Self.term, ladder.afterTerm, now)
    case .term, .kill:
      rung = .kill
      next = now + Self.again
      return Self.kill
    }
  }

  private mutating func climb(
    _ rung: Rung, _ signal: Int32, _ seconds: Double, _ now: Int64
  ) -> Int32 {
    self.rung = rung
    next = now + Int64(seconds * 1_000)
    return signal
  }
}
