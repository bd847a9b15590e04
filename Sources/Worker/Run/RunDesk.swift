import Glibc
import Home
import Nostr

/// Where the program of a run asks: its socket, the files of `ask/`, and the lines `::studio …` of its output. All
/// of them end up in one journal, and get their answers from one folder.
final class RunDesk {
  /// What the program may ask for.
  static let operations: Set<String> = ["ask", "progress", "deliver", "inbox", "post"]
  static let mostConnections = 64
  /// Seconds that a connection may wait.
  static let longestWait: Double = 86_400

  /// What the supervisor itself is asked.
  enum Order {
    case stop(reason: String)
    case status(ControlSocket)
  }

  private struct Waiter {
    let number: Int64
    let until: Int64
    let isQuestion: Bool
  }

  private let directory: RunDirectory
  private let journal: RequestJournal
  private let listener: Int32
  private let watch: FolderWatch
  private var connections: [ControlSocket] = []
  private var waiters: [ObjectIdentifier: Waiter] = [:]
  /// Questions by file or line whose answers go to a name, not to a connection.
  private var named: [Int64: String] = [:]
  /// Questions that their program was told to wait no longer for.
  private var missed: Set<Int64> = []
  /// No request is taken any more: the run is being stopped.
  var isClosed = false

  init(_ directory: RunDirectory) throws(StudioError) {
    self.directory = directory
    journal = try RequestJournal(directory)
    watch = try FolderWatch()
    try watch.add(directory.askFolder)
    try watch.add(directory.answersFolder)
    listener = try ControlSocket.listen(path: directory.socketFile)
  }

  deinit {
    close(listener)
    unlink(directory.socketFile)
  }

  /// To poll for reading.
  var descriptors: [Int32] { [listener, watch.descriptor] + connections.map(\.descriptor) }

  /// Whether the program waits for an answer.
  var isAwaited: Bool { !waiters.isEmpty || !named.isEmpty }

  /// When the first waits no longer.
  var deadline: Int64? { waiters.values.map(\.until).min() }

  /// Takes what has come.
  ///
  /// - Returns: orders to the supervisor, and whether the program asked anything.
  func serve(at now: Int64) -> (orders: [Order], asked: Bool) {
    while let socket = ControlSocket.accept(from: listener) {
      if connections.count < Self.mostConnections { connections.append(socket) }
    }
    var orders: [Order] = []
    var asked = false
    for socket in connections {
      do throws(StudioError) {
        for line in try socket.receiveAvailable() {
          switch line["op"]?.string {
          case "stop": orders.append(.stop(reason: line["reason"]?.string ?? "stopped"))
          case "status":
            orders.append(.status(socket))
            continue
          default:
            asked = true
            try take(line, from: socket, now)
            continue
          }
          try socket.send(["ok": true])
        }
      } catch {
        leave(socket)
      }
    }
    let came = watch.take()
    if let files = came[directory.askFolder], takeFiles(files, now) { asked = true }
    if came[directory.answersFolder] != nil { handOut() }
    expire(now)
    return (orders, asked)
  }

  /// Questions by file that were there before the folder was watched.
  func takeWaitingFiles(at now: Int64) { _ = takeFiles([], now) }

  /// Takes a line of the output.
  func take(_ request: JSONObject, at now: Int64) {
    guard !isClosed, Self.operations.contains(request["op"]?.string ?? "") else { return }
    if let number = try? journal.append(Self.keyed(request), at: SystemCall.now() * 1_000),
      request["op"]?.string == "ask"
    {
      let name = request["name"]?.string ?? ""
      named[number] = Self.isName(name) ? name : ""
      handOut()
    }
  }

  /// Tells everybody who waits that there will be no answer.
  func closeDown() {
    isClosed = true
    for socket in connections where waiters[ObjectIdentifier(socket)] != nil {
      refuse(socket, StudioError("run_over", "this run has ended"))
    }
    connections = []
    waiters = [:]
  }

  private func take(_ line: JSON, from socket: ControlSocket, _ now: Int64) throws(StudioError) {
    guard let request = line.object, let operation = request["op"]?.string,
      Self.operations.contains(operation)
    else {
      return refuse(
        socket,
        StudioError(
          "unknown_operation",
          "expected one of \(Self.operations.sorted().joined(separator: ", "))",
          field: "op", value: line["op"]?.string))
    }
    guard !isClosed else {
      return refuse(socket, StudioError("run_cancelled", "this run is being stopped"))
    }
    let number: Int64
    do {
      var keyed = Self.keyed(request)
      keyed["via"] = "socket"
      number = try journal.append(keyed, at: SystemCall.now() * 1_000)
      FaultPoint.supervisorRequested.pass()
    } catch {
      return refuse(socket, error)
    }
    let wait = min(max(request["wait_s"]?.number ?? 0, 0), Self.longestWait)
    if let answer = directory.json(directory.answerFile(number)) {
      try hand(answer, to: socket, number)
    } else if wait > 0 {
      waiters[ObjectIdentifier(socket)] = Waiter(
        number: number, until: now + Int64(wait * 1_000), isQuestion: operation == "ask")
    } else {
      if operation == "ask" { miss(number) }
      try socket.send(Self.pending(number))
    }
  }

