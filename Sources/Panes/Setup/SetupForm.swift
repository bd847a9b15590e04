import FourA
package import Home
import Replica
import Studio
import Terminal
import Workspace

/// The few questions of a first run, one after the other: the same on the screen and as lines. A pure value; what
/// was typed stays when one goes back.
package struct SetupForm {
  /// How somebody begins.
  package enum Way: Int, CaseIterable, Sendable {
    case found, join, alone, demo

    var title: SafeText {
      switch self {
      case .found: "Found a room"
      case .join: "Join with an invite"
      case .alone: "Only make my key"
      case .demo: "See the demo"
      }
    }

    var help: SafeText {
      switch self {
      case .found: "for a team of your own"
      case .join: "somebody gave you an s4a://… line"
      case .alone: "rooms can come later"
      case .demo: "a throw-away team of agents at work"
      }
    }
  }

  enum Step: Hashable {
    case way, invite, name, room, passphrase, again
    /// Everything is known.
    case ready
  }

  /// What to do in the new home first.
  package enum Start: Hashable, Sendable {
    case nothing
    case found(slug: String, title: String)
    case join(url: String)
  }

  private(set) var way: Way?
  private(set) var step = Step.way
  private var values: [Step: String] = [:]

  package init() {}

  private var steps: [Step] {
    let again: [Step] = (values[.passphrase] ?? "").isEmpty ? [] : [.again]
    return switch way {
    case nil, .demo: [.way]
    case .found: [.way, .name, .room, .passphrase] + again
    case .join: [.way, .invite, .name, .passphrase] + again
    case .alone: [.way, .name, .passphrase] + again
    }
  }

  var isSecret: Bool { step == .passphrase || step == .again }

  /// What was typed at this step.
  var value: String { values[step] ?? "" }

  var question: SafeText {
    switch step {
    case .way: "How would you like to begin?"
    case .invite: "The invite that you were given"
    case .name: "What shall others call you?"
    case .room: "What is the room called?"
    case .passphrase: "A passphrase for your key"
    case .again: "The passphrase once more"
    case .ready: "Making your key …"
    }
  }

  var hint: SafeText {
    switch step {
    case .way:
      "What you write is signed by a key of your own and encrypted to your team. It is kept on this machine."
    case .invite:
      "A line that begins with s4a:// or https://. The room opens when its founder admits you."
    case .name: "Your name, as your team sees it. It can be changed later."
    case .room: "A title for people to read. Members, tracks and cards come later."
    case .passphrase:
      "It is asked for when your engine starts. Enter without one keeps the key in a file that only you can read."
    case .again: "Nobody can tell you a passphrase that you have forgotten."
    case .ready: ""
    }
  }

  /// What is known by now, for those who look back.
  var summary: [SafeText] {
    steps.prefix { $0 != step }.compactMap { step in
      guard let value = values[step], !value.isEmpty else { return nil }
      let text = SafeText(untrusted: value, limit: 200).truncated(to: 48)
      return switch step {
      case .name: "your name: \(text)"
      case .room: "the room: \(text)"
      case .invite:
        "the invite: \((try? Invite(parsing: value)).map { SafeText(untrusted: $0.slug) } ?? text)"
      default: nil
      }
    }
  }

  mutating func choose(_ way: Way) {
    self.way = way
    advance()
  }

  /// Takes what was typed at this step, and goes on.
  ///
  /// - Throws: what is wrong with it; the step stays.
  mutating func accept(_ text: String) throws(StudioError) {
    values[step] = text
    switch step {
    case .way, .ready: return
    case .invite: try check { _ = try Invite(parsing: text) }
    case .name: try check { _ = try Check.line(text, field: "name", limit: 200) }
    case .room: try check { _ = try Check.text(text, field: "title", limit: Limits.title) }
    case .passphrase: values[.again] = nil
    case .again:
      guard text == values[.passphrase] else {
        values[.again] = nil
        throw StudioError(
          "passphrase_mismatch", "the two passphrases differ", field: "passphrase",
          hint: "try again, or go back to change the first")
      }
    }
    advance()
  }

  /// Keeps what is half typed.
  mutating func hold(_ text: String) { values[step] = text }

  private func check(_ body: () throws -> Void) throws(StudioError) {
    do { try body() } catch {
      if let fault = error as? FourAError {
        throw StudioError(
          "invalid_invite", fault.description, field: fault.field,
          hint: "ask for it again; nothing was done")
      }
      throw StudioError(describing: error)
    }
  }

  private mutating func advance() {
    guard way != .demo, let index = steps.firstIndex(of: step) else {
      step = .ready
      return
    }
    step = index + 1 < steps.count ? steps[index + 1] : .ready
  }

  /// One step back, with what was typed there; `false` at the first.
  mutating func goBack() -> Bool {
    let all = steps
    guard let index = all.firstIndex(of: step) ?? (step == .ready ? all.count : nil), index > 0
    else { return false }
    step = all[index - 1]
    if step == .way { way = nil }
    return true
  }

  var passphrase: String? { values[.passphrase].flatMap { $0.isEmpty ? nil : $0 } }

  /// What to do first.
  package var start: Start {
    switch way {
    case .found:
      let title = values[.room] ?? ""
      let slug = Shell.slug(title, else: "room")
      return .found(slug: slug.utf8.count < 2 ? "room" : slug, title: title)
    case .join: return .join(url: values[.invite] ?? "")
    case .alone, .demo, nil: return .nothing
    }
  }

  /// Makes the home.
  package func make(_ home: Home) throws {
    _ = try Setup.initialise(
      home, name: values[.name] ?? "", relays: [], secret: nil, passphrase: passphrase)
  }
}
