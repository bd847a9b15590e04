import Glibc
import Home
import Nostr

@testable import Worker

/// A run of the fake agent under the real supervisor, in a directory of its own.
final class RunRig {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// The binary that this test run was built with.
  static let studio: String = {
    let beside = link("/proc/self/exe").split(separator: "/").dropLast().joined(separator: "/")
    return ["/\(beside)/studio", "\(repository)/.build/debug/studio"]
      .first { access($0, X_OK) == 0 } ?? "\(repository)/.build/debug/studio"
  }()

  static let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
  static let agent = "\(repository)/Tests/WorkerTests/fake-agent.sh"

  let directory: RunDirectory
  private(set) var spec: RunSpec
  private let root: String
  private(set) var supervisor: pid_t = 0

  init(_ behaviour: String, prompt: String = "Do it.", _ change: (inout RunSpec) -> Void = { _ in })
    throws
  {
    var template = Array("/tmp/studio-run-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(description: "no directory: \(errno)") }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let run = (0..<4).map { _ in
      let part = String(UInt32.random(in: 0 ... .max), radix: 16)
      return String(repeating: "0", count: 8 - part.count) + part
    }.joined()
    directory = RunDirectory(path: "\(root)/\(run)")
    spec = RunSpec(
      run: run, card: "30530:\(String(repeating: "a", count: 64)):card", adapter: "fake",
      parser: .lines, argv: [Self.agent, behaviour],
      environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"], work: root,
      limits: RunLimits(firstOutput: 30, idle: 30, wall: 30, total: 60, afterFinal: 0.2),
      ladder: KillLadder(afterInt: 0.1, afterTerm: 0.1), studio: Self.studio)
    change(&spec)
    try directory.prepare(spec, prompt: prompt, context: [:])
  }

  deinit {
    if supervisor > 0 {
      kill(supervisor, SIGKILL)
      waitpid(supervisor, nil, 0)
    }
    RunProcesses.end(run: spec.run)
    Self.remove(root)
  }

  /// Starts the supervisor; the program runs when this returns.
  @discardableResult
  func start(passes: [String] = []) throws -> RunRig {
    supervisor = try RunProcess.start(
      directory, passes: passes, executable: Self.studio, within: Self.patience)
    return self
  }

  /// Milliseconds: every request is synced to a disk that others write to as well.
  private static let patience: Int64 = 60_000

  func ask(_ request: JSONObject) throws -> JSON {
    try RunProcess.ask(directory, request, within: Self.patience)
  }

  func nextSegment() throws {
    spec.segment += 1
    try directory.write(spec)
  }

  /// Waits for the supervisor and gives what it wrote.
  func finish(seconds: Int64 = 30) throws -> RunStatus {
    try reap(seconds: seconds)
    guard let status = directory.status(segment: spec.segment) else {
      throw Failure(description: "no status; \(text(directory.supervisorLog))")
    }
    return status
  }

  func run() throws -> RunStatus { try start().finish() }

  /// What the output comes to.
  func outcome(_ status: RunStatus) throws -> RunOutcome {
    var parser = spec.parser.parser()
    _ = parser.feed(try SystemCall.read(directory.outputFile, limit: 100 << 20) ?? [])
    let result = try SystemCall.read(directory.resultFile, limit: 1 << 20)
    return parser.end(
      RunEnd(exit: status.exit, resultFile: result.map { String(decoding: $0, as: UTF8.self) }))
  }

  func text(_ file: String) -> String {
    String(decoding: (try? SystemCall.read(file, limit: 100 << 20)) ?? [], as: UTF8.self)
  }

  /// Processes of the run that are there.
  var left: Int { RunProcesses.all(run: spec.run).count }

  func killSupervisor() throws {
    kill(supervisor, SIGKILL)
    try reap(seconds: 10)
  }

  /// Sleeps on the folder until `condition` holds.
  func wait(seconds: Int64 = 30, for condition: () throws -> Bool) throws {
    let watch = try FolderWatch()
    try watch.add(directory.path, growing: true)
    try watch.add(directory.answersFolder)
    let deadline = SystemCall.monotonicMilliseconds() + seconds * 1_000
    while try !condition() {
      let left = deadline - SystemCall.monotonicMilliseconds()
      guard left > 0 else { throw Failure(description: "it did not come about") }
      var entry = pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&entry, 1, Int32(clamping: min(left, 1_000)))
      _ = watch.take()
    }
  }

  private func reap(seconds: Int64) throws {
    let handle = SystemCall.openProcess(supervisor)
    defer { if handle >= 0 { close(handle) } }
    var entry = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    guard handle < 0 || poll(&entry, 1, Int32(seconds * 1_000)) > 0 else {
      throw Failure(description: "the supervisor still runs; \(text(directory.supervisorLog))")
    }
    waitpid(supervisor, nil, 0)
    supervisor = 0
  }

  private static func link(_ path: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink(path, &buffer, buffer.count)
    return String(
      decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR, let folder = opendir(path) else {
      unlink(path)
      return
    }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { remove("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
