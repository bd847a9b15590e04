import Glibc
import Home
import Nostr
import Testing

@testable import Worker

@Suite struct SupervisorTests {
  @Test func `an agent that succeeds leaves its result`() throws {
    let rig = try RunRig("succeed")
    let status = try rig.run()
    #expect(status.outcome == .exited && status.exit == 0 && status.limit == nil)
    #expect(try rig.outcome(status) == RunOutcome(.completed, text: "All done.\n"))
    #expect(rig.text(rig.directory.outputFile) == "working\n")
    #expect(rig.left == 0)
  }

  @Test func `an exit with 0 and no result is no success`() throws {
    let rig = try RunRig("no-result")
    let status = try rig.run()
    #expect(status.outcome == .exited && status.exit == 0)
    #expect(try rig.outcome(status).code == .noResult)
  }

  @Test func `an exit that is not 0 is told with its number`() throws {
    let rig = try RunRig("fail")
    let status = try rig.run()
    #expect(status.exit == 7)
    #expect(try rig.outcome(status).code == .nonzeroExit)
    #expect(rig.text(rig.directory.errorFile) == "it broke\n")
  }

  @Test func `standard input is the prompt and then ends`() throws {
    let rig = try RunRig("echo-input", prompt: "-rf is no option\n")
    #expect(try rig.run().exit == 0)
    #expect(rig.text(rig.directory.outputFile) == "-rf is no option\n")
    let hanging = try RunRig("read-input")
    #expect(try hanging.run().outcome == .exited)
  }

  @Test func `no output at all ends the run by the first limit`() throws {
    let rig = try RunRig("hang") { $0.limits.firstOutput = 0.1 }
    let status = try rig.run()
    #expect(status.outcome == .timedOut && status.limit == .firstOutput)
    #expect(status.signal == Int64(SIGINT))
    #expect(rig.left == 0)
  }

  @Test func `silence after output ends the run by the idle limit`() throws {
    let rig = try RunRig("print-and-hang") { $0.limits.idle = 0.2 }
    let status = try rig.run()
    #expect(status.outcome == .timedOut && status.limit == .idle)
    #expect(rig.left == 0)
  }

  @Test func `work is limited however much it prints`() throws {
    let rig = try RunRig("print-and-hang") { $0.limits.wall = 0.2 }
    let status = try rig.run()
    #expect(status.outcome == .timedOut && status.limit == .wall && status.active >= 200)
  }

  @Test func `an agent that ignores SIGTERM and SIGINT is killed`() throws {
    let rig = try RunRig("ignore-signals").start()
    try rig.wait { rig.text(rig.directory.outputFile).contains("here") }
    try RunProcess.stop(rig.directory, reason: "cancelled by the author")
    let status = try rig.finish()
    #expect(status.outcome == .stopped && status.reason == "cancelled by the author")
    #expect(status.signal == Int64(SIGKILL))
    #expect(rig.left == 0)
  }

  @Test func `an agent that heeds the first signal ends by itself`() throws {
    let rig = try RunRig("heed-int") { $0.ladder = KillLadder(afterInt: 30, afterTerm: 30) }.start()
    try rig.wait { rig.text(rig.directory.outputFile).contains("here") }
    try RunProcess.stop(rig.directory, reason: "cancelled")
    let status = try rig.finish()
    #expect(status.outcome == .stopped && status.exit == 0 && status.signal == nil)
    #expect(rig.text(rig.directory.outputFile) == "here\ninterrupted\n")
    #expect(rig.left == 0)
  }

  @Test func `an agent that starts a child in a new session leaves nothing behind`() throws {
    let rig = try RunRig("escape").start()
    try rig.wait { rig.text(rig.directory.outputFile).contains("escaped") }
    try RunProcess.stop(rig.directory, reason: "cancelled")
    let status = try rig.finish()
    #expect(status.outcome == .stopped && status.stragglers > 0)
    #expect(rig.left == 0)
  }

  @Test(arguments: ["leave-child", "leave-nameless"])
  func `what an agent leaves behind ends with it`(behaviour: String) throws {
    let rig = try RunRig(behaviour)
    let status = try rig.run()
    #expect(status.outcome == .exited && status.exit == 0 && status.stragglers == 1)
    #expect(rig.left == 0)
  }

  @Test func `a flood of output is counted and kept up to its limit`() throws {
    let rig = try RunRig("flood") { $0.limits.outputBytes = 1 << 20 }
    let status = try rig.run()
    #expect(status.outcome == .exited && status.outputBytes == 50_000_000)
    #expect(status.droppedBytes == 50_000_000 - 1 << 20)
    #expect(try SystemCall.read(rig.directory.outputFile, limit: 100 << 20)?.count == 1 << 20)
  }

  @Test func `half a character at the end spoils nothing`() throws {
    let rig = try RunRig("half-character")
    let status = try rig.run()
    #expect(try rig.outcome(status) == RunOutcome(.completed, text: "grün \u{FFFD}"))
  }

