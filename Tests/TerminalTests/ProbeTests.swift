import Glibc
import TestKit
import Testing

@testable import Terminal

@Suite struct ProbeTests {
  private func replies(_ text: String) -> [TerminalReply] {
    var decoder = KeyDecoder()
    return decoder.feed(text.utf8, now: .zero).compactMap {
      if case .reply(let reply) = $0 { reply } else { nil }
    }
  }

  /// What a terminal says to all questions, its widths in the order of the samples.
  private func answers(widths: [Int], keyboard: Bool = true) -> String {
    "\u{1B}P>|vt 1.0\u{1B}\\\u{1B}[?2026;2$y\u{1B}[?2031;2$y\(keyboard ? "\u{1B}[?0u" : "")"
      + "\u{1B}]11;rgb:1111/1111/1111\u{1B}\\"
      + widths.map { "\u{1B}[2;\($0 + 1)R" }.joined() + "\u{1B}[?62c"
  }

  private func findings(_ text: String, widths: Bool = true, after: Duration = .zero) -> [Probe
    .Finding]
  {
    var probe = Probe()
    _ = probe.ask(widths: widths, now: .zero)
    let found = replies(text).flatMap { probe.take($0, now: after) }
    #expect(probe.isOver)
    return found
  }

  @Test func `every answer is found, and what is not answered is not`() {
    #expect(
      findings(answers(widths: [2, 1, 2, 2, 4, 0, 1])) == [
        .version("vt 1.0"), .synchronizes, .schemeReports, .keyboard(.kitty),
        .background(isDark: true), .widths([.styled, .flag, .joined], wideSigns: false),
      ])
    #expect(findings("\u{1B}[?6c") == [.keyboard(.otherKeys)])
    #expect(
      findings(answers(widths: [2, 2, 2, 2, 2, 2, 2], keyboard: false)).suffix(2) == [
        .keyboard(.otherKeys), .widths(.asIs, wideSigns: true),
      ])
  }

  @Test func `widths count only when each sample was answered once`() {
    for widths in [
      [], [2], [2, 2, 2, 2, 2, 2], Array(repeating: 2, count: 8), Array(repeating: 2, count: 500),
    ] {
      let found = findings(answers(widths: widths))
      #expect(!found.contains { if case .widths = $0 { true } else { false } }, "\(widths.count)")
    }
    let unasked = findings(answers(widths: [2, 2, 2, 2, 2, 2, 1]), widths: false)
    #expect(!unasked.contains(.widths(.asIs, wideSigns: false)))
  }

  @Test func `answers that come too late, or after the last, change nothing but the scheme`() {
    #expect(findings(answers(widths: []), after: Probe.patience + .milliseconds(1)) == [])
    var probe = Probe()
    _ = probe.ask(widths: true, now: .zero)
    for reply in replies("\u{1B}[?2031;1$y\u{1B}[?6c") { _ = probe.take(reply, now: .zero) }
    let late = replies(answers(widths: [2, 2, 2, 2, 2, 2, 2]))
    #expect(late.flatMap { probe.take($0, now: .zero) } == [])
    #expect(
      probe.take(.scheme(isDark: false), now: .seconds(900)) == [.background(isDark: false)])
    var silent = Probe()
    #expect(silent.take(.scheme(isDark: true), now: .zero) == [], "it was not asked for")
  }

  @Test func `answers among keys, cut anywhere, are never keys`() {
    var random = SeededRandom(3)
    let pieces = [
      "\u{1B}P>|\(String(repeating: "x", count: 700))\u{1B}\\", "\u{1B}]11;rgb:0/0/0\u{1B}\\",
      "\u{1B}]99;i=studio:p=?;\u{7}", "\u{1B}[?2026;1$y", "\u{1B}[?62;4;22c", "\u{1B}[24;80R",
      "\u{1B}[?997;1n", "\u{1B}[?31u", "\u{1B}[99999999999;9R", "\u{1B}[?$y", "\u{1B}[?;;;c",
      "\u{1B}P>|evil\u{1B}]0;x\u{7}", "\u{1B}]11;rgb:\u{9B}/0/0\u{7}",
    ]
    for _ in 0..<400 {
      var bytes: [UInt8] = []
      var typed: [InputEvent] = []
      for _ in 0..<12 {
        bytes += pieces[Int.random(in: 0..<pieces.count, using: &random)].utf8
        guard Bool.random(using: &random) else { continue }
        let letter = Unicode.Scalar(UInt8.random(in: 0x61...0x7A, using: &random))
        bytes += String(Character(letter)).utf8
        typed.append(.key(Key(.character(letter))))
      }
      var decoder = KeyDecoder()
      var events: [InputEvent] = []
      var probe = Probe()
      _ = probe.ask(widths: true, now: .zero)
      while !bytes.isEmpty {
        let count = Int.random(in: 1...min(9, bytes.count), using: &random)
        events += decoder.feed(bytes.prefix(count), now: .zero)
        bytes.removeFirst(count)
      }
      for case .reply(let reply) in events {
        for case .version(let name) in probe.take(reply, now: .zero) { #expect(name.count <= 64) }
      }
      #expect(events.filter { if case .reply = $0 { false } else { true } } == typed)
    }
  }
}

@Suite struct NotifierTests {
  private func notice(_ kind: Notifier.Kind, _ id: String) -> Notifier.Notice {
    Notifier.Notice(kind, id: id, title: "title of \(SafeText(untrusted: id))")
  }

