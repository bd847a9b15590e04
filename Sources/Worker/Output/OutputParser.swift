package import Nostr

/// How the output of a program is read.
package enum ParserKind: String, Sendable, CaseIterable {
  case claudeStream = "claude-stream"
  case codexJSONL = "codex-jsonl"
  /// Plain text; a line `::studio {json}` is a message to us.
  case lines
  /// Output means nothing; only the files of `out/` do.
  case silent
}

/// Reads a program's standard output as it comes, in pieces of any size.
///
/// Tolerant: what it does not know is passed over, a line over 16 MiB costs that line, half a character waits for
/// its other half. Success needs a result that was read; that a program ended well is not enough.
package protocol OutputParser: Sendable {
  /// What these bytes tell, in order.
  mutating func feed(_ bytes: [UInt8]) -> [RunFact]
  /// The program has ended: what is left, and what came of it.
  mutating func end(_ end: RunEnd) -> RunOutcome
}

extension ParserKind {
  /// A fresh one. Its state is that of the bytes fed: after a restart, feed the file again from its beginning.
  package func parser() -> any OutputParser {
    switch self {
    case .claudeStream: ClaudeStreamParser()
    case .codexJSONL: CodexJSONLParser()
    case .lines: LinesParser()
    case .silent: SilentParser()
    }
  }
}

/// How a program ended, as its parser needs to know.
package struct RunEnd: Sendable, Equatable {
  /// The exit status; `nil` when a signal ended it.
  package var exit: Int64?
  /// What the program wrote to `out/result.md`, or to the file of its last message; `nil` or blank when nothing.
  package var resultFile: String?

  package init(exit: Int64?, resultFile: String? = nil) {
    self.exit = exit
    self.resultFile = resultFile
  }
}

/// One thing that a program's output tells.
package enum RunFact: Sendable, Equatable {
  /// The session, by which it can be resumed.
  case session(String)
  case model(String)
  /// Words of the program to its reader. Not redacted.
  case text(String)
  /// It uses a tool; `detail` is a command, a path or the like, as far as one is told.
  case tool(name: String, detail: String?)
  /// A tool that it used said that it failed.
  case failure(String)
  /// Its list of things to do, whole.
  case todo([Todo])
  /// Tokens of this session so far.
  case usage(input: Int64, output: Int64)
  /// US dollars of this session so far.
  case cost(Double)
  /// Turns so far.
  case turn(Int64)
  /// A line `::studio {json}`: the same object that `studio agent` sends.
  case request(JSONObject)
  /// The servers that it says are connected.
  case servers([String: Bool])
  /// Its last word.
  case final(result: String, isError: Bool)
  /// Something is not as it should be; for the log of the run.
  case warning(String)

  /// An entry of a list of things to do.
  package struct Todo: Sendable, Equatable {
    package let text: String
    package let isDone: Bool

    package init(text: String, isDone: Bool) {
      self.text = text
      self.isDone = isDone
    }
  }
}

/// What came of a run, as far as its output tells.
package struct RunOutcome: Sendable, Equatable {
  /// The codes of agents 3.11 that output can decide.
  package enum Code: String, Sendable {
    case completed
    case agentFailed = "agent_failed"
    case noResult = "no_result"
    case nonzeroExit = "nonzero_exit"
    case authRequired = "auth_required"
    case rateLimited = "rate_limited"
    case budgetExhausted = "budget_exhausted"
  }

  package var code: Code
  /// The result, or what the program says went wrong. Not redacted.
  package var text: String
  /// What the last bytes told.
  package var facts: [RunFact]

  package init(_ code: Code, text: String = "", facts: [RunFact] = []) {
    self.code = code
    self.text = text
    self.facts = facts
  }

  package var isSuccess: Bool { code == .completed }
}
