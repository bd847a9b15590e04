import Nostr

/// `codex exec --json`: an event a line; the last message before `turn.completed` is the result.
package struct CodexJSONLParser: JSONLineParser {
  var lines = LineSplitter()
  private var message = ""
  private var complaint: String?
  private var isComplete = false
  private var turns: Int64 = 0
  private var tokens: (input: Int64, output: Int64) = (0, 0)

  package init() {}

  func outcome(_ end: RunEnd, file: String?, _ facts: [RunFact]) -> RunOutcome {
    if isComplete { return success(file ?? message, facts) }
    if let complaint {
      return RunOutcome(Trouble.code(of: complaint) ?? .agentFailed, text: complaint, facts: facts)
    }
    return RunOutcome(end.silence, facts: facts)
  }

  mutating func read(_ object: JSONObject, _ facts: inout [RunFact]) {
    switch object["type"]?.string {
    case "thread.started":
      if let thread = object["thread_id"]?.string { facts.append(.session(thread)) }
    case "turn.started":
      isComplete = false
      turns += 1
      facts.append(.turn(turns))
    case "item.started", "item.updated": item(object["item"], isOver: false, &facts)
    case "item.completed": item(object["item"], isOver: true, &facts)
    case "turn.completed":
      isComplete = true
      complaint = nil
      tokens.input &+= object["usage"]?["input_tokens"]?.integer ?? 0
      tokens.output &+= object["usage"]?["output_tokens"]?.integer ?? 0
      facts.append(.usage(input: tokens.input, output: tokens.output))
      if !message.isBlank { facts.append(.final(result: message, isError: false)) }
    case "turn.failed":
      isComplete = false
      let text = PlainText.clean(object["error"]?["message"]?.string ?? "the turn failed")
      complaint = text
      facts.append(.final(result: text, isError: true))
    case "error":
      let text = PlainText.clean(object["message"]?.string ?? "an error")
      complaint = text
      facts.append(.warning(text))
    default: break
    }
  }

  private mutating func item(_ item: JSON?, isOver: Bool, _ facts: inout [RunFact]) {
    guard let item = item?.object else { return }
    switch item["type"]?.string ?? item["item_type"]?.string {
    case "todo_list":
      facts.append(
        .todo(
          (item["items"]?.array ?? []).prefix(200).compactMap { entry in
            (entry["text"]?.string).map {
              RunFact.Todo(
                text: PlainText.clean($0), isDone: entry["completed"]?.bool ?? false)
            }
          }))
    case "agent_message", "assistant_message":
      guard isOver, let text = item["text"]?.string, !text.isBlank else { return }
      message = PlainText.clean(text)
      facts.append(.text(message))
    case "command_execution":
      guard isOver else { return }
      facts.append(
        .tool(name: "command", detail: item["command"]?.string.map { PlainText.clean($0) }))
      if let exit = item["exit_code"]?.integer, exit != 0 {
        let output = item["aggregated_output"]?.string ?? ""
        facts.append(.failure("\(exit) \(PlainText.clean(String(output.suffix(2_000))))"))
      }
    case "file_change":
      guard isOver else { return }
      for change in (item["changes"]?.array ?? []).prefix(1_000) {
        facts.append(
          .tool(name: "file_change", detail: change["path"]?.string.map { PlainText.clean($0) }))
      }
    case "mcp_tool_call":
      guard isOver else { return }
      let name = [item["server"]?.string, item["tool"]?.string].compactMap { $0 }
      facts.append(.tool(name: PlainText.clean(name.joined(separator: ".")), detail: nil))
    case "web_search":
      guard isOver else { return }
      facts.append(
        .tool(name: "web_search", detail: item["query"]?.string.map { PlainText.clean($0) }))
    case "error":
      if let text = item["message"]?.string { facts.append(.warning(PlainText.clean(text))) }
    default: break
    }
  }
}
