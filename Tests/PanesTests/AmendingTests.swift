import Nostr
import Replica
import Studio
import Terminal
import Testing

@testable import Panes

/// Words to an option: a digit, then `o`.
@Suite struct AmendingTests {
  private static let options = ["Exponential backoff", "Fixed delay", "No: give up"]

  private func asked(
    several: Bool = false, danger: Bool = false, questions: Int = 1, at place: Place = .inbox
  ) throws -> Stage {
    let world = try World()
    for number in 0..<questions {
      let card = try world.card("Retry policy \(number)", ago: 500)
      var fields: JSONObject = ["multi": .bool(several)]
      if danger { fields["action"] = ["tool": "psql", "risk": "high", "preview": "DROP TABLE"] }
      try world.question(
        "Which policy \(number)?", options: Self.options, on: card, by: .atlas,
        ago: Int64(200 - number), fields: fields)
    }
    return try Stage(world, at: place)
  }

  private func field(_ stage: Stage) -> String? {
    guard case .compose(let composer)? = stage.shell.overlays.last else { return nil }
    return composer.prompt.editor.text
  }

  @Test(arguments: [false, true])
  func `the option that is held comes back into the field, and both are sent`(opened: Bool) throws {
    let stage = try asked()
    if opened { stage.press("Enter") }
    stage.press("1")
    stage.wait(.seconds(4))
    stage.press("o")
    #expect(field(stage) == "Exponential backoff: ")
    #expect(stage.shows("Answer 1, and add"))
    stage.wait(.seconds(60))
    #expect(try stage.orders().isEmpty, "what was taken back is not sent")
    stage.type("at most 5 tries")
    stage.press("Enter")
    #expect(stage.shell.scene.answers.held.map(\.text) == ["Exponential backoff: at most 5 tries"])
    stage.wait(.seconds(5))
    let payload = try #require(try stage.orders().first).arguments["payload"]
    #expect(payload?["fabric"]?["choice"] == ["1"])
    #expect(payload?["body"] == "Exponential backoff: at most 5 tries")
  }

  @Test func `without words it is the option alone, and without the option the words`() throws {
    let stage = try asked()
    stage.press("2", "o", "Enter")
    stage.wait(.seconds(5))
    let plain = try #require(try stage.orders().first).arguments["payload"]
    #expect(plain?["fabric"]?["choice"] == ["2"])
    #expect(plain?["body"] == "Fixed delay")
    let other = try asked()
    other.press("2", "o", "C-u")
    other.type("neither")
    other.press("Enter")
    other.wait(.seconds(5))
    let words = try #require(try other.orders().first).arguments["payload"]
    #expect(words?["fabric"]?["choice"] == nil)
    #expect(words?["body"] == "neither")
  }

  @Test func `Esc leaves the question open and no draft of what was not written`() throws {
    let stage = try asked()
    stage.press("1", "o", "Esc")
    stage.wait(.seconds(60))
    #expect(try stage.orders().isEmpty)
    #expect(stage.shell.asked != nil)
    stage.press("o")
    #expect(field(stage) == "")
  }

  @Test func `at once it is about what the digit answered, later about what is selected`() throws {
    let stage = try asked(questions: 2)
    stage.press("1", "o")
    #expect(field(stage) == "Exponential backoff: ")
    #expect(stage.shell.inbox.question?.body == "Which policy 0?")
    let later = try asked(questions: 2)
    later.press("1")
    later.wait(.milliseconds(1_001))
    later.press("o")
    #expect(field(later) == "")
    #expect(later.shell.scene.answers.held.count == 1)
    let moved = try asked(questions: 2)
    moved.press("1", "j", "k", "o")
    #expect(field(moved) == "Exponential backoff: ", "the row that is held is selected")
    let away = try asked(questions: 3)
    away.press("1", "j", "o")
    #expect(field(away) == "", "another key stood between")
  }

  @Test func `of several options those that are marked begin the field`() throws {
    let stage = try asked(several: true)
    stage.press("3", "1", "o")
    #expect(field(stage) == "Exponential backoff, No: give up: ")
    stage.type("in this order")
    stage.press("Enter")
    stage.wait(.seconds(5))
    let payload = try #require(try stage.orders().first).arguments["payload"]
    #expect(payload?["fabric"]?["choice"] == ["1", "3"])
    #expect(payload?["body"] == "Exponential backoff, No: give up: in this order")
  }

  @Test func `what was written before stands behind the option`() throws {
    let stage = try asked()
    stage.press("o")
    stage.type("but log it")
    stage.press("Esc", "1", "o")
    #expect(field(stage) == "Exponential backoff: but log it")
    stage.press("Enter", "u")
    #expect(field(stage) == "Exponential backoff: but log it")
  }

  @Test func `the words of a line go with its option`() throws {
    let stage = try asked()
    stage.press("Enter", ":")
    stage.type("answer . 1 and soon")
    stage.press("Enter")
    #expect(stage.shell.scene.answers.held.map(\.text) == ["Exponential backoff: and soon"])
    stage.wait(.seconds(5))
    let payload = try #require(try stage.orders().first).arguments["payload"]
    #expect(payload?["fabric"]?["choice"] == ["1"])
    #expect(payload?["body"] == "Exponential backoff: and soon")
  }

  @Test func `what is dangerous is asked about again`() throws {
    let stage = try asked(danger: true)
    stage.press("1", "Enter", "o")
    stage.type("on Sunday")
    stage.press("Enter")
    guard case .confirm? = stage.shell.overlays.last else {
      Issue.record("nothing was asked")
      return
    }
    #expect(stage.shell.scene.answers.held.isEmpty)
    stage.press("Enter")
    #expect(stage.shell.scene.answers.held.map(\.options) == [[1]])
    #expect(stage.shell.scene.answers.held.map(\.text) == ["Exponential backoff: on Sunday"])
  }
}
