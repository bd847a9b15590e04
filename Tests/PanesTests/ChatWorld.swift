import FourA
import Home
import Nostr
import Replica
import Studio
import Terminal
import TestKit
import Testing
import Workspace

@testable import Panes

extension ConnectionID {
  /// The same on every run.
  static func numbered(_ number: UInt8) -> ConnectionID {
    .random { Array(repeating: number, count: $0) }
  }
}

/// What is said in channels.
extension World {
  static func channel(_ name: String) -> ChannelName { ChannelName(name) ?? .general }

  /// Somebody registers a connection of theirs.
  @discardableResult
  func agent(_ connection: ConnectionID, _ name: String, by author: Person) throws -> Event {
    try post(
      .card(.agent(connection, name: name, createdBy: "x")),
      d: DTag.agent(connection: connection.text), by: author, at: Self.now - 90_000)
  }

  /// Somebody posts; the channel needs no root.
  @discardableResult
  func say(
    _ body: String, in channel: String = "general", _ kind: PostKind = .status, by author: Person,
    ago: Int64, to earlier: Event? = nil, mentions: [Mention] = [], refs: JSONObject = [:],
    as connection: ConnectionID? = nil
  ) throws -> Event {
    let mark = PostMark(
      channel: Self.channel(channel), kind: kind, connection: connection, replyTo: earlier?.id,
      mentions: mentions, refs: refs)
    let target = TargetReference(EventID(SHA256.hash("no root")))
    return try post(
      .comment(
        Comment(
          target: target, body: body, intent: kind.rawValue, createdBy: "x", fabric: mark.fabric)),
      d: "post-\(SHA256.hash(body).hex.prefix(12))-\(ago)", by: author, at: Self.now - ago)
  }

  /// A question with options in a channel, of an event of its own kind.
  @discardableResult
  func asks(
    _ body: String, options: [String], in channel: String = "general", by author: Person,
    ago: Int64, as connection: ConnectionID? = nil, fields: JSONObject = [:]
  ) throws -> Event {
    var fabric = PostMark(
      channel: Self.channel(channel), kind: .question, connection: connection
    ).fabric
    fabric = fabric.setting(
      "options",
      .array(
        options.enumerated().map {
          ["id": .string("\($0.offset + 1)"), "label": .string($0.element)]
        }))
    for (key, value) in fields { fabric = fabric.setting(key, value) }
    return try post(
      .question(Question(body: body, track: "channels", createdBy: "x", fabric: fabric)),
      d: "question-\(body)", by: author, at: Self.now - ago)
  }

  func follow(_ channel: String) throws {
    try Desk(path: home.replicaFile).subscribe(
      InboxOwner(try Person.alice.key), to: Self.channel(channel), in: room)
  }

  /// A team that talks.
  static func talk() throws -> World {
    let world = try World.team()
    let agent = ConnectionID.numbered(0x2a)
    try world.agent(agent, "OpusDev", by: .atlas)
    let card = try world.card("Retry the uploader", to: .atlas, ago: 95_000)
    try world.follow("general")
    try world.follow("release")
    let goal = try world.say(
      "## Goal\nShip 2.0 on Friday.", .brief, by: .bob, ago: 93_000,
      refs: ["card": [.string(card.address.text)], "branch": "release/2.0"])
    try world.say("On it.", by: .atlas, ago: 92_900, to: goal, as: agent)
    for ago in [9_000, 8_700, 8_400] as [Int64] {
      try world.say("alive \(ago)", .heartbeat, by: .atlas, ago: ago, as: agent)
    }
    try world.say(
      "The uploader retries five times now.", .claim, by: .atlas, ago: 7_000, as: agent)
    try world.say(
      "I am alice #00000000 and I say: ship it.", by: .bob, ago: 3_600,
      mentions: [Mention(try Person.alice.key)])
    try world.say(
      "Five is too many, @alice what do you think?", by: .bob, ago: 1_800, to: goal,
      mentions: [Mention(try Person.alice.key)])
    try world.asks(
      "Keep five tries?", options: ["Keep five", "Back to three"], by: .atlas, ago: 600, as: agent)
    try world.say("Friday it is.", in: "release", .decision, by: .bob, ago: 500)
    try world.say("lunch?", in: "kitchen", by: .bob, ago: 400)
    return world
  }
}

/// One pane of the chat on a surface, and time by hand.
final class ChatStage {
  let world: World
  let scene: Scene
  let chat: ChatPane
  let posts: PostsPane
  let desk: Desk
  var size: Size
  var wall = World.now

  init(_ world: World, channel: String? = "general", columns: Int = 80, rows: Int = 20) throws {
    self.world = world
    size = Size(columns: columns, rows: rows)
    desk = try Desk(path: world.home.replicaFile)
    let workspace = try Workspace(home: world.home, unlock: { "" })
    scene = Scene(
      workspace: workspace,
      clock: Clock(now: { World.now }, monotonic: { .seconds(1_000) }, isUTC: true),
      budget: 10_000)
    chat = ChatPane(scene)
    posts = PostsPane(scene)
    posts.isWatched = true
    scene.refresh()
    chat.refresh()
    if let channel { chat.select(channel) }
    refresh()
  }

  func refresh() {
    scene.refresh()
    chat.refresh()
    chat.lead()
    posts.refresh()
  }

  private func draw(_ pane: any Pane) -> [String] {
    var surface = Surface(size)
    let area = Rect(size).splitTop(1)
    pane.draw(on: &surface, in: area.rest, focused: true)
    // The title is the pane's after it has been drawn, as on its border.
    surface.row(area.top, left: [Span(pane.title)], right: [Span(pane.trailing)])
    return (0..<size.rows).map { surface.grid.row($0) }
  }

  /// What a pane shows, its title first.
  var channels: [String] { draw(chat) }
  var lines: [String] { draw(posts) }
  var text: String { lines.joined(separator: "\n") }

  func shows(_ words: String) -> Bool { text.contains(words) }

  func press(_ commands: PaneCommand...) {
    _ = lines
    for command in commands {
      #expect(posts.perform(command))
      _ = lines
    }
  }
}
