/// What is on the demo's cards.
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
        key, a home, a sync engine and a worker of its own, and hears of you only through the relay. What the \
        workers run is a small script, by the adapter `generic` and in no sandbox: it only sleeps and speaks.

        - Choose a card and press `a` to assign it to one of them. It picks the card up at once.
        - Watch it work: how far it is arrives without a key pressed.
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
}
