import Glibc
import Home
import Nostr
import Panes
import Worker
import Workspace

extension Command {
  /// What a program that works on a card can do: it reaches its own run and nothing else.
  static let agent: [Command] = [
    Command(
      "agent ask", "inside a run: ask, and wait for the answer",
      [
        .place("text", "TEXT", "the question; - reads it from standard input", required: false),
        .option("option", "TEXT", "an answer to choose from", repeated: true),
        .option("kind", "KIND", "text or choice unless given", choices: ["confirm", "number"]),
        .option("default", "TEXT", "what to go on with when nobody answers"),
        .option(
          "on-timeout", "WHAT", "when nobody answers: fail, unless there is a default",
          choices: ["default", "continue", "fail"]),
        .option("expires", "SECONDS", "24 hours unless given, 1 for an approval"),
        .option("approve", "TOOL", "ask the machine's owner whether it may be used"),
        .option("input", "TEXT", "of --approve: exactly what would be done; - reads it"),
        .flag("not-blocking", "the work goes on meanwhile"),
        .optionalNumber("wait", "SECONDS", "as worker.conf says unless given; alone, however long"),
      ], run: ask),
    Command(
      "agent progress", "inside a run: tell how far it is",
      [.place("text", "TEXT", "what it is doing; - reads it from standard input")]
    ) { invocation, arguments in
      let arguments = try reading(arguments, "text")
      let answer = try send(
        ["op": "progress", "body": .string(try arguments.required("text"))], wait: 0)
      return accept(answer, json: invocation.json)
    },
    Command(
      "agent deliver", "inside a run: hand something in before the end",
      [
        .place("text", "TEXT", "what it is; - reads it from standard input"),
        .option("file", "FILE", "goes along; copied to the run's out/", repeated: true),
      ]
    ) { invocation, arguments in
      let arguments = try reading(arguments, "text")
      let files = try arguments.texts("file").map { try copy($0) }
      let answer = try send(
        [
          "op": "deliver", "body": .string(try arguments.required("text")),
          "files": .array(files.map { .string($0) }),
        ], wait: 10)
      return accept(answer, json: invocation.json)
    },
    Command("agent inbox", "inside a run: what was said to it since it began") {
      invocation, _ in
      let answer = try send(["op": "inbox"], wait: 10)
      guard let messages = answer["messages"]?.array else {
        throw StudioError(
          "timeout", "the worker has not answered within 10 s", hint: "try again later")
      }
      Output.result(
        ["messages": .array(messages)], of: "agent inbox", json: invocation.json)
      return 0
    },
    Command(
      "agent post", "inside a run: say something on its card, or in a channel of the room",
      [
        .place("text", "TEXT", "what to say; - reads it from standard input"),
        .option("channel", "NAME", "the card itself unless given"),
      ]
    ) { invocation, arguments in
      let arguments = try reading(arguments, "text")
      var request: JSONObject = ["op": "post", "body": .string(try arguments.required("text"))]
      request["channel"] = arguments.text("channel").map { .string($0) }
      return accept(try send(request, wait: 10), json: invocation.json)
    },
  ]

  // MARK: Asking

  @Sendable private static func ask(_ invocation: Invocation, _ given: Arguments) throws -> Int32 {
    let arguments = try reading(given, "text", "input")
    var request: JSONObject = ["op": "ask", "body": .string(arguments.text("text") ?? "")]
    request["kind"] = arguments.text("kind").map { .string($0) }
    let options = arguments.texts("option")
    if !options.isEmpty { request["options"] = .array(options.map { .string($0) }) }
    request["default"] = arguments.text("default").map { .string($0) }
    request["on_timeout"] = arguments.text("on-timeout").map { .string($0) }
    request["expires_s"] = try arguments.number("expires", in: 1...604_800).map {
      .integer(Int64($0))
    }
    if arguments.flag("not-blocking") { request["blocking"] = false }
    if let tool = arguments.text("approve") {
      request["kind"] = "approval"
      request["action"] = [
        "tool": .string(tool), "input": .string(arguments.text("input") ?? ""),
      ]
    } else {
      _ = try arguments.required("text")
    }
    let usual = Int(SystemCall.environment("STUDIO_WAIT") ?? "") ?? 50
    let wait =
      arguments.text("wait") == ""
      ? 86_400 : try arguments.number("wait", in: 0...86_400) ?? usual
    let answer = try send(request, wait: Int64(wait))
    return tell(answer, json: invocation.json)
  }

