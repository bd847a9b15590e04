import CNcurses
import Glibc
import TestKit
import Testing

@testable import Terminal

/// Everything that draws through ncurses, whose state is one for the process: one after the other.
@Suite(.serialized) struct ScreenTests {
  init() { _ = TerminalSession.setLocale() }

  private static let samples: [SafeText] = [
    "plain", "漢字", SafeText(untrusted: "👩‍💻"), SafeText(untrusted: "❤️"), "🇫🇷", "1️⃣",
    SafeText(untrusted: "e\u{301}\u{302}"), SafeText(untrusted: "👍🏽"), "🫨", "\u{17000}", "\u{F0000}",
    "────────────", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "● ○ ▌ …", "क्षि",
  ]

  private static let links: [Link?] = [
    nil, nil, nil, Link(untrusted: "https://example.org/a;b?c#d"),
    Link(untrusted: "http://example.net"),
  ]

  private func randomGrid(_ size: Size, _ random: inout SeededRandom) -> Surface {
    var surface = Surface(size)
    for _ in 0..<Int.random(in: 1..<30, using: &random) {
      let name = StyleName.allCases[Int.random(in: 0..<StyleName.allCases.count, using: &random)]
      let style = Style(name, StyleLayers(rawValue: UInt8.random(in: 0..<8, using: &random)))
      let point = Point(
        x: Int.random(in: 0..<size.columns, using: &random),
        y: Int.random(in: 0..<size.rows, using: &random))
      let text = Self.samples[Int.random(in: 0..<Self.samples.count, using: &random)]
      let link = Self.links[Int.random(in: 0..<Self.links.count, using: &random)]
      surface.spans(
        [Span("<", style: style), Span(text, style: style, link: link), Span(">", style: style)],
        at: point)
    }
    surface.cursor =
      Bool.random(using: &random)
      ? Point(
        x: Int.random(in: 0..<size.columns, using: &random),
        y: Int.random(in: 0..<size.rows, using: &random)) : nil
    return surface
  }

  private func pen(_ style: Style, _ screen: CursesScreen) -> VirtualTerminal.Pen {
    let look = screen.theme.look(of: style, depth: screen.depth)
    func name(_ color: Color, _ base: Int) -> String {
      switch (color.base, screen.depth) {
      case (.standard, _), (_, .mono): return ""
      case (.exact(let rgb), .direct):
        return "2;\(rgb >> 16 & 0xFF);\(rgb >> 8 & 0xFF);\(rgb & 0xFF)"
      case (.exact, .indexed): return "5;\(color.indexed)"
      default:
        guard let ansi = color.ansi else { return "" }
        return String(ansi < 8 ? base + Int(ansi) : base + 60 + Int(ansi) - 8)
      }
    }
    return VirtualTerminal.Pen(
      foreground: name(look.foreground, 30), background: name(look.background, 30),
      attributes: look.attributes)
  }

  private func compare(
    _ terminal: VirtualTerminal, _ surface: Surface, _ screen: CursesScreen, _ note: Comment
  ) {
    var wrong = 0
    for y in 0..<surface.size.rows {
      for x in 0..<surface.size.columns {
        guard let (text, style) = surface.grid.cell(at: Point(x: x, y: y)) else { continue }
        let shown = terminal[x, y]
        var expected = pen(style, screen)
        expected.link = surface.grid.link(at: Point(x: x, y: y))?.address ?? ""
        if shown.text == " ", text == " " {
          // The colour of nothing does not show; ncurses may leave any.
          expected.foreground = shown.pen.foreground
          let hidden: Attributes = [.bold, .dim, .italic]
          expected.attributes.subtract(hidden)
          expected.attributes.formUnion(shown.pen.attributes.intersection(hidden))
        }
        if !shown.text.utf8.elementsEqual(text.utf8) || shown.pen != expected {
          let isCorner = y + 1 == surface.size.rows && x + 3 == surface.size.columns
          if isCorner, screen.capability("smam") == nil, shown.text == " " { continue }
          wrong += 1
          if wrong < 4 {
            Issue.record("\(x),\(y): drew \(text) \(expected), shows \(shown). \(note)")
          }
        }
      }
    }
    #expect(wrong == 0, note)
    #expect(terminal.cursorVisible == (surface.cursor != nil), note)
    if let cursor = surface.cursor {
      #expect(Point(x: terminal.x, y: terminal.y) == cursor, note)
    }
    #expect(terminal.unknown == [], note)
    #expect(!terminal.isSynchronized, note)
  }

