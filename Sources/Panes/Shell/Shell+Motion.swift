import Terminal

/// The sign of who works turns, where the person wants that: `motion on`. Nothing is woken for it while no such sign
/// is in sight or the terminal is not looked at.
extension Shell {
  /// Milliseconds between two turns.
  private static let turnTime: Int64 = 250
  private static let turning: [Unicode.Scalar] = ["◐", "◓", "◑", "◒"]

  /// After everything else was drawn.
  func turnSigns(on surface: inout Surface) {
    turnAt = nil
    guard hasMotion, terminalHasFocus else { return }
    let (seconds, fraction) = clock.monotonic().components
    let turns = (seconds * 1_000 + fraction / 1_000_000_000_000_000) / Self.turnTime
    let sign = Self.turning[Int(turns % Int64(Self.turning.count))]
    guard surface.replace("●", in: .stateWorking, by: sign) > 0 else { return }
    turnAt = .milliseconds((turns + 1) * Self.turnTime)
  }
}
