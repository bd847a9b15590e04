import FourA
import Nostr
import Replica
import Studio
import Testing

@testable import Worker

/// What a program is told that asks in one run what was answered in another of the same card.
@Suite struct AskingAnewTests {
  private static let completed = RunEnding(outcome: "completed", text: "All done.")
  private static let question: JSONObject = [
    "op": "ask", "body": "Mobile or desktop first?", "options": ["Mobile", "Desktop"],
    "key": "ask:1", "via": "socket",
  ]

  /// How a card comes to a second run.
  enum Again: CaseIterable { case opened, retried, retriedFresh }

  private func answer(_ text: String, in yard: Yard) throws {
    let open = try yard.reader.questions(yard.room, openOnly: true)
    let row = try #require(open.first)
    yard.now += 5
    try yard.publish(
      .answer(
        Answer(
          target: .init(row.eventID), body: text, createdBy: "x",
          fabric: Fabric(type: "answer", fields: [:]))), d: "a-\(yard.now)", by: .bob)
    try yard.step()
  }

  private func giveAgain(_ card: Event, _ again: Again, in yard: Yard) throws {
    yard.now += 60
    switch again {
    case .opened:
      try yard.publish(
        .comment(
          .statusChange(
            card: card.id, address: card.address, from: .done, to: .open, createdBy: "x")),
        d: "open-\(yard.now)", by: .bob)
    case .retried, .retriedFresh:
      try yard.publish(
        .comment(
          .control(
            .retry, "once more", card: card.id, address: card.address,
            fields: ["mode": again == .retried ? "resume" : "fresh"],
            createdBy: try Person.bob.key)), d: "retry-\(yard.now)", by: .bob)
    }
    try yard.step()
  }

  @Test(arguments: Again.allCases)
  func `another run asks anew what was answered before`(_ again: Again) throws {
    let yard = try Yard()
    let card = try yard.card()
    try yard.step()
    let first = try yard.run(card).run
    yard.driver.ask(first, Self.question)
    try yard.step()
    try answer("Mobile", in: yard)
    #expect(yard.driver.told[first]?[1]?["text"]?.string == "Mobile")
    yard.driver.end(first, Self.completed)
    try yard.step()
    #expect(try yard.row(card).status == "done")

    try giveAgain(card, again, in: yard)
    let second = try yard.run(card)
    #expect(second.run != first && second.cycle == 2)
    #expect(!(yard.driver.jobs[second.run]?.prompt.contains("Your questions are settled") ?? true))
    yard.driver.ask(second.run, Self.question)
    for _ in 0..<2 {
      yard.restart()
      try yard.step()
    }
    #expect(yard.driver.told[second.run]?[1] == nil, "nobody has answered it")
    #expect(try yard.reader.questions(yard.room, openOnly: false).count == 2)
    try answer("Desktop", in: yard)
    #expect(yard.driver.told[second.run]?[1]?["text"]?.string == "Desktop")
  }

  @Test func `a card that is opened again while its run waits has one run`() throws {
    let yard = try Yard()
    let card = try yard.card()
    try yard.step()
    let first = try yard.run(card).run
    yard.driver.views[first]?.session = "s-1"
    yard.driver.ask(first, Self.question)
    try yard.step()
    yard.driver.end(first, RunEnding(outcome: "failed", code: "no_result"))
    try yard.step()
    #expect(try yard.run(card).state == .waiting)

    try giveAgain(card, .opened, in: yard)
    try yard.step()
    let runs = try yard.runs(card)
    #expect(runs.count == 2 && runs.count { $0.state != .done } == 1, "\(runs)")
    #expect(runs.first { $0.run == first }?.outcome == "cancelled")
    let second = try #require(runs.first { $0.state != .done })
    yard.driver.ask(second.run, Self.question)
    try yard.step()
    let open = try yard.reader.questions(yard.room, openOnly: true)
    #expect(open.count == 1)
    try answer("Desktop", in: yard)
    #expect(yard.driver.told[second.run]?[1]?["text"]?.string == "Desktop")
    #expect(yard.driver.told[first]?[1] == nil)
  }
}
