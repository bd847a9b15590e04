import Nostr
import Replica
import Studio
import Testing

@testable import Worker

/// A question from the program to the answer, by the loop with a fake program.
@Suite struct AskTests {
  private static let completed = RunEnding(outcome: "completed", text: "All done.")
  private static let question: JSONObject = [
    "op": "ask", "body": "Mobile or desktop first? hunter2", "options": ["Mobile", "Desktop"],
    "default": "Mobile", "via": "socket",
  ]

  /// A card whose program has asked.
  private final class Talk {
    let yard: Yard
    let card: Event
    let run: String

    init(_ question: JSONObject = AskTests.question, owner: Person? = nil) throws {
      yard = try Yard()
      yard.settings.owner = try owner?.key
      yard.restart()
      if let owner { try yard.register(owner: owner) }
      card = try yard.card()
      try yard.step()
      run = try yard.run(card).run
      yard.now += 10
      yard.driver.ask(run, question)
      try yard.step()
    }

    /// The question as everybody has it.
    var row: EntryRow {
      get throws {
        try #require(
          try yard.reader.questions(yard.room, openOnly: false).first, "no question was asked")
      }
    }

    var isOpen: Bool {
      get throws { try !yard.reader.questions(yard.room, openOnly: true).isEmpty }
    }

    func answer(
      _ text: String, by person: Person, _ fields: JSONObject = [:]
    ) throws -> Event {
      yard.now += 5
      return try yard.publish(
        .answer(
          Answer(
            target: .init(row.eventID), body: text, createdBy: "x",
            fabric: Fabric(type: "answer", fields: fields))), d: "a-\(yard.now)", by: person)
    }

    func say(_ text: String, by person: Person) throws {
      yard.now += 5
      try yard.publish(
        .comment(Comment(target: .init(card.id), body: text, createdBy: "x")),
        d: "c-\(yard.now)", by: person)
    }