  /// The same question asked again is the same question: a program that is begun anew comes by its own. An
  /// approval is one each time.
  private static func keyed(_ request: JSONObject) -> JSONObject {
    guard request["op"]?.string == "ask", request["key"] == nil, request["action"] == nil else {
      return request
    }
    var request = request
    let words = [request["body"], request["question"], request["options"], request["kind"]]
    let text = words.map { $0?.text ?? "" }.joined(separator: "\n")
    request["key"] = .string("ask:\(SHA256.hash(Array(text.utf8)).hex)")
    return request
  }

  /// Notes that its program waits no longer for an answer, before it is told so.
  private func miss(_ number: Int64) {
    missed.insert(number)
    note("pending", number)
  }

  private func hand(_ answer: JSON, to socket: ControlSocket, _ number: Int64) throws(StudioError) {
    // Before it is told: whoever has the answer may rely on it.
    if missed.remove(number) != nil { note("told", number) }
    FaultPoint.supervisorAnswered.pass()
    try socket.send(Self.answered(number, answer))
  }

  private func note(_ word: String, _ number: Int64) {
    _ = try? journal.append(
      ["op": .string(word), "of": .integer(number)], at: SystemCall.now() * 1_000)
  }

  /// Files `NAME.json` of `ask/`; the answer comes as `answers/NAME.json`.
  private func takeFiles(_ names: Set<String>, _ now: Int64) -> Bool {
    var names = names
    if names.isEmpty {
      names = Set(Self.entries(of: directory.askFolder))
    }
    var asked = false
    for file in names.sorted() where file.hasSuffix(".json") && !isClosed {
      let name = String(file.dropLast(5))
      guard Self.isName(name),
        let bytes = PlainFile.read("\(directory.askFolder)/\(file)", limit: 65_536),
        var request = try? JSON(parsing: bytes).object
      else { continue }
      request["op"] = "ask"
      request["name"] = .string(name)
      request["key"] = .string("file:\(name)")
      guard let number = try? journal.append(request, at: SystemCall.now() * 1_000) else {
        continue
      }
      named[number] = name
      asked = true
    }
    if asked { handOut() }
    return asked
  }

  /// Gives every answer that is there to whoever waits for it.
  private func handOut() {
    for socket in connections {
      guard let waiter = waiters[ObjectIdentifier(socket)],
        let answer = directory.json(directory.answerFile(waiter.number))
      else { continue }
      waiters[ObjectIdentifier(socket)] = nil
      do throws(StudioError) {
        try hand(answer, to: socket, waiter.number)
      } catch {
        leave(socket)
      }
    }
    for (number, name) in named where access(directory.answerFile(number), F_OK) == 0 {
      named[number] = nil
      if !name.isEmpty {
        link(directory.answerFile(number), "\(directory.answersFolder)/\(name).json")
      }
    }
  }

  private func expire(_ now: Int64) {
    for socket in connections {
      guard let waiter = waiters[ObjectIdentifier(socket)], waiter.until <= now else { continue }
      waiters[ObjectIdentifier(socket)] = nil
      if waiter.isQuestion { miss(waiter.number) }
      if (try? socket.send(Self.pending(waiter.number))) == nil { leave(socket) }
    }
  }

  private func leave(_ socket: ControlSocket) {
    waiters[ObjectIdentifier(socket)] = nil
    connections.removeAll { $0 === socket }
  }

  private func refuse(_ socket: ControlSocket, _ error: StudioError) {
    if (try? socket.send(["ok": false, "error": error.json])) == nil { leave(socket) }
  }

  private static func pending(_ number: Int64) -> JSON {
    ["ok": true, "n": .integer(number), "state": "pending"]
  }

  private static func answered(_ number: Int64, _ answer: JSON) -> JSON {
    ["ok": true, "n": .integer(number), "state": "answered", "answer": answer]
  }

  /// Begins with a letter, so that it is never the number of another request.
  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x41...0x7A).contains(first) else { return false }
    return name.utf8.count <= 32
      && name.utf8.allSatisfy { SecretShapes.isWord($0) }
  }

  private static func entries(of folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream), names.count < 1_000 {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }
}
