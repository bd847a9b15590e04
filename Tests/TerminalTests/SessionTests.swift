import CNcurses
import Glibc
import TestKit
import Testing

@testable import Terminal

extension ScreenTests {
  /// Sessions use ncurses too: one after the other with everything that does.
  @Suite(.serialized) struct SessionTests {
    private func answer(_ text: String, to session: TerminalSession) -> Bool {
      var decoder = KeyDecoder()
      return decoder.feed(text.utf8, now: EventLoop.now).map { event in
        guard case .reply(let reply) = event else { return false }
        return session.receive(reply, now: EventLoop.now)
      }.contains(true)
    }

    @Test func `a terminal that answers gets what it can do, and gets it back off`() throws {
      let pty = try PTY(columns: 100, rows: 30)
      let session = try TerminalSession(
        .init(withGuard: false), environment: ["TERM": "xterm-256color"], path: pty.path)
      var terminal = VirtualTerminal(session.screen.size)
      terminal.feed(pty.take())
      var backgrounds: [Bool] = []
      session.backgroundChanged = { backgrounds.append($0) }
      let widths = [2, 2, 2, 2, 2, 2, 1].map { "\u{1B}[2;\($0 + 1)R" }.joined()
      #expect(
        answer(
          "\u{1B}P>|vt\u{1B}\\\u{1B}[?2026;2$y\u{1B}[?2031;2$y\u{1B}[?0u"
            + "\u{1B}]11;rgb:fefe/fefe/fefe\u{1B}\\\u{1B}]99;i=studio:p=?;\u{1B}\\" + widths
            + "\u{1B}[?62c", to: session))
      terminal.feed(pty.take())
      #expect(terminal.modes.isSuperset(of: ["?2031", "keyboard"]))
      #expect(backgrounds == [false])
      let features = session.features
      #expect(features.name == "vt" && features.synchronizes && features.hasKittyKeyboard)
      #expect(features.notifies && features.emoji == .asIs && features.isDark == false)
      #expect(answer("\u{1B}[?997;1n\u{1B}[?997;1n", to: session))
      #expect(backgrounds == [false, true])

      session.lend { terminal.feed(pty.take()) }
      #expect(terminal.modes == [])
      terminal.feed(pty.take())
      #expect(terminal.modes.isSuperset(of: ["?1049", "?2031", "keyboard", "?1002"]))
      session.mouse = false
      terminal.feed(pty.take())
      #expect(!terminal.modes.contains("?1002") && terminal.modes.contains("?2004"))
      session.close()
      terminal.feed(pty.take())
      #expect(terminal.modes == [])
      #expect(terminal.unknown == [])
    }

    @Test func `while lent out nothing of the workspace is on`() throws {
      let pty = try PTY(columns: 80, rows: 24)
      let session = try TerminalSession(
        .init(withGuard: false), environment: ["TERM": "tmux-256color"], path: pty.path)
      _ = answer("\u{1B}[?0u\u{1B}[?6c", to: session)
      var terminal = VirtualTerminal(session.screen.size)
      terminal.feed(pty.take())
      #expect(terminal.keptTitles == [""])
      session.lend {
        terminal.feed(pty.take())
        #expect(terminal.modes == [])
        #expect(terminal.keptTitles == [])
      }
      session.close()
    }

    @Test func `an old terminal is asked nothing`() throws {
      let pty = try PTY(columns: 80, rows: 24)
      let session = try TerminalSession(
        .init(withGuard: false), environment: ["TERM": "vt100"], path: pty.path)
      session.screen.title = "a title"
      try session.screen.draw(Surface(session.screen.size).grid, cursor: nil)
      let bytes = pty.take()
      session.close()
      let all = String(decoding: bytes + pty.take(), as: UTF8.self)
      #expect(!all.contains("?2004") && !all.contains("[c") && !all.contains("]"))
    }

    @Test func `answers that come as the session ends do not come to the shell`() throws {
      let pty = try PTY(columns: 80, rows: 24)
      let session = try TerminalSession(
        .init(withGuard: false), environment: ["TERM": "xterm-256color"], path: pty.path)
      pty.type("\u{1B}[?2026;2$yx\u{1B}[?62;22c")
      session.close()
      var byte: UInt8 = 0
      #expect(read(pty.inner, &byte, 1) < 0, "everything was taken")
    }
  }

  /// The terminal after the death of a process, by every way there is.
  @Suite(.serialized) struct RestoreTests {
    private static let variable = "STUDIO_TEST_TERMINAL"

    /// Takes over the terminal that the test has named.
    private static func take(withGuard: Bool = false) throws {
      let path = String(cString: try #require(getenv(variable)))
      let session = try TerminalSession(
        .init(withGuard: withGuard), environment: ["TERM": "xterm-256color"], path: path)
      // Never given back in good order.
      _ = Unmanaged.passRetained(session)
    }

    private func isRestored(after death: () async throws -> Void) async throws {
      let pty = try PTY()
      var before = termios()
      tcgetattr(pty.inner, &before)
      before.c_lflag |= UInt32(ECHO | ICANON)
      tcsetattr(pty.inner, TCSANOW, &before)
      setenv(Self.variable, pty.path, 1)
      try await death()
      // What the process has switched on is thrown away with what else it still had to say.
      var terminal = VirtualTerminal(Size(columns: 80, rows: 24))
      terminal.feed(Array("\u{1B}[?1049h\u{1B}[?2004h\u{1B}[?1004h\u{1B}[?1000h\u{1B}[?1002h".utf8))
      terminal.feed(Array("\u{1B}[?1006h\u{1B}[?2031h\u{1B}[>1u\u{1B}[>4;1m\u{1B}[?25l".utf8))
      var after = termios()
      // The guard of a killed process comes a moment later.
      for _ in 0..<200 {
        terminal.feed(pty.take())
        tcgetattr(pty.inner, &after)
        if terminal.modes == [], after.c_lflag & UInt32(ECHO | ICANON) == UInt32(ECHO | ICANON) {
          break
        }
        var entry = pollfd(fd: pty.outer, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 50)
      }
      #expect(terminal.modes == [] && terminal.cursorVisible)
      #expect(after.c_lflag & UInt32(ECHO | ICANON) == UInt32(ECHO | ICANON))
    }

    @Test func `a trap`() async throws {
      try await isRestored {
        await #expect(processExitsWith: .failure) {
          try Self.take()
          let none: [Int] = []
          print(none[Int(getpid())])
        }
      }
    }

    @Test func `a stack overflow`() async throws {
      try await isRestored {
        await #expect(processExitsWith: .failure) {
          try Self.take()
          @inline(never) func deeper(_ depth: Int) -> Int {
            var frame = (0..<64).map { $0 + depth }
            frame[depth & 63] = deeper(depth + 1)
            return frame.reduce(0, &+)
          }
          print(deeper(Int(getpid())))
        }
      }
    }

    @Test func `abort and an early exit`() async throws {
      try await isRestored {
        await #expect(processExitsWith: .signal(SIGABRT)) {
          try Self.take()
          abort()
        }
      }
      try await isRestored {
        await #expect(processExitsWith: .exitCode(3)) {
          try Self.take()
          exit(3)
        }
      }
    }

    @Test func `SIGKILL, by the guard`() async throws {
      try await isRestored {
        await #expect(processExitsWith: .signal(SIGKILL)) {
          try Self.take(withGuard: true)
          kill(getpid(), SIGKILL)
        }
      }
    }
  }
}