    var told: JSON? { yard.driver.told[run]?[1] }
  }

  @Test func `a question is published once with all that an answer needs, and a copy to read`()
    throws
  {
    let talk = try Talk()
    let yard = talk.yard
    for _ in 0..<2 {
      yard.restart()
      try yard.step()
    }
    let row = try talk.row
    #expect(try yard.reader.questions(yard.room, openOnly: false).count == 1)
    #expect(row.body == "Mobile or desktop first? [redacted]")
    let fabric = try #require(row.fabric.flatMap { try? JSON(parsing: $0) })
    #expect(fabric["run"]?.string == talk.run && fabric["default"] == "1")
    #expect(fabric["blocking"] == true && fabric["on_timeout"] == "default")
    #expect(fabric["expires_at"]?.integer == yard.now + 86_400)
    #expect(fabric["options"]?.array?.map { $0["label"] } == ["Mobile", "Desktop"])
    let mirror = try #require(try yard.said("question_mirror").first)
    let copy = try #require(try yard.reader.payload(mirror.id)).map { $0 }
    let text = String(decoding: copy, as: UTF8.self)
    #expect(text.contains("1. Mobile") && text.contains("goes on with “Mobile”"))
    #expect(try JSON(parsing: copy)["fabric"]?["of"]?.string == row.eventID.hex)
    #expect(try yard.record(talk.card)?.state == .waiting)
    #expect(try yard.record(talk.card)?.question == row.eventID)
    #expect(try yard.run(talk.card).state == .running, "its program waits")
  }

  @Test func `whoever may not answer suggests; the first who may is heard, and once`() throws {
    let talk = try Talk()
    let stranger = try talk.answer("Desktop!", by: .carol)
    try talk.yard.step()
    #expect(talk.told == nil)
    #expect(try talk.isOpen)
    #expect(try talk.yard.reader.logEvent(stranger.id)?.verdict == .refused)
    let first = try talk.answer("Desktop", by: .bob, ["choice": ["2"]])
    let late = try talk.answer("No, mobile", by: .bob, ["choice": ["1"]])
    try talk.yard.step()
    talk.yard.restart()
    try talk.yard.step()
    #expect(talk.told?["choice"] == ["2"] && talk.told?["text"] == "Desktop")
    #expect(try !talk.isOpen)
    #expect(try talk.yard.reader.logEvent(first.id)?.verdict == .applied)
    #expect(try talk.yard.reader.logEvent(late.id)?.verdict == .superseded)
    #expect(try talk.yard.reader.workerQuestions(talk.run).map(\.answerEvent) == [first.id])
  }

  @Test(arguments: [("2", "2"), ("desktop.", "2"), ("Mob", "1"), ("2) ", "2")])
  func `a plain comment of the card's author is an answer`(words: String, choice: String) throws {
    let talk = try Talk()
    try talk.say("I would say 1", by: .carol)
    try talk.yard.step()
    #expect(talk.told == nil)
    try talk.say(words, by: .bob)
    try talk.yard.step()
    #expect(talk.told?["choice"]?.array == [.string(choice)])
    #expect(try !talk.isOpen)
  }

  @Test func `a comment that could mean either of two questions answers none`() throws {
    let talk = try Talk()
    talk.yard.now += 1
    talk.yard.driver.ask(talk.run, ["op": "ask", "body": "And which colour?", "via": "socket"])
    try talk.yard.step()
    try talk.say("Desktop", by: .bob)
    try talk.yard.step()
    #expect(talk.told == nil)
    _ = try talk.answer("Blue", by: .bob)
    try talk.yard.step()
    #expect(talk.told == nil)
    try talk.say("Desktop", by: .bob)
    try talk.yard.step()
    #expect(talk.told?["text"] == "Desktop")
    #expect(talk.yard.driver.told[talk.run]?[2]?["text"] == "Blue")
  }

  @Test func `a run is parked without a process and goes on with the answer`() throws {
    let talk = try Talk()
    let yard = talk.yard
    yard.driver.ask(talk.run, ["op": "pending", "of": 1])
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    #expect(try yard.run(talk.card).state == .waiting)
    #expect(try yard.row(talk.card).status == "in_progress")
    // The slot is free.
    let other = try yard.card("two")
    try yard.step()
    #expect(try yard.run(other).isOnMachine)
    yard.driver.end(try yard.run(other).run, Self.completed)
    for _ in 0..<3 {
      yard.now += 3_600
      yard.restart()
      try yard.step()
    }
    #expect(yard.driver.started.count == 2)
    _ = try talk.answer("The second", by: .bob, ["choice": ["2"]])
    try yard.step()
    try yard.step()
    #expect(yard.driver.started["\(talk.run)/2"] == 1)
    let job = try #require(yard.driver.jobs[talk.run])
    #expect(job.isResumed && job.prompt.contains("Answer by #") && job.prompt.contains("Desktop"))
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    #expect(try yard.row(talk.card).status == "done")
    #expect(try yard.said("result").count == 2)
    let cost = yard.signed.count { event in !event.d.contains("two") && event.kind != 0 }
    #expect(cost <= 2 * 12, "both cards")
    #expect(try yard.run(talk.card).events + 1 <= 12)
  }

  @Test func `an answered run waits for a slot, over a restart too`() throws {
    let talk = try Talk()
    let yard = talk.yard
    yard.driver.ask(talk.run, ["op": "pending", "of": 1])
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    let other = try yard.card("two")
    try yard.step()
    #expect(try yard.run(other).isOnMachine)
    _ = try talk.answer("The second", by: .bob, ["choice": ["2"]])
    for _ in 0..<2 {
      try yard.step()
      yard.restart()
    }
    #expect(try yard.run(talk.card).state == .queued)
    yard.driver.end(try yard.run(other).run, Self.completed)
    try yard.step()
    #expect(yard.driver.started["\(talk.run)/2"] == 1)
  }

  @Test func `an answer that came when its program was gone is not lost`() throws {
    let talk = try Talk()
    let yard = talk.yard
    yard.driver.ask(talk.run, ["op": "pending", "of": 1])
    _ = try talk.answer("Mobile", by: .bob)
    try yard.step()
    #expect(talk.told != nil)
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    try yard.step()
    #expect(yard.driver.started["\(talk.run)/2"] == 1)
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    #expect(try yard.row(talk.card).status == "done")
  }

  @Test func `when nobody answers it goes on with the default, and everybody sees that`() throws {
    let talk = try Talk()
    let outlook = try talk.yard.step()
    #expect(outlook.wakeAt.map { $0 <= talk.yard.now + 86_400 } == true)
    talk.yard.now += 86_400
    try talk.yard.step()
    #expect(talk.told?["state"] == "timed_out" && talk.told?["choice"] == ["1"])
    #expect(try !talk.isOpen)
    let late = try talk.answer("Desktop", by: .bob)
    try talk.yard.step()
    #expect(try talk.yard.reader.logEvent(late.id)?.verdict == .superseded)
    #expect(talk.told?["choice"] == ["1"])
    let own = talk.yard.signed.filter { $0.kind == 30535 }
    #expect(own.count == 1)
  }

  @Test(arguments: [true, false])
  func `without an answer and without a default the run fails`(isParked: Bool) throws {
    let talk = try Talk(["op": "ask", "body": "Which?", "expires_s": 60, "via": "socket"])
    let yard = talk.yard
    if isParked {
      yard.driver.end(talk.run, Self.completed)
      try yard.step()
      #expect(try yard.run(talk.card).state == .waiting)
    }
    yard.now += 60
    try yard.step()
    if !isParked {
      #expect(yard.driver.stopped[talk.run] == "question")
      yard.driver.end(talk.run, RunEnding(outcome: "cancelled", code: "question"))
      try yard.step()
    }
    let run = try yard.run(talk.card)
    #expect((run.outcome, run.code) == ("timed_out", "question"))
    #expect(try yard.row(talk.card).isHeld)
  }

  @Test func `an approval is its owner's, for exactly what was shown`() throws {
    let request: JSONObject = [
      "op": "ask", "kind": "approval", "action": ["tool": "sh", "input": "rm -rf build"],
    ]
    let talk = try Talk(request, owner: .dana)
    let yard = talk.yard
    let fabric = try #require(try talk.row.fabric.flatMap { try? JSON(parsing: $0) })
    let digest = try #require(fabric["action"]?["digest"])
    let allow: JSONObject = ["decision": "allow_once", "digest": digest]
    for refused in [
      try talk.answer("yes", by: .bob, allow),
      try talk.answer("yes", by: .dana, ["decision": "allow_once"]),
      try talk.answer("yes", by: .dana, ["decision": "allow_once", "digest": "00"]),
    ] {
      try yard.step()
      #expect(try yard.reader.logEvent(refused.id)?.verdict == .refused)
    }
    try talk.say("yes, go on", by: .bob)
    try yard.step()
    #expect(talk.told == nil)
    _ = try talk.answer("fine", by: .dana, allow)
    try yard.step()
    #expect(talk.told?["decision"] == "allow_once")
    // Once is once; another input is another question.
    yard.driver.ask(talk.run, request)
    try yard.step()
    #expect(try yard.reader.questions(yard.room, openOnly: true).count == 1)
  }

  @Test func `where nobody owns the worker nobody is asked to approve`() throws {
    let talk = try Talk(["op": "ask", "kind": "approval", "action": ["tool": "sh", "input": "rm"]])
    #expect(talk.told?["code"] == "no_owner")
    #expect(try talk.yard.reader.questions(talk.yard.room, openOnly: false).isEmpty)
  }

  @Test func `allowed for the run, the same input is not asked again; parked, once is kept`() throws
  {
    let request: JSONObject = [
      "op": "ask", "kind": "approval", "action": ["tool": "sh", "input": "make"],
      "via": "socket",
    ]
    for decision in ["allow_run", "allow_once"] {
      let talk = try Talk(request, owner: .dana)
      let yard = talk.yard
      yard.driver.ask(talk.run, ["op": "pending", "of": 1])
      yard.driver.end(talk.run, Self.completed)
      try yard.step()
      let fabric = try #require(try talk.row.fabric.flatMap { try? JSON(parsing: $0) })
      _ = try talk.answer(
        "ok", by: .dana,
        ["decision": .string(decision), "digest": try #require(fabric["action"]?["digest"])])
      try yard.step()
      try yard.step()
      for number in 3...4 {
        yard.driver.ask(talk.run, request)
        try yard.step()
        let told = yard.driver.told[talk.run]?[Int64(number)]
        #expect((told != nil) == (decision == "allow_run" || number == 3), "\(decision) \(number)")
      }
    }
  }

  @Test func `a program that asks without end is refused, and its life stays within the budget`()
    throws
  {
    let talk = try Talk()
    let yard = talk.yard
    for number in 0..<40 {
      yard.now += 1
      yard.driver.ask(talk.run, ["op": "ask", "body": "Question \(number)?", "default": "x"])
      yard.driver.ask(talk.run, ["op": "post", "body": "Word \(number)"])
      yard.driver.ask(talk.run, ["op": "deliver", "body": "Thing \(number)"])
      yard.driver.views[talk.run]?.digest.take(.text("Sentence \(number)."))
      try yard.step()
    }
    let told = try #require(yard.driver.told[talk.run])
    #expect(told.values.contains { $0["code"] == "too_many_questions" })
    yard.driver.end(talk.run, RunEnding(outcome: "failed", code: "agent_failed", words: "no"))
    try yard.step()
    #expect(yard.signed.count + 1 <= 12, "\(yard.signed.count)")
    #expect(try yard.reader.questions(yard.room, openOnly: true).isEmpty, "its run is over")
    let asked = try yard.reader.questions(yard.room, openOnly: false)
    #expect(!asked.isEmpty && asked.allSatisfy { $0.isWithdrawn && !$0.isOpen })
  }

  @Test func `what is no question is refused with a word, and the rest goes on`() throws {
    let talk = try Talk(["op": "ask", "body": " ", "options": ["A"]])
    talk.yard.driver.ask(talk.run, ["op": "ask", "body": "x", "options": ["A", ""]])
    talk.yard.driver.ask(talk.run, ["op": "ask", "body": "x", "kind": "riddle"])
    talk.yard.driver.ask(talk.run, ["op": "inbox"])
    try talk.yard.step()
    let told = try #require(talk.yard.driver.told[talk.run])
    #expect((1...3).allSatisfy { told[$0]?["code"] == "invalid_argument" })
    #expect(told[4]?["state"] == "answered")
    #expect(try talk.yard.reader.questions(talk.yard.room, openOnly: false).isEmpty)
  }

  @Test func `a word to the run is its next turn, and a cancel ends what waits`() throws {
    let talk = try Talk()
    let yard = talk.yard
    _ = try talk.answer("1", by: .bob)
    try yard.control(.steer, on: talk.card, by: .carol)
    try yard.step()
    yard.now += 1
    try yard.control(.steer, on: talk.card, by: .bob)
    yard.driver.ask(talk.run, ["op": "inbox"])
    try yard.step()
    #expect(yard.driver.told[talk.run]?[2]?["messages"]?.array?.map { $0["kind"] } == ["steer"])
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    try yard.step()
    #expect(yard.driver.started["\(talk.run)/2"] == 1)
    #expect(yard.driver.jobs[talk.run]?.prompt.contains("please") == true)
    yard.now += 1
    yard.driver.ask(talk.run, ["op": "ask", "body": "Really?", "via": "socket"])
    yard.driver.end(talk.run, Self.completed)
    try yard.step()
    #expect(try yard.run(talk.card).state == .waiting)
    yard.now += 1
    try yard.control(.cancel, on: talk.card, by: .bob)
    try yard.step()
    #expect(try yard.run(talk.card).outcome == "cancelled")
    #expect(try !talk.isOpen)
  }

  @Test func `the order in which it all arrives makes no difference`() throws {
    // Answers and records that came before the question they are about.
    let talk = try Talk()
    _ = try talk.answer("Desktop!", by: .carol)
    try talk.say("2", by: .bob)
    _ = try talk.answer("1", by: .bob)
    try talk.yard.step()
    talk.yard.driver.end(talk.run, Self.completed)
    try talk.yard.step()
    let digest = try talk.yard.reader.stateHash(room: nil).digest
    #expect(try talk.yard.replayed { $0.reversed() } == digest)
    #expect(try talk.yard.replayed { $0 } == digest)
    #expect(try talk.yard.replayed { $0.filter { $0.kind != 30532 } } != digest)
  }
}
