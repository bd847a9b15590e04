import Glibc
import Home
import Testing

@Suite struct SpawnTests {
  /// Runs `sh -c script` and gives what it wrote.
  private func run(
    _ script: String, environment: [String: String] = [:], in directory: String? = nil
  )
    throws -> String
  {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    var spawn = Spawn(
      "/bin/sh", ["sh", "-c", script], environment: environment,
      descriptors: [.nowhere, .descriptor(ends[1]), .nowhere])
    spawn.directory = directory
    let child = try spawn.start()
    close(ends[1])
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &chunk, chunk.count)
      guard count > 0 else { break }
      all += chunk[..<count]
    }
    waitpid(child, nil, 0)
    return String(decoding: all, as: UTF8.self)
  }

  @Test func `a child holds the descriptors that were named and no other`() throws {
    let held = open("/dev/null", O_RDONLY)
    defer { close(held) }
    // The listing's own descriptor is the first that is free.
    #expect(try run("echo /proc/self/fd/*; ls /proc/$$/fd | tr '\\n' ' '").contains("0 1 2 "))
    #expect(try !run("ls /proc/$$/fd | tr '\\n' ' '").contains(" \(held) "))
  }

  @Test func `a child sees the variables that were named and no other`() throws {
    setenv("STUDIO_TEST_SECRET", "hidden", 1)
    defer { unsetenv("STUDIO_TEST_SECRET") }
    let seen = try run("cat /proc/$$/environ | tr '\\0' '\\n'", environment: ["NAME": "value"])
    #expect(seen == "NAME=value\n")
  }

  @Test func `a child leads a session of its own and begins where it was told`() throws {
    #expect(try run("pwd; cut -d' ' -f6 /proc/$$/stat; echo $$", in: "/usr").hasPrefix("/usr\n"))
    let lines = try run("cut -d' ' -f6 /proc/$$/stat; echo $$").split(separator: "\n")
    #expect(lines.count == 2 && lines[0] == lines[1])
  }

  @Test func `no signal stays blocked or ignored in a child`() throws {
    let before = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, before) }
    let masks = try run("exec grep -E 'SigBlk|SigIgn' /proc/self/status").split(separator: "\n")
    // Two signals are Glibc's own.
    let ofGlibc: UInt64 = 3 << 31
    #expect(masks.map { UInt64($0.suffix(16), radix: 16).map { $0 & ~ofGlibc } } == [0, 0])
  }

  @Test func `a program that is not there is told with its path`() {
    let spawn = Spawn("/nowhere/at/all", ["all"], environment: [:], descriptors: [])
    #expect { try spawn.start() } throws: { ($0 as? StudioError)?.value == "/nowhere/at/all" }
  }
}
