import Glibc
import Home
import Nostr
import Testing

@testable import Worker

@Suite struct DeskTests {
  @Test func `a request is on disk before it is acknowledged, and its answer reaches who waits`()
    throws
  {
    let rig = try RunRig("hang").start()
    let socket = try #require(
      try ControlSocket.connect(path: rig.directory.socketFile, name: "the supervisor"))
    let first = try rig.ask(["op": "progress", "body": "half way"])
    #expect(first["n"] == 1 && first["state"] == "pending")
    #expect(try rig.directory.requests(after: 0).map { $0["body"] } == ["half way"])
    try socket.send(["op": "ask", "body": "Which?", "wait_s": 30])
    try rig.wait { try rig.directory.requests(after: 1).count == 1 }
    let status = try rig.ask(["op": "status"])
    #expect(status["state"] == "waiting")
    #expect(try rig.directory.answer(2, ["choice": ["m"]]))
    #expect(try !rig.directory.answer(2, ["choice": ["late"]]))
    #expect(socket.waitReadable(until: SystemCall.monotonicMilliseconds() + 10_000))
    let answer = try #require(try socket.receiveAvailable().first)
    #expect(answer["n"] == 2 && answer["answer"] == ["choice": ["m"]])
    try RunProcess.stop(rig.directory, reason: "enough")
    #expect(try rig.finish().outcome == .stopped)
    #expect(throws: StudioError.self) { try rig.ask(["op": "status"]) }
  }

  @Test func `a wait without an answer ends, and the same request is asked once`() throws {
    let rig = try RunRig("hang")
    let desk = try RunDesk(rig.directory)
    func send(_ request: JSONObject, at now: Int64) throws -> ControlSocket {
      let socket = try #require(
        try ControlSocket.connect(path: rig.directory.socketFile, name: "the desk"))
      try socket.send(.object(request))
      _ = desk.serve(at: now)
      return socket
    }
    let request: JSONObject = ["op": "ask", "body": "Which?", "key": "k", "wait_s": 30]
    for start: Int64 in [1_000, 100_000] {
      let socket = try send(request, at: start)
      #expect(desk.isAwaited && desk.deadline == start + 30_000)
      _ = desk.serve(at: start + 29_999)
      #expect(try socket.receiveAvailable().isEmpty)
      _ = desk.serve(at: start + 30_000)
      let answer = try #require(try socket.receiveAvailable().first)
      #expect(answer["state"] == "pending" && answer["n"] == 1 && !desk.isAwaited)
    }
    #expect(
      try rig.directory.requests(after: 0).map { $0["op"] } == ["ask", "pending", "pending"])
    #expect(try rig.directory.answer(1, "yes"))
    let told = try send(request, at: 200_000).receiveAvailable().first
    #expect(told?["answer"] == "yes")
    #expect(try rig.directory.requests(after: 3).map { $0["of"] } == [1])
    let refused = try send(["op": "assign"], at: 200_000).receiveAvailable().first
    #expect(refused?["error"]?["code"] == "unknown_operation")
  }

  @Test func `from the first moment of a stop nothing is taken any more`() throws {
    let rig = try RunRig("ignore-signals") { $0.ladder = KillLadder(afterInt: 20, afterTerm: 20) }
    try rig.start()
    try rig.wait { rig.text(rig.directory.outputFile).contains("here") }
    try RunProcess.stop(rig.directory, reason: "cancelled")
    let refused = try rig.ask(["op": "post", "body": "still here"])
    #expect(refused["error"]?["code"] == "run_cancelled")
    #expect(try rig.directory.requests(after: 0).isEmpty)
  }

  @Test(arguments: ["ask-by-line", "ask-by-file"])
  func `a question by a line or a file gets its answer as a file`(behaviour: String) throws {
    let rig = try RunRig(behaviour) { $0.limits.idle = 0.3 }.start()
    try rig.wait { try rig.directory.requests(after: 0).count == 1 }
    try rig.directory.answer(1, ["value": "blue"])
    let status = try rig.finish()
    #expect(status.outcome == .exited && status.exit == 0)
    #expect(try rig.outcome(status).text == #"{"value":"blue"}"#)
  }

  @Test func `an agent that asks twice gets both answers, in whatever order they come`() throws {
    let rig = try RunRig("ask-twice").start()
    try rig.wait { try rig.directory.requests(after: 0).count == 2 }
    try rig.directory.answer(2, "second")
    try rig.directory.answer(1, "first")
    let status = try rig.finish()
    #expect(try rig.outcome(status).text == #""first""second""#)
  }

  @Test func `the journal goes on after a crash in the middle of a line`() throws {
    let rig = try RunRig("succeed")
    let first = try RequestJournal(rig.directory)
    #expect(try first.append(["op": "post"], at: 1) == 1)
    let half = rig.text(rig.directory.requestsFile) + #"{"n":2,"op":"po"#
    try SystemCall.replace(rig.directory.requestsFile, with: Array(half.utf8), mode: 0o600)
    let second = try RequestJournal(rig.directory)
    #expect(try second.append(["op": "ask"], at: 2) == 2)
    #expect(try rig.directory.requests(after: 0).map { $0["op"] } == ["post", "ask"])
  }
}

@Suite struct ClockTests {
  @Test func `waiting for an answer stands still on every clock but the last`() {
    var clock = RunClock(RunLimits(firstOutput: 1, idle: 2, wall: 5, total: 100), start: 0)
    #expect(clock.next()?.limit == .firstOutput && clock.next()?.at == 1_000)
    clock.sign(at: 500)
    #expect(clock.next()?.limit == .idle && clock.next()?.at == 2_500)
    clock.wait(true, at: 1_000)
    #expect(clock.next()?.limit == .total)
    #expect(clock.active(at: 50_000) == 1_000)
    clock.wait(false, at: 50_000)
    #expect(clock.next()?.limit == .idle && clock.next()?.at == 52_000)
    clock.sign(at: 53_500)
    #expect(clock.next()?.limit == .wall && clock.next()?.at == 54_000)
  }

  @Test func `a stop climbs its ladder once and then kills again and again`() {
    var ladder = StopLadder(.int, KillLadder(afterInt: 5, afterTerm: 10))
    #expect(ladder.step(at: 0) == SIGINT && ladder.step(at: 4_999) == nil)
    #expect(ladder.step(at: 5_000) == SIGTERM && ladder.step(at: 14_999) == nil)
    #expect(ladder.step(at: 15_000) == SIGKILL && ladder.step(at: 15_100) == SIGKILL)
    var short = StopLadder(.term, KillLadder(afterInt: 5, afterTerm: 10))
    #expect(short.step(at: 0) == SIGTERM)
  }
}
