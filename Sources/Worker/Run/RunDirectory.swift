import Glibc
package import Home
package import Nostr

/// Everything of one run on this machine: `<state>/runs/<run>/`, 0700.
package struct RunDirectory: Sendable, Hashable {
  package let path: String

  package init(_ home: Home, run: String) { path = "\(Self.all(home))/\(run)" }
  package init(path: String) { self.path = path }

  /// Where the directories of all runs are.
  package static func all(_ home: Home) -> String { "\(home.stateDirectory)/runs" }

  package var specFile: String { "\(path)/run.json" }
  /// The program's standard input.
  package var promptFile: String { "\(path)/prompt.md" }
  /// What `studio agent inbox` tells.
  package var contextFile: String { "\(path)/context.json" }
  package var outputFile: String { "\(path)/stdout.log" }
  package var errorFile: String { "\(path)/stderr.log" }
  /// What the supervisor itself has to say.
  package var supervisorLog: String { "\(path)/supervisor.log" }
  package var requestsFile: String { "\(path)/requests.jsonl" }
  package var liveFile: String { "\(path)/live.json" }
  package var statusFile: String { "\(path)/status.json" }
  package var socketFile: String { "\(path)/ctl.sock" }
  /// Held by the supervisor as long as it lives.
  package var lockFile: String { "\(path)/lock" }
  package var inFolder: String { "\(path)/in" }
  package var outFolder: String { "\(path)/out" }
  /// Questions as files, `<n>.json`.
  package var askFolder: String { "\(path)/ask" }
  package var answersFolder: String { "\(path)/answers" }
  package var resultFile: String { "\(outFolder)/result.md" }
  package func answerFile(_ number: Int64) -> String { "\(answersFolder)/\(number).json" }

  /// Makes it and writes what the program is to read, then, last of all, the spec. Does no harm when repeated.
  ///
  /// - Parameter lastMessage: a file that the program writes; a sandbox shows only what is there.
  package func prepare(
    _ spec: RunSpec, prompt: String, context: JSON, lastMessage: String? = nil
  ) throws(StudioError) {
    for folder in [path, inFolder, outFolder, askFolder, answersFolder] {
      try SystemCall.makeDirectory(folder)
    }
    if let lastMessage {
      let file = open("\(path)/\(lastMessage)", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if file >= 0 { Glibc.close(file) }
    }
    chmod(path, 0o700)
    try SystemCall.replace(promptFile, with: Array(prompt.utf8), mode: 0o600)
    try SystemCall.replace(contextFile, with: context.bytes, mode: 0o600)
    try write(spec)
  }

  /// Puts what a segment printed and its result aside: the next one is judged by its own. Does no harm when
  /// repeated.
  package func close(segment: Int64, lastMessage: String?) {
    func move(_ file: String, _ name: String, _ suffix: String) {
      rename(file, "\(path)/\(name)-\(segment).\(suffix)")
    }
    move(outputFile, "stdout", "log")
    move(errorFile, "stderr", "log")
    move(resultFile, "result", "md")
    if let lastMessage { move("\(path)/\(lastMessage)", "last", "txt") }
  }

  /// Replaces the spec, as for the next segment.
  package func write(_ spec: RunSpec) throws(StudioError) {
    try SystemCall.replace(specFile, with: spec.json.bytes, mode: 0o600)
  }

  /// - Throws: `invalid_run`.
  package func spec() throws(StudioError) -> RunSpec {
    guard let bytes = try SystemCall.read(specFile, limit: 1 << 20),
      let json = try? JSON(parsing: bytes)
    else {
      throw StudioError("invalid_run", "there is no run.json to read", field: "path", value: path)
    }
    return try RunSpec(json: json)
  }

  /// How the segment ended; `nil` while it runs, or when its supervisor was killed.
  package func status(segment: Int64) -> RunStatus? {
    guard let status = json(statusFile).flatMap(RunStatus.init(json:)), status.segment == segment
    else { return nil }
    return status
  }

  /// Who runs it, or ran it last.
  package func live() -> RunLive? { json(liveFile).flatMap(RunLive.init(json:)) }

  /// Answers a request; the one who waits for it is told at once. The first answer stands.
  ///
  /// - Returns: whether this one was the first.
  @discardableResult
  package func answer(_ number: Int64, _ answer: JSON) throws(StudioError) -> Bool {
    let file = answerFile(number)
    guard access(file, F_OK) != 0 else { return false }
    try SystemCall.replace(file, with: answer.bytes, mode: 0o600)
    return true
  }

  /// Requests with a number above `number`, oldest first: as they were appended, each with its `n`.
  package func requests(after number: Int64) throws(StudioError) -> [JSON] {
    guard let bytes = try SystemCall.read(requestsFile, limit: RequestJournal.longest + 65_536)
    else {
      return []
    }
    return RequestJournal.lines(of: bytes).filter { ($0["n"]?.integer ?? 0) > number }
  }

  /// Bytes of the journal of requests.
  var journalSize: Int64 {
    var status = stat()
    return stat(requestsFile, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Reads a file of JSON; `nil` when there is none, or none that can be read.
  package func json(_ file: String) -> JSON? {
    guard let bytes = try? SystemCall.read(file, limit: 1 << 20) else { return nil }
    return try? JSON(parsing: bytes)
  }
}
