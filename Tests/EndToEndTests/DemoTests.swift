import Glibc
import Home
import Nostr
import Testing

/// `studio demo` without a terminal, over the built program.
@Suite struct DemoTests {
  @Test func `the demo plays to its end and leaves nothing behind`() throws {
    let directory = try Directory()
    let output = try Process.run(
      [Process.studio, "demo", "--headless", "--json"], environment: ["TMPDIR": directory.path])
    #expect(output.status == 0, "\(output.err)")
    #expect(output.err.isEmpty)
    let parsed = try JSON(parsing: Array(output.out.utf8))
    let report = try #require(parsed.object)
    let cards = report.rows("cards")
    let agents = report.rows("agents")
    #expect(agents.compactMap { $0["name"]?.string } == ["atlas", "borealis", "cygnus"])
    #expect(cards.map { $0["status"]?.string } == ["done", "done", "done"])
    #expect(cards.map { $0["assignee"]?.string } == agents.map { $0["pubkey"]?.string })
    #expect(cards.map { $0["questions"]?.integer } == [1, 1, 1])
    #expect(cards.allSatisfy { ($0["comments"]?.integer ?? 0) >= 3 })
    #expect(report["cancelled"]?["status"]?.string == "open")
    #expect(report["cancelled"]?["held"]?.bool == true)
    #expect(report["equal"]?.bool == true)
    #expect(report["state_hash"]?.string.flatMap { Bytes32(hex: $0) } != nil)
    #expect(directory.names.isEmpty)
    #expect(Processes.mentioning(directory.path).isEmpty)
  }

  @Test func `a demo that is killed is tidied up after`() throws {
    let directory = try Directory()
    let demo = try Process(
      [Process.studio, "demo", "--headless"], environment: ["TMPDIR": directory.path])
    try demo.waitForComplaint("is given")
    let stage = try #require(directory.names.first)
    let keeper = try #require(
      Processes.first(saying: ["_demo-keeper", "\(directory.path)/\(stage)"]))
    let handle = SystemCall.openProcess(keeper)
    defer { close(handle) }
    demo.signal(SIGKILL)
    #expect(try demo.finish().status == 128 + SIGKILL)
    var entry = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    #expect(poll(&entry, 1, 30_000) == 1, "it is still being tidied up")
    #expect(directory.names.isEmpty)
    #expect(Processes.mentioning(directory.path).isEmpty)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a demo that is told to stop tidies up first`(_ signal: Int32) throws {
    let directory = try Directory()
    let demo = try Process(
      [Process.studio, "demo", "--headless"], environment: ["TMPDIR": directory.path])
    try demo.waitForComplaint("is given")
    #expect(directory.names.count == 1)
    demo.signal(signal)
    #expect(try demo.finish().status == 128 + signal)
    #expect(directory.names.isEmpty)
  }

  @Test func `without a terminal the demo says how to play it`() throws {
    let output = try Process.run([Process.studio, "--json", "demo"])
    #expect(output.status == 1)
    let error = try JSON(parsing: Array(output.err.utf8))["error"]
    #expect(error?["code"]?.string == "no_terminal")
  }
}

/// A fresh directory for the program's temporary ones.
private final class Directory {
  let path: String

  init() throws {
    var template = Array("/tmp/studio-demo-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Process.Failure(description: "mkdtemp failed: \(errno)")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { rmdir(path) }

  var names: [String] { Processes.files(in: path) }
}