  @Test(arguments: [
    ("xterm-256color", ["COLORTERM": "truecolor"]), ("xterm-256color", [:]),
    ("screen-256color", [:]), ("tmux-256color", ["COLORTERM": "truecolor"]),
    ("xterm-256color", ["NO_COLOR": "1"]),
  ])
  func `what the terminal shows is what was drawn`(type: String, environment: [String: String])
    throws
  {
    var random = SeededRandom(42)
    for theme in [Theme.terminal, Theme.dark] {
      let pty = try PTY()
      var size = Size(columns: 60, rows: 12)
      let screen = try CursesScreen(
        .init(type: type, size: size, environment: environment, emoji: .asIs), theme: theme,
        output: pty.inner)
      var terminal = VirtualTerminal(size)
      for frame in 0..<40 {
        if frame % 13 == 12 {
          size = Size(
            columns: Int.random(in: 1..<90, using: &random),
            rows: Int.random(in: 1..<30, using: &random))
          screen.resize(to: size)
          terminal.resize(to: size)
        }
        let surface = randomGrid(size, &random)
        screen.synchronizes = frame % 2 == 0
        screen.title = "(?\(frame / 3)) team"
        try screen.draw(surface.grid, cursor: surface.cursor)
        var bytes = pty.take()
        while screen.isBusy {
          try screen.flush()
          bytes += pty.take()
        }
        #expect(bytes.count == screen.lastFrameBytes)
        terminal.feed(bytes)
        compare(terminal, surface, screen, "\(type) \(theme.name) frame \(frame)")
        #expect(terminal.title == "(?\(frame / 3)) team")
        try screen.draw(surface.grid, cursor: surface.cursor)
        #expect(pty.take() == [], "the same grid twice writes nothing")
      }
    }
  }

  @Test func `reduced emoji take the same cells and no joiner`() throws {
    let pty = try PTY()
    let size = Size(columns: 20, rows: 2)
    let screen = try CursesScreen(
      .init(type: "xterm-256color", size: size), theme: .plain, output: pty.inner)
    var surface = Surface(size)
    surface.text(SafeText(untrusted: "👩‍💻x❤️y1️⃣z👍🏽!"), at: Point(x: 0, y: 0))
    try screen.draw(surface.grid, cursor: nil)
    var terminal = VirtualTerminal(size)
    terminal.feed(pty.take())
    #expect(terminal.text == "👩x❤ y1 z👍!\n")
  }

  @Test func `clusters are drawn as the terminal has shown that it can`() throws {
    let pty = try PTY()
    let size = Size(columns: 30, rows: 1)
    let screen = try CursesScreen(
      .init(type: "xterm-256color", size: size), theme: .plain, output: pty.inner)
    var surface = Surface(size)
    surface.text(SafeText(untrusted: "👩‍💻 ❤️ 🇫🇷 👍🏽 ● é"), at: Point(x: 0, y: 0))
    func shown(_ policy: EmojiPolicy, wideSigns: Bool = false) throws -> String {
      screen.use(policy, wideSigns: wideSigns)
      try screen.draw(surface.grid, cursor: nil)
      var terminal = VirtualTerminal(size)
      terminal.feed(pty.take())
      #expect(terminal.unknown == [])
      return terminal.text
    }
    #expect(try shown(.asIs) == "👩‍💻 ❤️ 🇫🇷 👍🏽 ● é")
    #expect(try shown([]) == "👩 ❤  FR 👍 ● é")
    #expect(try shown([.joined, .flag], wideSigns: true) == "👩‍💻 ❤  🇫🇷 👍 * é")
  }

