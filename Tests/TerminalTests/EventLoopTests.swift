import Glibc
import Testing

@testable import Terminal

/// Counts what a loop does to it.
private final class Recorder: Program {
  var events: [InputEvent] = []
  var sizes: [Size] = []
  var draws = 0
  var due: Duration?
  var onEvent: (InputEvent) -> Void = { _ in }
  var onDraw: () -> Void = {}
  var onTick: () -> Void = {}

  func receive(_ event: InputEvent) {
    events.append(event)
    onEvent(event)
  }
  func resized(to size: Size) { sizes.append(size) }
  func draw(on surface: inout Surface) {
    draws += 1
    surface.text("frame", at: Point(x: 0, y: 0))
    onDraw()
  }
  var deadline: Duration? { due }
  func tick(now: Duration) -> Bool {
    due = nil
    onTick()
    return false
  }
}

@Suite struct EventLoopTests {
  private func pipes() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private func send(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = write(descriptor, bytes, bytes.count)
  }

  @Test func `a key is drawn in the turn that brings it`() throws {
    let input = try pipes()
    let screen = GridScreen(Size(columns: 10, rows: 2))
    let loop = EventLoop(screen: screen, input: input.read)
    let program = Recorder()
    program.onDraw = {
      if program.draws == 1 { send("a", to: input.write) }
      if program.draws == 2 { loop.stop() }
    }
    #expect(try loop.run(program) == .stopped)
    #expect(program.events == [.key(Key(.character("a")))])
    #expect(program.sizes == [Size(columns: 10, rows: 2)])
    #expect(loop.turns == 1)
    #expect(screen.frames == 2)
    #expect(screen.grid.text == "frame\n")
  }

  @Test func `a burst of data is one frame, and unchanged data is none`() throws {
    let input = try pipes()
    let data = try pipes()
    let screen = GridScreen(Size(columns: 10, rows: 2))
    let loop = EventLoop(screen: screen, input: input.read)
    let program = Recorder()
    var reads = 0
    loop.watch(data.read) {
      var byte: UInt8 = 0
      _ = read(data.read, &byte, 1)
      reads += 1
      if reads == 100 { send("q", to: input.write) }
      return reads > 50
    }
    program.onDraw = {
      if program.draws == 1 { send(String(repeating: "x", count: 100), to: data.write) }
    }
    program.onEvent = { _ in loop.stop() }
    #expect(try loop.run(program) == .stopped)
    #expect(reads == 100)
    #expect(screen.frames < 10)
  }

  @Test func `a deadline wakes the loop once and nothing else does`() throws {
    let input = try pipes()
    let loop = EventLoop(screen: GridScreen(Size(columns: 4, rows: 1)), input: input.read)
    let program = Recorder()
    program.due = EventLoop.now + .milliseconds(60)
    program.onTick = { loop.stop() }
    #expect(try loop.run(program) == .stopped)
    #expect(loop.turns == 1)
    #expect(program.draws == 1)
  }

  @Test func `Ctrl-C twice ends, a closed terminal ends`() throws {
    let input = try pipes()
    let loop = EventLoop(screen: GridScreen(Size(columns: 4, rows: 1)), input: input.read)
    let program = Recorder()
    send("\u{3}\u{3}", to: input.write)
    #expect(try loop.run(program) == .stopped)
    #expect(program.events == [.key(Key(.character("c"), .control))])
    close(input.write)
    #expect(try loop.run(Recorder()) == .hangup)
  }

  @Test func `frames keep their distance unless a key asks`() {
    var clock = FrameClock()
    #expect(clock.deadline == nil)
    clock.noteChange()
    #expect(clock.isDue(at: .zero))
    clock.drew(at: .milliseconds(100))
    #expect(clock.deadline == nil)
    clock.noteChange()
    #expect(!clock.isDue(at: .milliseconds(132)))
    #expect(clock.deadline == .milliseconds(133))
    clock.noteInput()
    #expect(clock.isDue(at: .milliseconds(101)))
    clock.drew(at: .milliseconds(101))
    #expect(clock.deadline == nil)
  }
}
