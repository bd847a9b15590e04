import Nostr

/// `claude -p --output-format stream-json`: an object a line; the last of type `result` is the result.
package struct ClaudeStreamParser: JSONLineParser {
  var lines = LineSplitter()
  private var final: (text: String, isError: Bool)?
  private var trouble: RunOutcome.Code?
  /// Tokens by message: a message comes once for each of its parts.
  private var usage: [String: (input: Int64, output: Int64)] = [:]
  private var turns: Int64 = 0

  package init() {}

  func outcome(_ end: RunEnd, file: String?, _ facts: [RunFact]) -> RunOutcome {
    guard let final else { return RunOutcome(trouble ?? end.silence, facts: facts) }
    guard !final.isError else {
      return RunOutcome(
        trouble ?? Trouble.code(of: final.text) ?? .agentFailed, text: final.text, facts: facts)
    }
    return success(file ?? final.text, facts)
  }

  mutating func read(_ object: JSONObject, _ facts: inout [RunFact]) {
    switch object["type"]?.string {
    case "system": system(object, &facts)
    case "assistant": assistant(object, &facts)
    case "user": user(object, &facts)
    case "result": result(object, &facts)
    default: break
    }
  }

  /// What its tools answered: only that one failed is worth a fact.
  private func user(_ object: JSONObject, _ facts: inout [RunFact]) {
    for part in object["message"]?["content"]?.array ?? []
    where part["type"]?.string == "tool_result" && part["is_error"]?.bool == true {
      let texts = part["content"]?.array?.compactMap { $0["text"]?.string }
      let text = part["content"]?.string ?? (texts ?? []).joined(separator: "\n")
      facts.append(.failure(PlainText.clean(String(text.prefix(2_000)))))
    }
  }

  private func system(_ object: JSONObject, _ facts: inout [RunFact]) {
    guard object["subtype"]?.string == "init" else { return }
    if let session = object["session_id"]?.string { facts.append(.session(session)) }
    if let model = object["model"]?.string { facts.append(.model(PlainText.clean(model))) }
    var servers: [String: Bool] = [:]
    for server in object["mcp_servers"]?.array ?? [] {
      guard let name = server["name"]?.string else { continue }
      servers[name] = server["status"]?.string == "connected"
    }
    facts.append(.servers(servers))
  }

  private mutating func assistant(_ object: JSONObject, _ facts: inout [RunFact]) {
    switch object["error"]?.string {
    case "authentication_failed", "billing_error": trouble = .authRequired
    case "rate_limit": trouble = .rateLimited
    default: break
    }
    guard let message = object["message"]?.object else { return }
    // A helper's words are not those of the one who was asked.
    let isMain = object["parent_tool_use_id"]?.string == nil
    for part in message["content"]?.array ?? [] {
      switch part["type"]?.string {
      case "text":
        if isMain, let text = part["text"]?.string, !text.isBlank {
          facts.append(.text(PlainText.clean(text)))
        }
      case "tool_use": tool(part, &facts)
      default: break
      }
    }
    guard let used = message["usage"]?.object else { return }
    let id = message["id"]?.string ?? "\(usage.count)"
    if usage[id] == nil, isMain {
      turns += 1
      facts.append(.turn(turns))
    }
    if usage.count < 100_000 || usage[id] != nil {
      usage[id] = (Self.inputTokens(used), used["output_tokens"]?.integer ?? 0)
    }
    facts.append(
      .usage(
        input: usage.values.reduce(0) { $0 &+ $1.input },
        output: usage.values.reduce(0) { $0 &+ $1.output }))
  }

  private func tool(_ part: JSON, _ facts: inout [RunFact]) {
    let name = PlainText.clean(part["name"]?.string ?? "tool")
    let input = part["input"]?.object ?? JSONObject()
    if name == "TodoWrite", let todos = input["todos"]?.array {
      facts.append(
        .todo(
          todos.prefix(200).compactMap { item in
            (item["content"]?.string).map {
              RunFact.Todo(
                text: PlainText.clean($0), isDone: item["status"]?.string == "completed")
            }
          }))
      return
    }
    let detail = ["command", "file_path", "notebook_path", "path", "pattern", "url", "query"]
      .lazy.compactMap { input[$0]?.string }.first
    facts.append(.tool(name: name, detail: detail.map { PlainText.clean($0) }))
  }

  private mutating func result(_ object: JSONObject, _ facts: inout [RunFact]) {
    if let session = object["session_id"]?.string { facts.append(.session(session)) }
    if let cost = object["total_cost_usd"]?.number { facts.append(.cost(cost)) }
    if let turns = object["num_turns"]?.integer { facts.append(.turn(turns)) }
    if let used = object["usage"]?.object {
      facts.append(
        .usage(input: Self.inputTokens(used), output: used["output_tokens"]?.integer ?? 0))
    }
    for denial in (object["permission_denials"]?.array ?? []).prefix(20) {
      let tool = PlainText.clean(denial["tool_name"]?.string ?? "a tool")
      facts.append(.warning("\(tool) was not permitted"))
    }
    let subtype = object["subtype"]?.string ?? ""
    if subtype == "error_max_budget_usd" { trouble = .budgetExhausted }
    let isError = object["is_error"]?.bool ?? true || (subtype != "success" && subtype != "")
    let errors = (object["errors"]?.array ?? []).compactMap(\.string).joined(separator: "\n")
    let text = object["result"]?.string ?? (errors.isEmpty ? subtype : errors)
    let clean = PlainText.clean(text)
    final = (clean, isError)
    facts.append(.final(result: clean, isError: isError))
  }

  private static func inputTokens(_ used: JSONObject) -> Int64 {
    ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]
      .reduce(0) { $0 &+ (used[$1]?.integer ?? 0) }
  }
}
