private import CNcurses
private import Glibc

/// Another program, run by its words: no shell ever reads them. It gets the standard descriptors
/// and no other, no signal blocked or ignored, and nothing of Studio's own variables.
package struct ChildProgram: Sendable {
  /// How it ended.
  package enum End: Hashable, Sendable {
    case exited(Int32)
    case signal(Int32)
    /// The system's number of the error.
    case notStarted(Int32)
    /// It did not end in time, and was ended.
    case late
  }

  private let words: [String]

  /// `nil` without a word, or with a NUL in one.
  package init?(_ words: [String]) {
    guard !words.isEmpty, words.allSatisfy({ !$0.utf8.contains(0) }) else { return nil }
    self.words = words
  }

  /// The words of a command line: blanks part them, quotes and backslashes keep blanks, and nothing
  /// else means anything. `nil` when a quote stays open.
  package static func words(_ line: String) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else { return nil }
    if let word { words.append(word) }
    return words
  }

  /// Runs it in this terminal, which the caller has lent to it, until it ends. When it is suspended
  /// this job is too, where a shell can resume it.
  package func run() -> End {
    var child: pid_t = 0
    let outcome = spawn(&child, input: nil, output: nil)
    guard outcome == 0 else { return .notStarted(outcome) }
    while true {
      var status: Int32 = 0
      guard waitpid(child, &status, WUNTRACED) == child else {
        if errno == EINTR { continue }
        return .notStarted(errno)
      }
      guard status & 0xff == 0x7f else { return Self.end(status) }
      if getpgrp() != getsid(0) { kill(0, SIGSTOP) }
      kill(child, SIGCONT)
    }
  }

  /// Runs it with `input` as all of its standard input, and its output thrown away.
  package func feed(_ input: [UInt8], within milliseconds: Int32) -> End {
    ran(with: input, within: milliseconds).end
  }

  /// The first 4 KiB of what it says, when it ends well; `nil` otherwise.
  package func answer(within milliseconds: Int32) -> String? {
    let (end, output) = ran(with: [], within: milliseconds)
    return end == .exited(0) ? String(decoding: output, as: UTF8.self) : nil
  }

  private func ran(
    with input: [UInt8], within milliseconds: Int32
  ) -> (end: End, output: [UInt8]) {
    let memory = studio_memfd()
    guard memory >= 0 else { return (.notStarted(errno), []) }
    defer { close(memory) }
    var written = 0
    while written < input.count {
      let count = input[written...].withUnsafeBytes { write(memory, $0.baseAddress, $0.count) }
      guard count > 0 else { return (.notStarted(errno), []) }
      written += count
    }
    lseek(memory, 0, SEEK_SET)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return (.notStarted(errno), []) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var child: pid_t = 0
    let outcome = spawn(&child, input: memory, output: ends[1])
    close(ends[1])
    guard outcome == 0 else { return (.notStarted(outcome), []) }
    var output: [UInt8] = []
    let isDone = drain(ends[0], until: EventLoop.now + .milliseconds(Int(milliseconds)), &output)
    if !isDone { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return (isDone ? Self.end(status) : .late, output)
  }

  /// Reads until the other end is closed; false when the time was up before.
  private func drain(
    _ descriptor: Int32, until deadline: Duration, _ output: inout [UInt8]
  ) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let left = deadline - EventLoop.now
      guard left > .zero else { return false }
      let (seconds, fraction) = left.components
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let wakeup = Int32(seconds) * 1_000 + Int32(fraction / 1_000_000_000_000_000) + 1
      guard poll(&wait, 1, wakeup) > 0 else { continue }
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 || (count < 0 && errno != EINTR) { return true }
      output += buffer[..<max(0, min(count, 4_096 - output.count))]
    }
  }

  private static func end(_ status: Int32) -> End {
    status & 0x7f == 0 ? .exited((status >> 8) & 0xff) : .signal(status & 0x7f)
  }

  /// The system's error number, or 0.
  private func spawn(_ child: inout pid_t, input: Int32?, output: Int32?) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, 0) }
    if let output {
      posix_spawn_file_actions_adddup2(&actions, output, 1)
      posix_spawn_file_actions_adddup2(&actions, output, 2)
    }
    for descriptor in 3..<Int32(min(1_024, max(3, sysconf(Int32(_SC_OPEN_MAX))))) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    let numbers = [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU]
    for number in numbers { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var variables: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) } + [nil]
    defer { variables.forEach { free($0) } }
    return posix_spawnp(&child, words[0], &actions, &attributes, &arguments, &variables)
  }

  /// `NAME=VALUE` as this process got them.
  private static var environment: [String] {
    let file = open("/proc/self/environ", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      .filter { !$0.hasPrefix("STUDIO_") }
  }
}
