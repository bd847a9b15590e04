/// What is on the demo's cards, and what its agents say.
enum DemoScript {
  static let roomTitle = "Demo: the 2.0 launch"

  struct Track {
    let slug: String
    let title: String
    let description: String
  }

  static let tracks = [
    Track(slug: "launch", title: "Launch", description: "What must be true on the day"),
    Track(slug: "product", title: "Product", description: "What the launch is about"),
    Track(slug: "care", title: "Care", description: "What people wrote to us"),
  ]

  struct Card {
    let track: String
    let kind: String
    let title: String
    let body: String
    let tag: String
  }

  /// In the order in which they are listed at first.
  static let cards = [
    Card(
      track: "launch", kind: "note", title: "Start here: a team of three agents",
      body: """
        You are in a room with **atlas**, **borealis** and **cygnus**. They are members like you: each has a \
        key, a home and a sync engine of its own, and hears of you only through the relay.

        - Choose a card and press `a` to assign it to one of them. It picks the card up at once.
        - Watch it work: its comments arrive without a key pressed.
        - It will ask a question. Press the digit of an answer, and it goes on.
        - `c` makes a card of your own, `r` comments on one, `?` shows every key, `q` leaves.

        All of this is thrown away when you leave.
        """, tag: "welcome"),
    Card(
      track: "product", kind: "task", title: "Import must survive a dropped connection",
      body: "A large import starts from the beginning when the line drops. Resume where it was.",
      tag: "bug"),
    Card(
      track: "launch", kind: "task", title: "Write the release notes for 2.0",
      body: "One page, for people who use it daily. What changed for them comes first.",
      tag: "docs"),
    Card(
      track: "care", kind: "task", title: "Why do new users stop at step two?",
      body: "Half of those who sign up never invite anybody. Find out where they stop, and why.",
      tag: "research"),
    Card(
      track: "product", kind: "task", title: "Search should find words with accents",
      body: "“Zurich” should find “Zürich”, and the other way round.", tag: "bug"),
    Card(
      track: "launch", kind: "task", title: "Rehearse the roll-back",
      body: "On the day we must be able to go back within ten minutes. Try it once, with a clock.",
      tag: "operations"),
    Card(
      track: "care", kind: "task", title: "Answer the three oldest letters",
      body: "They have waited for more than two weeks.", tag: "support"),
  ]

  /// One thing that an agent does on a card. In its words, `TITLE` stands for the card's title and `ANSWER` for
  /// what was answered last.
  enum Step {
    case progress(String)
    case ask(String, options: [String])
    case result(String)
  }

  /// How an agent works a card.
  static func steps(for agent: String) -> [Step] {
    switch agent {
    case "borealis": writer
    case "cygnus": researcher
    default: engineer
    }
  }

  private static let engineer: [Step] = [
    .progress("I have read “TITLE”. First a test that shows it, then the smallest change."),
    .progress("The test fails as it should, so the fault is where we thought."),
    .ask(
      "Should the old behaviour stay behind a switch for one release?",
      options: ["Keep a switch", "Remove it now"]),
    .progress("“ANSWER”: understood. Changing it on that basis."),
    .progress("The test passes, and so do the others."),
    .result(
      "Done. The change is small and has its own test; about the old behaviour, as you decided: ANSWER."
    ),
  ]

  private static let writer: [Step] = [
    .progress("On “TITLE”. I collect what there is before I write a line."),
    .progress("The outline stands: three parts, the most useful one first."),
    .ask(
      "Whom do we speak to?",
      options: ["People who use it daily", "People who have never seen it", "Both, on two pages"]),
    .progress("“ANSWER”: good, that sets the tone. Writing."),
    .progress("The draft is whole. I read it aloud once and cut a third."),
    .result("Done: one page, written for this reader: ANSWER. Every claim in it was checked."),
  ]

  private static let researcher: [Step] = [
    .progress("Looking into “TITLE”. I begin with the numbers that we have."),
    .progress("Two explanations remain. They ask for different remedies."),
    .ask(
      "Which one shall I follow first?",
      options: ["The one that is cheap to test", "The one that more people meet"]),
    .progress("“ANSWER”: following that one."),
    .progress("It holds: the same pattern shows in each of the last four weeks."),
    .result("Done. I took the path you chose (ANSWER); the cause and a remedy are written down."),
  ]
}
