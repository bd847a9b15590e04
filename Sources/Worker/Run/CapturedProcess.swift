import Glibc
import Home

/// A short-lived program of our own choosing, run to its end with its output taken: never an agent.
struct CapturedProcess {
  let status: Int32
  let output: [UInt8]
  let errors: [UInt8]

  var isSuccess: Bool { status == 0 }
  var text: String { String(decoding: output, as: UTF8.self) }

  /// - Throws: `timeout`, after which it is gone; `spawn_failed`.
  static func run(
    _ words: [String], directory: String? = nil, environment: [String: String],
    seconds: Int64 = 30, limit: Int64 = 4 << 20
  ) throws(StudioError) -> CapturedProcess {
    let executable = try RunProgram.find(words[0], path: environment["PATH"])
    let streams = [try Pipe(), try Pipe()]
    var spawn = Spawn(
      executable, words, environment: environment,
      descriptors: [.nowhere, .descriptor(streams[0].writing), .descriptor(streams[1].writing)])
    spawn.directory = directory
    let child = try spawn.start()
    for stream in streams { stream.closeWriting() }
    let deadline = SystemCall.monotonicMilliseconds() + seconds * 1_000
    var timedOut = false
    while streams.contains(where: { $0.reading >= 0 }) {
      let left = deadline - SystemCall.monotonicMilliseconds()
      guard left > 0 else {
        timedOut = true
        break
      }
      var entries = streams.filter { $0.reading >= 0 }.map {
        pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0)
      }
      poll(&entries, nfds_t(entries.count), Int32(clamping: left))
      for stream in streams { stream.take(limit: Int(limit)) }
    }
    // It leads a session of its own; what it started in it ends with it.
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    if timedOut {
      throw StudioError("timeout", "“\(words[0])” has not ended within \(seconds) s")
    }
    return CapturedProcess(
      status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F),
      output: streams[0].bytes, errors: streams[1].bytes)
  }

  private final class Pipe {
    private(set) var reading: Int32 = -1
    private(set) var writing: Int32 = -1
    private(set) var bytes: [UInt8] = []

    init() throws(StudioError) {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
      (reading, writing) = (ends[0], ends[1])
    }

    deinit {
      for end in [reading, writing] where end >= 0 { close(end) }
    }

    func closeWriting() {
      close(writing)
      writing = -1
    }

    func take(limit: Int) {
      guard reading >= 0 else { return }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(reading, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return }
        if count == 0 {
          close(reading)
          reading = -1
          return
        }
        bytes += chunk[..<min(count, max(0, limit - bytes.count))]
      }
    }
  }
}