  @Test func `nothing is told while the terminal has the focus, nor when it comes back`() {
    var notifier = Notifier()
    notifier.note([notice(.question, "a")])
    #expect(notifier.deadline == nil)
    notifier.setFocus(false)
    notifier.note([notice(.question, "a")])
    #expect(notifier.take(now: .zero) == nil, "it was in sight already")
    notifier.note([notice(.question, "b")])
    notifier.setFocus(true)
    #expect(notifier.deadline == nil && notifier.take(now: .seconds(60)) == nil)
  }

  @Test func `the first is told at once, the others of five seconds together`() {
    var notifier = Notifier()
    notifier.setFocus(false)
    notifier.note([notice(.question, "a")])
    #expect(notifier.deadline == .zero)
    #expect(notifier.take(now: .seconds(100)) == "title of a")
    notifier.note([notice(.question, "b"), notice(.silent, "c")])
    notifier.note([notice(.question, "d"), notice(.question, "a")])
    #expect(notifier.deadline == .seconds(105))
    #expect(notifier.take(now: .seconds(104)) == nil)
    #expect(notifier.take(now: .seconds(105)) == "2 questions, 1 agent silent")
    #expect(notifier.deadline == nil)
    notifier.note([notice(.done, "e")])
    #expect(notifier.take(now: .seconds(111)) == "title of e")
  }

  @Test func `the ladder: what the terminal says, what it is known for, the bell`() {
    func sent(
      _ channel: NotificationChannel, _ text: SafeText = "a;b", name: String? = nil,
      notifies: Bool = false, term: String = "xterm-256color", inTmux: Bool = false
    ) -> String {
      var features = TerminalFeatures()
      (features.name, features.notifies) = (name, notifies)
      return String(
        decoding: channel.sequence(text, features: features, term: term, inTmux: inTmux),
        as: UTF8.self)
    }
    #expect(sent(.auto) == "\u{7}")
    #expect(sent(.auto, notifies: true) == "\u{1B}]99;i=studio;Studio: a,b\u{1B}\\")
    #expect(sent(.auto, name: "foot(1.16)") == "\u{1B}]777;notify;Studio;a,b\u{1B}\\")
    #expect(sent(.auto, name: "iTerm2 3.5") == "\u{1B}]9;Studio: a,b\u{1B}\\")
    #expect(sent(.auto, term: "xterm-kitty") == "\u{1B}]9;Studio: a,b\u{1B}\\")
    #expect(
      sent(.auto, inTmux: true)
        == "\u{7}\u{1B}Ptmux;\u{1B}\u{1B}]777;notify;Studio;a,b\u{1B}\u{1B}\\\u{1B}\\")
    #expect(sent(.osc9, "4;1;50").contains("]9;Studio: 4,1,50\u{1B}"), "no progress bar")
    #expect(sent(.bell, inTmux: true) == "\u{7}")
    #expect(sent(.off) == "" && sent(.command) == "")
    let long = SafeText(untrusted: String(repeating: "x", count: 5_000))
    #expect(sent(.osc99, long).utf8.count < 200)
  }
}

@Suite struct LinkTests {
  @Test(arguments: [
    ("https://example.org/a?b=c#d", true), ("http://[::1]:80/", true),
    ("https://example.org", true), ("javascript:alert(1)", false), ("file:///etc/passwd", false),
    ("https://", false), ("https:///x", false), ("https://bank.example@evil.example/", false),
    ("https://ex\u{430}mple.org", false), ("https://a\u{1B}b", false), ("https://a b", false),
    ("HTTPS://example.org", false), ("https://-x", false), ("s4a://invite/team/1?k=x", false),
  ])
  func `only plain web addresses are links`(text: String, isLink: Bool) {
    #expect((Link(untrusted: text) != nil) == isLink)
    #expect(Link(untrusted: "https://a/" + String(repeating: "x", count: 2_000)) == nil)
  }

  @Test func `addresses are found in text, without what ends the sentence`() {
    let text = SafeText(
      untrusted:
        "(see https://a.example/x), http://b.example/y_(z). xhttp://no https://c.example/é!")
    #expect(
      Link.find(in: text).map(\.address) == ["https://a.example/x", "http://b.example/y_(z)"])
  }

  @Test func `wrapped at any width, every link is whole and the text is as it was`() {
    let text = SafeText(
      untrustedMultiline:
        "漢字 https://example.org/a/very/long/path/indeed?with=query and http://b.example, "
        + "https://example.org/a twice https://example.org/a\nend")
    for width in 8...120 {
      let lines = text.wrapped(to: width)
      let spans = Link.spans(of: text, wrapped: lines, style: .text)
      #expect(spans.map { $0.reduce("") { $0 + $1.text.string } } == lines.map(\.string))
      var joined: [String] = []
      var last: Link?
      for span in spans.flatMap(\.self) {
        if let link = span.link {
          if link == last, let open = joined.last, open != link.address {
            joined[joined.count - 1] += span.text.string
          } else {
            joined.append(span.text.string)
          }
          last = link
        }
      }
      #expect(
        joined == [
          "https://example.org/a/very/long/path/indeed?with=query", "http://b.example",
          "https://example.org/a", "https://example.org/a",
        ], "\(width)")
    }
  }
}
