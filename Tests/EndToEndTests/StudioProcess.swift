import Glibc
import Home
import Testing

/// A program that runs: the built `studio`, or any other, with its output captured and a deadline on every wait.
final class Process {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What a program left behind.
  struct Output {
    let status: Int32
    let out: String
    let err: String
  }

  /// The binary that this test run was built with.
  static let studio: String = {
    let beside = readLink("/proc/self/exe").split(separator: "/").dropLast().joined(separator: "/")
    let candidates = ["/\(beside)/studio", "\(repository)/.build/debug/studio"]
    return candidates.first { access($0, X_OK) == 0 } ?? candidates[1]
  }()

  /// The repository's root, by this file's place.
  static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  let pid: pid_t
  private var out: Int32
  private var err: Int32
  private var read = ""
  private var complaints = ""
  private var status: Int32?

  /// Starts a program with nothing of this process's environment but what is given.
  ///
  /// - Parameter standardInput: to read from instead of `input`.
  init(
    _ words: [String], input: String = "", standardInput: Int32? = nil,
    environment: [String: String] = [:]
  ) throws {
    (pid, out, err) = try Self.start(
      words, try standardInput.map { dup($0) } ?? Self.file(holding: input), environment)
  }

  private static func start(
    _ words: [String], _ stdin: Int32, _ environment: [String: String]
  ) throws -> (pid_t, Int32, Int32) {
    var outEnds: [Int32] = [0, 0]
    var errEnds: [Int32] = [0, 0]
    guard pipe(&outEnds) == 0, pipe(&errEnds) == 0 else {
      throw Failure(description: "pipe failed: \(errno)")
    }
    for descriptor in outEnds + errEnds + [stdin] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    defer { [outEnds[1], errEnds[1], stdin].forEach { close($0) } }

    let variables = [
      "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb", "HOME": "/dev/null",
    ].merging(environment) { $1 }
    // A session of its own has no terminal to ask on.
    let spawn = Spawn(
      words[0], words, environment: variables,
      descriptors: [.descriptor(stdin), .descriptor(outEnds[1]), .descriptor(errEnds[1])])
    do {
      let pid = try spawn.start()
      return (pid, outEnds[0], errEnds[0])
    } catch {
      close(outEnds[0])
      close(errEnds[0])
      throw error
    }
  }

  deinit {
    if status == nil {
      // It leads a group of its own: what it forked ends with it; an engine has a session of its own.
      kill(-pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    close(out)
    close(err)
  }

  /// Runs a program to its end.
  static func run(
    _ words: [String], input: String = "", environment: [String: String] = [:], seconds: Int = 120
  ) throws -> Output {
    try Process(words, input: input, environment: environment).finish(seconds: seconds)
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits for the end. A signal's death is 128 and its number, as a shell tells it.
  func finish(seconds: Int = 120) throws -> Output {
    let deadline = Self.now() + Int64(seconds) * 1000
    var open = true
    while open { open = try pump(until: deadline) }
    var raw: Int32 = 0
    waitpid(pid, &raw, 0)
    let code = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
    status = code
    return Output(status: code, out: read, err: complaints)
  }

  /// The next line of standard output, without its newline.
  func readLine(seconds: Int = 60) throws -> String {
    let deadline = Self.now() + Int64(seconds) * 1000
    while true {
      if let end = read.utf8.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(read[..<end])
        read = String(read[read.index(after: end)...])
        return line
      }
      guard try pump(until: deadline) else {
        throw Failure(description: "output ended without a line; standard error: \(complaints)")
      }
    }
  }

  /// Waits until standard error holds `text`.
  func waitForComplaint(_ text: String, seconds: Int = 60) throws {
    let deadline = Self.now() + Int64(seconds) * 1000
    while !complaints.contains(text) {
      guard try pump(until: deadline) else {
        throw Failure(description: "standard error ended without “\(text)”: \(complaints)")
      }
    }
  }

  /// Takes what either pipe holds; `false` when both have ended.
  private func pump(until deadline: Int64) throws -> Bool {
    var entries = [pollfd(fd: out, events: Int16(POLLIN), revents: 0)]
    entries.append(pollfd(fd: err, events: Int16(POLLIN), revents: 0))
    let left = deadline - Self.now()
    guard left > 0, poll(&entries, 2, Int32(clamping: left)) > 0 else {
      if left > 0 && errno == EINTR { return true }
      throw Failure(
        description:
          "still running at its deadline; so far: \(read) and on standard error: \(complaints)")
    }
    if entries[0].revents != 0 { out = Self.take(out, into: &read) }
    if entries[1].revents != 0 { err = Self.take(err, into: &complaints) }
    return out >= 0 || err >= 0
  }

  private static func take(_ descriptor: Int32, into text: inout String) -> Int32 {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    guard count > 0 else {
      close(descriptor)
      return -1
    }
    text += String(decoding: chunk[..<count], as: UTF8.self)
    return descriptor
  }

  /// An unlinked file to read from.
  private static func file(holding text: String) throws -> Int32 {
    var path = Array("/tmp/studio-input-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw Failure(description: "no temporary file: \(errno)") }
    unlink(path)
    let bytes = Array(text.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Failure(description: "writing the input failed: \(errno)")
    }
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
  }

  private static func readLink(_ path: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    return String(
      decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
