import Foundation
import Replica
import Testing

@testable import Sync

@Suite struct CheckpointTests {
  private static let limit = Connection.logLimit

  @Test func `the log is copied beside the writer first, and the rest by the writer`() {
    var plan = CheckpointPlan()
    #expect(plan.committed(Self.limit) == .nothing)
    #expect(plan.committed(Self.limit + 1) == .copyBeside)
    // One copying at a time.
    #expect(plan.committed(Self.limit * 2) == .nothing)
    #expect(plan.copied(Self.limit * 2) == .copyBeside)
    #expect(plan.copied(Self.limit * 2 + 1) == .copyHere)
  }

  @Test func `a log that a reader holds up is not copied after every commit`() {
    var plan = CheckpointPlan()
    _ = plan.committed(Self.limit + 1)
    #expect(plan.copied(Self.limit + 1) == .copyHere)
    #expect(plan.committed(Self.limit + 100) == .nothing)
    #expect(plan.committed(Self.limit * 3 / 2 + 2) == .copyBeside)
  }

  @Test func `a log that has begun anew has all its room again`() {
    var plan = CheckpointPlan()
    _ = plan.committed(Self.limit + 1)
    _ = plan.copied(Self.limit + 1)
    #expect(plan.committed(4_096) == .nothing)
    #expect(plan.committed(Self.limit) == .nothing)
    #expect(plan.committed(Self.limit + 1) == .copyBeside)
  }

  @Test func `what was copied is in the database, and the next commit begins the log anew`() throws
  {
    let path = NSTemporaryDirectory() + "checkpoint-\(UUID().uuidString).sqlite"
    defer {
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
    }
    let writer = try Connection(path: path, mode: .writer)
    writer.checkpointsAreOurs()
    try writer.execute("CREATE TABLE row (text TEXT)")
    for _ in 0..<50 {
      try writer.run("INSERT INTO row VALUES (?)", String(repeating: "x", count: 9_000))
    }
    let before = writer.logBytes
    #expect(before > 50 * 9_000)
    let done = DispatchSemaphore(value: 0)
    let checkpointer = Checkpointer(path: path) { done.signal() }
    checkpointer.begin()
    done.wait()
    checkpointer.stop()
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(size ?? 0 > 50 * 9_000)
    try writer.checkpoint()
    try writer.run("INSERT INTO row VALUES ('last')")
    #expect(writer.logBytes < before / 4)
    #expect(try writer.first("SELECT count(*) FROM row") { $0.int(0) } == 51)
  }
}