  /// The answer alone on standard output, so that a script can take it.
  private static func tell(_ answer: JSON, json asJSON: Bool) -> Int32 {
    let state = answer["state"]?.string ?? ""
    if state == "pending" {
      let pending: JSON = [
        "state": "pending", "instruction": "stop here; you will be begun again with the answer",
      ]
      if asJSON {
        Output.json(pending)
      } else {
        let words = "studio: no answer yet. Stop here; you will be begun again with the answer.\n"
        try? SystemCall.write(Array(words.utf8), to: STDERR_FILENO)
      }
      return 3
    }
    let isGood: Bool =
      switch state {
      case "answered": answer["decision"]?.string.map { $0.hasPrefix("allow") } ?? true
      case "timed_out": answer["has_default"]?.bool ?? false
      default: false
      }
    if asJSON {
      Output.json(answer)
    } else if let refusal = refusal(in: answer) {
      return Output.fail(refusal, json: false)
    } else {
      Output.line(answer["decision"]?.string ?? answer["text"]?.string ?? "")
    }
    return isGood ? 0 : 1
  }

  /// Silent unless JSON was asked for: what a program prints is its own last word.
  private static func accept(_ answer: JSON, json asJSON: Bool) -> Int32 {
    if let refusal = refusal(in: answer) { return Output.fail(refusal, json: asJSON) }
    if asJSON { Output.json(answer) }
    return 0
  }

  private static func refusal(in answer: JSON) -> StudioError? {
    guard answer["state"]?.string == "refused" else { return nil }
    return StudioError(
      answer["code"]?.string ?? "refused", answer["text"]?.string ?? "it was not asked")
  }

  // MARK: The run

  /// Sends a request to the supervisor of this run.
  ///
  /// - Returns: its answer, or `{"state":"pending"}`.
  private static func send(_ request: JSONObject, wait: Int64) throws -> JSON {
    guard let path = SystemCall.environment("STUDIO_RUN_DIR") else {
      throw StudioError(
        "no_run", "this works only inside a run, in the program of an agent",
        hint: "studio worker run begins runs")
    }
    var request = request
    request["wait_s"] = .integer(wait)
    let reply = try RunProcess.ask(
      RunDirectory(path: path), request, within: (wait + 10) * 1_000)
    if let error = reply["error"] {
      throw StudioError(
        error["code"]?.string ?? "refused", error["message"]?.string ?? "the request was refused")
    }
    return reply["answer"] ?? ["state": reply["state"] ?? "pending"]
  }

  private static func reading(_ given: Arguments, _ names: String...) throws -> Arguments {
    let spec = VerbSpec("agent", "", names.map { .place($0, "TEXT", "", required: false) })
    return try Secrets.readingStandardInput(given, for: spec)
  }

  /// Copies a file to where the run's results are.
  private static func copy(_ path: String) throws -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let folder = RunDirectory(path: SystemCall.environment("STUDIO_RUN_DIR") ?? ".").outFolder
    guard let bytes = try SystemCall.read(path, limit: Int(ResultMessage.longestFile)) else {
      throw StudioError(
        "file_not_found", "there is no such file", field: "file", value: path)
    }
    let place = "\(folder)/\(name)"
    var from = stat()
    var to = stat()
    let isThere =
      stat(path, &from) == 0 && stat(place, &to) == 0 && from.st_ino == to.st_ino
      && from.st_dev == to.st_dev
    if !isThere { try SystemCall.replace(place, with: bytes, mode: 0o600) }
    return name
  }
}
