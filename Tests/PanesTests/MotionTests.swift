import Home
import Terminal
import Testing

@testable import Panes

/// Signs that turn, and what frames cost.
@Suite struct MotionTests {
  private static let signs = ["◐", "◓", "◑", "◒"]

  private func turning(_ stage: Stage) -> [String] {
    Self.signs.filter { stage.shows($0) }
  }

  @Test func `the sign of who works turns four times a second, while the terminal is looked at`()
    throws
  {
    let stage = try Stage(World.atWork().0, at: .board)
    stage.shell.hasMotion = true
    stage.draw()
    var seen: [String] = []
    for _ in 0..<4 {
      seen += turning(stage)
      let due = try #require(stage.shell.turnAt)
      let left = due - stage.shell.clock.monotonic()
      #expect(left > .zero && left <= .milliseconds(250))
      stage.wait(left)
    }
    #expect(Set(seen) == Set(Self.signs))
    #expect(seen.count == 4)
    stage.shell.receive(.focus(false))
    stage.draw()
    #expect(turning(stage).isEmpty)
    #expect(stage.shell.turnAt == nil)
    stage.shell.receive(.focus(true))
    stage.draw()
    #expect(stage.shell.turnAt != nil)
  }

  @Test func `nothing turns unless it is wanted, and nothing is woken where nobody works`() throws {
    let stage = try Stage(World.atWork().0, at: .board)
    #expect(turning(stage).isEmpty)
    #expect(stage.shell.turnAt == nil)
    let alone = try World()
    try alone.card("Alone")
    let idle = try Stage(alone, columns: 59)
    idle.shell.hasMotion = true
    idle.draw()
    #expect(idle.shell.turnAt == nil)
  }

  @Test func `motion is a setting`() throws {
    let world = try World()
    #expect(!Settings.load(world.home).motion)
    try Configuration.set("motion", to: "on", in: world.home)
    #expect(Settings.load(world.home).motion)
    #expect(Settings.load(world.home).problems == [])
  }

  @Test func `what frames cost is shown in a corner, and takes no keys`() throws {
    let stage = try Stage(World.team())
    var log = FrameLog()
    for number in 1...100 {
      log.add(.init(time: .microseconds(number * 100), bytes: number * 10, cells: number))
    }
    stage.shell.frames = { [log] in log }
    stage.press(";", "p")
    #expect(stage.shows("Frames"))
    #expect(stage.shows("the last 100"))
    let rows = (0..<24).map { stage.row($0).split(separator: " ").map(String.init) }
    func values(_ name: String) -> [String] {
      rows.compactMap { row in
        row.firstIndex(of: name).map { Array(row[($0 + 1)...].prefix(4)) }
      }.first ?? []
    }
    #expect(values("ms") == ["10.0", "5.0", "9.9", "10.0"])
    #expect(values("bytes") == ["1000", "500", "990", "1000"])
    #expect(values("cells") == ["100", "50", "99", "100"])
    stage.press("?")
    #expect(!stage.shell.overlays.isEmpty)
    stage.press("Esc", ";", "p")
    #expect(!stage.shows("the last 100"))
  }

  @Test func `of very many frames the last ones count`() {
    var log = FrameLog()
    #expect(log.percentile(50) { $0.bytes } == nil)
    for number in 0..<(FrameLog.capacity + 50) {
      log.add(.init(time: .zero, bytes: number, cells: 0))
    }
    #expect(log.count == FrameLog.capacity)
    #expect(log.percentile(1) { $0.bytes } == 51)
    #expect(log.percentile(100) { $0.bytes } == log.last?.bytes)
  }
}
