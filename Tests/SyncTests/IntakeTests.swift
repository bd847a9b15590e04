import Nostr
import Relay
import Sync
import Testing

@Suite struct IntakeTests {
  /// A hang here would be an engine that never ends, and holds its home's lock.
  @Test(.timeLimit(.minutes(1)))
  func `the intake ends with a long queue that nobody works through any more`() throws {
    let intake = Intake(
      threads: 2, replicaPath: "/nonexistent/replica.sqlite",
      context: Intake.Context(secret: SecretKey.random())
    ) { _ in }
    let frame = Array("[\"NOTICE\",\"x\"]".utf8)
    for _ in 0..<10_000 { _ = intake.post(LinkID(raw: 1), .frame(frame)) }
    intake.stop()
  }
}