  @Test func `the terminal is told a link once for each run of it, and never left in one`() throws {
    let pty = try PTY()
    let size = Size(columns: 40, rows: 3)
    let screen = try CursesScreen(
      .init(type: "xterm-256color", size: size), theme: .plain, output: pty.inner)
    let text = SafeText(untrusted: "see https://example.org/a/long/address/that/breaks, please")
    let lines = text.wrapped(to: 24)
    var surface = Surface(size)
    for (y, spans) in Link.spans(of: text, wrapped: lines, style: .text).enumerated() {
      surface.spans(spans, at: Point(x: 0, y: y))
    }
    try screen.draw(surface.grid, cursor: nil)
    let bytes = String(decoding: pty.take(), as: UTF8.self)
    #expect(
      bytes.components(of: "\u{1B}]8;id=s1;https://example.org/a/long/address/that/breaks\u{1B}\\")
        == 2)
    #expect(bytes.components(of: "\u{1B}]8;;\u{1B}\\") == 2)
    #expect(surface.grid.row(0) == "see")
    #expect(surface.grid.row(2) == "ng/address/that/breaks,")
  }

  @Test func `a small change costs few bytes, a whole frame is synchronised`() throws {
    let pty = try PTY()
    let size = Size(columns: 80, rows: 24)
    let screen = try CursesScreen(
      .init(type: "xterm-256color", size: size), theme: .terminal, output: pty.inner)
    var random = SeededRandom(1)
    var surface = randomGrid(size, &random)
    surface.text("4m", at: Point(x: 70, y: 5))
    surface.cursor = nil
    screen.synchronizes = true
    try screen.draw(surface.grid, cursor: nil)
    let first = String(decoding: pty.take(), as: UTF8.self)
    #expect(first.hasPrefix("\u{1B}[?2026h") && first.hasSuffix("\u{1B}[?2026l"))
    surface.text("5m", at: Point(x: 70, y: 5))
    try screen.draw(surface.grid, cursor: nil)
    #expect((1...64).contains(pty.take().count))
  }

  @Test func `while the terminal does not read, only the newest frame waits`() throws {
    let pty = try PTY()
    let size = Size(columns: 200, rows: 60)
    let screen = try CursesScreen(
      .init(type: "xterm-256color", size: size), theme: .dark, output: pty.inner)
    var random = SeededRandom(9)
    var terminal = VirtualTerminal(size)
    var last = Surface(size)
    var blocked = false
    for frame in 0..<40 {
      last = randomGrid(size, &random)
      for y in 0..<size.rows {
        let letter = Key(.character(Unicode.Scalar(UInt8(0x61 + (frame + y) % 26)))).description
        let line = SafeText(untrusted: String(repeating: letter + " ", count: 70))
        last.text(line, at: Point(x: 0, y: y), style: Style(.stateWaiting))
      }
      try screen.draw(last.grid, cursor: last.cursor)
      blocked = blocked || screen.isBusy
    }
    #expect(blocked)
    let bytes = try drained(screen, pty)
    terminal.feed(bytes)
    #expect(bytes.count < 40 * 60 * 140, "every frame was sent")
    #expect(terminal.text == (try redrawn(last, size)).text)
  }

  /// Everything that a screen has to say, read to its end.
  private func drained(_ screen: CursesScreen, _ pty: PTY) throws -> [UInt8] {
    var bytes = pty.take()
    while screen.isBusy {
      try screen.flush()
      bytes += pty.take()
    }
    return bytes + pty.take()
  }

  /// What a fresh terminal shows of a surface.
  private func redrawn(_ surface: Surface, _ size: Size) throws -> VirtualTerminal {
    let pty = try PTY()
    let screen = try CursesScreen(
      .init(type: "xterm-256color", size: size), theme: .dark, output: pty.inner)
    var terminal = VirtualTerminal(size)
    try screen.draw(surface.grid, cursor: surface.cursor)
    terminal.feed(try drained(screen, pty))
    return terminal
  }

  @Test func `an unknown or dumb terminal is refused by name`() throws {
    let pty = try PTY()
    let size = Size(columns: 80, rows: 24)
    func open(_ type: String) -> TerminalError? {
      do throws(TerminalError) {
        _ = try CursesScreen(.init(type: type, size: size), theme: .plain, output: pty.inner)
        return nil
      } catch { return error }
    }
    #expect(open("no-such-terminal") == .unknownTerminal("no-such-terminal"))
    #expect(open("dumb") == .noCursor("dumb"))
    #expect(open("vt100") == nil)
    #expect(open("linux") == nil)
    #expect(pty.take() == [])
  }

  @Test func `a locale without UTF-8 gets ASCII twins`() {
    let choice = GlyphChoice(emoji: .reduced, isASCII: true) { _ in 1 }
    #expect(choice.choose("─", width: 1) == .scalar(0x2D))
    #expect(choice.choose("é", width: 1) == .scalar(0x3F))
    #expect(choice.choose("漢", width: 2) == .bytes([0x3F, 0x20]))
  }

  @Test func `our widths are the C library's where it knows better than to guess`() {
    var differences = 0
    for value in UInt32(0x20)...0x2FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      guard properties.generalCategory != .unassigned, !properties.isDefaultIgnorableCodePoint,
        properties.generalCategory != .control, properties.generalCategory != .format
      else { continue }
      let library = Int(wcwidth(wchar_t(value)))
      if library >= 0, library != Width.of(scalar) { differences += 1 }
    }
    // Newer and older Unicode differ on a few; a broken table differs on thousands.
    #expect(differences < 300)
  }

  @Test func `a session takes the terminal and gives it back whole, once`() throws {
    let pty = try PTY(columns: 100, rows: 30)
    var before = termios()
    tcgetattr(pty.inner, &before)
    before.c_lflag |= UInt32(ECHO | ICANON)
    tcsetattr(pty.inner, TCSANOW, &before)
    tcgetattr(pty.inner, &before)
    let session = try TerminalSession(
      .init(withGuard: false), environment: ["TERM": "xterm-256color"], path: pty.path)
    #expect(session.screen.size == Size(columns: 100, rows: 30))
    var terminal = VirtualTerminal(session.screen.size)
    terminal.feed(pty.take().filter { $0 != 0 })
    #expect(terminal.modes == ["?1049", "?2004", "?1004", "?1000", "?1002", "?1006"])
    #expect(terminal.questions.last == "c", "what every terminal answers ends the questions")
    #expect(terminal.questions.count == 6 + 7 + 1)
    #expect(!terminal.text.contains { $0 != "\n" }, "samples of the questions do not show")
    var during = termios()
    tcgetattr(pty.inner, &during)
    #expect(during.c_lflag & UInt32(ECHO | ICANON) == 0)
    pty.resize(columns: 40, rows: 10)
    #expect(session.measure() == Size(columns: 40, rows: 10))
    #expect(session.screen.size == Size(columns: 40, rows: 10))
    session.close()
    session.close()
    let bytes = pty.take()
    terminal.feed(bytes)
    #expect(terminal.modes == [])
    #expect(terminal.cursorVisible)
    #expect(String(decoding: bytes, as: UTF8.self).components(of: "\u{1B}[?1049l") == 1)
    var after = termios()
    tcgetattr(pty.inner, &after)
    #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag)
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let index = rest.firstRange(of: text) {
      count += 1
      rest = rest[index.upperBound...]
    }
    return count
  }
}
