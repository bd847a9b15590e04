import FourA
import Home
import Nostr
import Replica
import Studio
import Workspace

/// What a program asks, checked and bounded: the request as `studio agent`, a file or a line brought it.
struct RunQuestion: Sendable, Equatable {
  enum Kind: String, CaseIterable, Sendable { case text, choice, number, confirm, approval }

  /// What becomes of the run when nobody answers in time.
  enum Timeout: String, CaseIterable, Sendable {
    /// It goes on with the default.
    case fallback = "default"
    /// It is told that nobody answered, and goes on.
    case `continue`
    case fail
  }

  struct Option: Sendable, Equatable {
    let id: String
    let label: String
  }

  /// What an approval is for.
  struct Action: Sendable, Equatable {
    var tool: String
    var preview: String
    var risk: String
    var digest: String
  }

  var kind: Kind
  var body: String
  var options: [Option] = []
  var isMultiple = false
  /// The id of an option, or words.
  var fallback: String?
  var isBlocking = true
  var timeout: Timeout
  var expiresAt: Int64
  var action: Action?
  /// Of the question whether a budget is raised: to what.
  var budgetUSD: Double?

  static let longestWait: Int64 = 7 * 86_400
  private static let usualWait: Int64 = 86_400
  private static let approvalWait: Int64 = 3_600
  private static let previewLimit = 1_500
  /// What there is to choose from at an approval.
  private static let decisions = [
    Option(id: "allow_once", label: "Allow once"),
    Option(id: "allow_run", label: "Allow in this run"),
    Option(id: "deny", label: "Do not allow"),
  ]