  @Test func `an agent that spends too much is stopped`() throws {
    let rig = try RunRig("spend") { $0.limits.costUSD = 5 }
    let status = try rig.run()
    #expect(status.outcome == .stopped && status.limit == .cost)
    #expect(rig.left == 0)
  }

  @Test func `a secret that comes in two pieces does not leave`() throws {
    let secret = "studio-test-value-4711"
    setenv("FAKE_SECRET", secret, 1)
    let rig = try RunRig("leak") { $0.passes = ["FAKE_SECRET"] }
    let status = try rig.start(passes: ["FAKE_SECRET"]).finish()
    let said = try rig.outcome(status).text
    #expect(said == "the key is \(secret), keep it")
    #expect(Redactor(secrets: [secret]).redact(said) == "the key is [redacted], keep it")
    for file in [rig.directory.specFile, rig.directory.liveFile, rig.directory.statusFile] {
      #expect(!rig.text(file).contains(secret))
    }
  }

  @Test func `an agent gets the variables that are named and no others`() throws {
    setenv("NOT_FOR_AGENTS", "1", 1)
    let rig = try RunRig("variables") { $0.environment["CI"] = "1" }
    _ = try rig.run()
    let names = rig.text(rig.directory.outputFile).split(separator: "\n").compactMap {
      $0.split(separator: "=").first.map(String.init)
    }
    #expect(
      Set(names) == [
        "CI", "LANG", "PATH", "PWD", "STUDIO", "STUDIO_RUN_DIR", "STUDIO_RUN_ID", "_",
      ] || Set(names) == ["CI", "LANG", "PATH", "PWD", "STUDIO", "STUDIO_RUN_DIR", "STUDIO_RUN_ID"])
  }

  @Test func `an agent that is killed is told from one that ends`() throws {
    let rig = try RunRig("die")
    let status = try rig.run()
    #expect(status.outcome == .exited && status.signal == Int64(SIGKILL) && status.exit == nil)
    #expect(try rig.outcome(status).code == .noResult)
  }

  @Test func `an agent that does not end after its result is ended`() throws {
    let rig = try RunRig("final-and-hang") { $0.parser = .claudeStream }
    let status = try rig.run()
    #expect(status.outcome == .stopped && status.limit == .final)
    #expect(try rig.outcome(status).isSuccess)
    #expect(rig.left == 0)
  }

  @Test func `a program that is not there is told at once`() throws {
    let rig = try RunRig("succeed") { $0.argv = ["no-such-program-4711"] }
    let status = try rig.run()
    #expect(status.outcome == .spawnFailed)
    #expect(status.reason?.contains("no program of this name") == true)
  }
}

@Suite struct SupervisorRecoveryTests {
  @Test func `a supervisor that is killed leaves a run that can be found and ended`() throws {
    let rig = try RunRig("escape").start()
    try rig.wait { rig.text(rig.directory.outputFile).contains("escaped") }
    guard case .running(let live) = RunProcess.presence(of: rig.directory, segment: 1) else {
      Issue.record("it runs")
      return
    }
    #expect(live.child != nil)
    try rig.killSupervisor()
    #expect(RunProcess.presence(of: rig.directory, segment: 1) == .lost)
    RunProcesses.end(run: rig.spec.run)
    #expect(rig.left == 0)
  }

  @Test func `a segment whose supervisor was killed is not begun again`() throws {
    let rig = try RunRig("print-and-hang").start()
    try rig.wait { rig.text(rig.directory.outputFile).contains("thinking") }
    try rig.killSupervisor()
    let status = try rig.run()
    #expect(status.outcome == .stopped && status.reason == "supervisor_lost")
    #expect(rig.text(rig.directory.outputFile) == "thinking\n")
    #expect(rig.left == 0)
  }

  @Test func `a second supervisor of a run does nothing`() throws {
    let rig = try RunRig("print-and-hang").start()
    let first = rig.directory.live()
    let second = try RunProcess.start(rig.directory, passes: [], executable: RunRig.studio)
    waitpid(second, nil, 0)
    #expect(rig.directory.live() == first)
    try RunProcess.stop(rig.directory, reason: "enough")
    #expect(try rig.finish().outcome == .stopped)
  }

  @Test func `a segment that has ended is not done again, the next one is`() throws {
    let rig = try RunRig("print-result")
    let first = try rig.run()
    #expect(try rig.run() == first)
    #expect(rig.text(rig.directory.outputFile) == "The answer is 42.\n")
    try rig.nextSegment()
    #expect(RunProcess.presence(of: rig.directory, segment: 2) == .notStarted)
    #expect(try rig.run().segment == 2)
    #expect(rig.text(rig.directory.outputFile) == "The answer is 42.\nThe answer is 42.\n")
  }

  @Test func `a number that another process got is not taken for the run`() {
    let now = ProcessIdentity.current
    #expect(now.isAlive)
    #expect(!ProcessIdentity(pid: now.pid, started: now.started - 1, boot: now.boot).isAlive)
    #expect(!ProcessIdentity(pid: now.pid, started: now.started, boot: "another").isAlive)
  }
}