  /// - Parameter redact: takes secrets out; a digest is made before.
  /// - Throws: `invalid_argument`, which the program is told.
  init(
    _ request: JSON, now: Int64, redact: (String) -> String
  ) throws(StudioError) {
    func clean(_ text: String, _ limit: Int) -> String {
      RunOrders.cut(redact(RunPrompt.plain(PlainText.clean(text))), to: limit)
    }
    let text = request["body"]?.string ?? request["question"]?.string ?? ""
    let options = try Self.options(request["options"], clean: { clean($0, 200) })
    let word = request["kind"]?.string ?? (options.isEmpty ? "text" : "choice")
    guard let kind = Kind(rawValue: word) else {
      throw Self.wrong("kind", "one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.kind = kind
    self.options = options
    isMultiple = request["multi"]?.bool ?? false
    isBlocking = request["blocking"]?.bool ?? true
    if kind == .choice, options.isEmpty { throw Self.wrong("options", "at least one") }
    if kind == .approval {
      action = try Self.action(request["action"], clean: clean)
      isBlocking = true
      self.options = Self.decisions
    }
    let body = clean(text, Limits.body - 1_000)
    guard body.contains(where: { !$0.isWhitespace }) || action != nil else {
      throw Self.wrong("body", "a question")
    }
    self.body = body.isEmpty ? "May it use \(action?.tool ?? "a tool")?" : body
    let given = request["default"].flatMap { $0.string ?? $0.integer.map(String.init) }
    fallback = try given.map { given throws(StudioError) in
      let words = clean(given, 500)
      guard kind == .choice else { return words }
      guard let option = Self.option(words, among: options) else {
        throw Self.wrong("default", "one of the options")
      }
      return option.id
    }
    let onTimeout = request["on_timeout"]?.string ?? (fallback == nil ? "fail" : "default")
    guard let timeout = Timeout(rawValue: onTimeout) else {
      throw Self.wrong("on_timeout", "default, continue or fail")
    }
    if timeout == .fallback, fallback == nil { throw Self.wrong("default", "what to go on with") }
    // What nobody has allowed is not allowed.
    self.timeout = kind == .approval ? .continue : timeout
    if kind == .approval { fallback = nil }
    let usual = kind == .approval ? Self.approvalWait : Self.usualWait
    let seconds = request["expires_s"]?.number.map { Int64(max(1, min($0, 1e9))) } ?? usual
    expiresAt = now + min(seconds, Self.longestWait)
  }

  private static func options(
    _ json: JSON?, clean: (String) -> String
  ) throws(StudioError) -> [Option] {
    guard let json, json != .null else { return [] }
    guard let all = json.array, all.count <= 9 else { throw wrong("options", "at most 9") }
    var options: [Option] = []
    for (index, entry) in all.enumerated() {
      let label = clean(entry.string ?? entry["label"]?.string ?? "")
      let id = clean(entry["id"]?.string ?? "\(index + 1)")
      guard label.contains(where: { !$0.isWhitespace }), !id.isEmpty, id.utf8.count <= 64,
        !options.contains(where: { sameBytes($0.id, id) })
      else { throw wrong("options", "texts, or objects with an id and a label of their own") }
      options.append(Option(id: id, label: label))
    }
    return options
  }

  private static func action(
    _ json: JSON?, clean: (String, Int) -> String
  ) throws(StudioError) -> Action {
    guard let tool = json?["tool"]?.string, !tool.isEmpty else {
      throw wrong("action.tool", "what is to be used")
    }
    // Bound to the exact input; what is shown of it may be less.
    let input = json?["input"].map { $0.string ?? $0.text } ?? ""
    var hash = SHA256()
    for part in [tool, input] {
      hash.update(Array("\(part.utf8.count):".utf8))
      hash.update(Array(part.utf8))
    }
    return Action(
      tool: clean(tool, 100), preview: clean(json?["preview"]?.string ?? input, previewLimit),
      risk: clean(json?["risk"]?.string ?? "high", 20), digest: hash.finish().hex)
  }

  private static func wrong(_ field: String, _ expected: String) -> StudioError {
    StudioError("invalid_argument", "a question needs as its \(field): \(expected)", field: field)
  }

  /// The option that some words mean: its id, its number, its label, or the beginning of that alone.
  static func option(_ words: String, among options: [Option]) -> Option? {
    let given = plain(words)
    guard !given.isEmpty else { return nil }
    if let exact = options.first(where: { plain($0.id) == given || plain($0.label) == given }) {
      return exact
    }
    let digits = given.prefix { $0.isNumber }
    if let number = Int(digits), options.indices.contains(number - 1),
      given.dropFirst(digits.count).allSatisfy({ ".)".contains($0) })
    {
      return options[number - 1]
    }
    let begun = options.filter { plain($0.label).hasPrefix(given) }
    return begun.count == 1 ? begun[0] : nil
  }

  private static func plain(_ text: String) -> String {
    var words = text.lowercased()[...]
    while let first = words.first, first.isWhitespace || "“\"'".contains(first) {
      words.removeFirst()
    }
    while let last = words.last, last.isWhitespace || ".!”\"'".contains(last) { words.removeLast() }
    return String(words)
  }
}

// As it stands in the worker's table, and in the payload's extension object.
extension RunQuestion {
  /// The fields of the extension object (agents 2.13).
  var fields: JSONObject {
    var fields: JSONObject = [
      "kind": .string(kind.rawValue), "blocking": .bool(isBlocking),
      "expires_at": .integer(expiresAt), "on_timeout": .string(timeout.rawValue),
    ]
    if !options.isEmpty {
      fields["options"] = .array(
        options.map { ["id": .string($0.id), "label": .string($0.label)] })
      fields["multi"] = .bool(isMultiple)
    }
    fields["default"] = fallback.map { .string($0) }
    fields["budget_usd"] = budgetUSD.map { .number($0) }
    if let action {
      fields["action"] = [
        "tool": .string(action.tool), "preview": .string(action.preview),
        "risk": .string(action.risk), "digest": .string(action.digest),
      ]
    }
    return fields
  }

  /// What is kept.
  var text: String {
    var fields = fields
    fields["body"] = .string(body)
    return JSON.object(fields).text
  }

  /// Reads what `text` wrote.
  init?(_ text: String) {
    guard let json = try? JSON(parsing: text), let body = json["body"]?.string,
      let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)),
      let timeout = json["on_timeout"]?.string.flatMap(Timeout.init(rawValue:)),
      let expiresAt = json["expires_at"]?.integer
    else { return nil }
    self.kind = kind
    self.body = body
    self.timeout = timeout
    self.expiresAt = expiresAt
    isBlocking = json["blocking"]?.bool ?? true
    isMultiple = json["multi"]?.bool ?? false
    fallback = json["default"]?.string
    budgetUSD = json["budget_usd"]?.number
    options = (json["options"]?.array ?? []).compactMap { option in
      guard let id = option["id"]?.string, let label = option["label"]?.string else { return nil }
      return Option(id: id, label: label)
    }
    if let tool = json["action"]?["tool"]?.string,
      let digest = json["action"]?["digest"]?.string
    {
      action = Action(
        tool: tool, preview: json["action"]?["preview"]?.string ?? "",
        risk: json["action"]?["risk"]?.string ?? "", digest: digest)
    }
  }

  /// A copy that can be read where no questions are shown.
  func mirror(now: Int64) -> String {
    var lines = [isBlocking ? "Question (the work waits for the answer):" : "Question:", body]
    if let action, !action.preview.isEmpty { lines.append(action.preview) }
    if !options.isEmpty {
      lines.append(
        options.enumerated().map { "\($0.offset + 1). \($0.element.label)" }
          .joined(separator: "\n"))
    }
    let time = RunDigest.duration(max(0, expiresAt - now))
    lines.append("Without an answer within \(time): \(consequence).")
    lines.append(
      kind == .approval
        ? "The owner of this agent decides." : "A comment of the card's author is an answer.")
    return lines.joined(separator: "\n\n")
  }

  /// What happens when nobody answers.
  var consequence: String {
    switch timeout {
    case .fallback: "it goes on with “\(label(of: fallback ?? ""))”"
    case .continue where budgetUSD != nil: "the run ends, and the card goes back on hold"
    case .continue: kind == .approval ? "it is not allowed" : "it goes on without"
    case .fail: "the run fails"
    }
  }

  func label(of id: String) -> String {
    options.first { sameBytes($0.id, id) }?.label ?? id
  }
}
