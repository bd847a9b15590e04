import TestKit
import Testing

@testable import Terminal

@Suite struct KeyDecoderTests {
  func keys(_ text: String) -> [String] {
    var decoder = KeyDecoder()
    var events = decoder.feed(text.utf8, now: .zero)
    events += decoder.feed([], now: .seconds(5))
    return events.map { event in
      switch event {
      case .key(let key): key.description
      case .paste(let text): "paste(\(text))"
      case .mouse(let mouse): "\(mouse.action) \(mouse.button) \(mouse.point.x),\(mouse.point.y)"
      case .focus(let on): on ? "focus" : "blur"
      case .reply(.cursor(let point)): "cursor(\(point.x),\(point.y))"
      case .reply(let reply): "\(reply)"
      }
    }
  }

  @Test(arguments: [
    ("aA1 é漢", ["a", "A", "1", "space", "é", "漢"]),
    ("\r\t\u{7F}\u{0}\u{1}\u{1A}", ["Enter", "Tab", "BS", "C-space", "C-a", "C-z"]),
    ("\u{1B}[A\u{1B}[B\u{1B}OC\u{1B}[D", ["Up", "Down", "Right", "Left"]),
    ("\u{1B}[1;5C\u{1B}[1;2D\u{1B}[1;3A", ["C-Right", "S-Left", "A-Up"]),
    (
      "\u{1B}[H\u{1B}[F\u{1B}[1~\u{1B}[4~\u{1B}[5~\u{1B}[6~\u{1B}[3~\u{1B}[2~",
      ["Home", "End", "Home", "End", "PgUp", "PgDn", "Del", "Ins"]
    ),
    ("\u{1B}OP\u{1B}[15~\u{1B}[24~\u{1B}[[A", ["F1", "F5", "F12", "F1"]),
    ("\u{1B}[Z\u{1B}x\u{1B}X\u{1B}\r", ["S-Tab", "A-x", "A-X", "A-Enter"]),
    ("\u{1B}[27;5;105~\u{1B}[105;5u\u{1B}[13;2u\u{1B}[97;2u", ["C-i", "C-i", "S-Enter", "A"]),
    ("\u{1B}", ["Esc"]),
    ("\u{1B}\u{1B}", ["Esc", "Esc"]),
    ("\u{1B}\u{1B}[A", ["A-Up"]),
    (
      "\u{1B}[<0;5;3M\u{1B}[<0;5;3m\u{1B}[<64;1;1M\u{1B}[<65;1;1M\u{1B}[<32;2;2M",
      ["press 0 4,2", "release 0 4,2", "wheelUp 0 0,0", "wheelDown 0 0,0", "drag 0 1,1"]
    ),
    ("\u{1B}[I\u{1B}[O", ["focus", "blur"]),
    (
      "\u{1B}[?62;22c\u{1B}[12;40R\u{1B}]11;rgb:0/0/0\u{7}\u{1B}P>|term\u{1B}\\\u{1B}[?2026;2$yx",
      [
        "attributes", "cursor(39,11)", "background(0)", "version(\"term\")",
        "mode(2026, isKnown: true)", "x",
      ]
    ),
    (
      "\u{1B}[?0u\u{1B}[?997;1n\u{1B}[?997;2n\u{1B}[?997;3n\u{1B}[?2031;0$y\u{1B}[?1;2;3$y",
      [
        "keyboard(0)", "scheme(isDark: true)", "scheme(isDark: false)",
        "mode(2031, isKnown: false)",
      ]
    ),
    (
      "\u{1B}]11;rgb:ffff/8080/0000\u{1B}\\\u{1B}]11;rgba:f/8/0/f\u{7}"
        + "\u{1B}]99;i=studio:p=?;a=focus\u{1B}\\",
      ["background(16744448)", "background(16746496)", "notifications"]
    ),
    (
      "\u{1B}]11;rgb:\u{7}\u{1B}]11;rgb:fffff/0/0\u{7}\u{1B}]11;red\u{7}\u{1B}]52;c;aGk=\u{7}"
        + "\u{1B}P1$r0m\u{1B}\\\u{1B}_Gi=1\u{1B}\\y", ["y"]
    ),
    (
      "\u{1B}[1;2R\u{1B}[1;1R\u{1B}[0;5R\u{1B}[2;1R",
      ["S-F3", "F3", "cursor(0,1)"]
    ),
    (
      "\u{1B}[99;5u\u{1B}[120;133u\u{1B}[97;9u\u{1B}[97;1:3u\u{1B}[57414u\u{1B}[57376;2u\u{1B}[27u",
      ["C-c", "C-x", "Enter", "S-F13", "Esc"]
    ),
    ("\u{1B}[200~a\u{1B}[31mb\u{1B}[201~c", ["paste(a[31mb)", "c"]),
    ("\u{1B}[200~open", ["paste(open)"]),
    ("\u{C2}", ["Â"]),
  ])
  func `bytes become keys`(text: String, expected: [String]) {
    #expect(keys(text) == expected)
  }

  @Test func `a lone escape waits 25 ms, and not when more follows`() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B], now: .zero) == [])
    #expect(decoder.deadline == .milliseconds(25))
    #expect(decoder.feed([], now: .milliseconds(24)) == [])
    #expect(decoder.feed([], now: .milliseconds(25)) == [.key(Key(.escape))])
    #expect(decoder.deadline == nil)
    _ = decoder.feed([0x1B], now: .zero)
    #expect(decoder.feed("[A".utf8, now: .milliseconds(10)) == [.key(Key(.up))])
  }

  @Test func `split anywhere, it reads the same`() {
    let bytes = Array("a\u{1B}[1;5Cé漢👍\u{1B}[200~p漢\u{1B}[201~\u{1B}[<0;5;3M".utf8)
    var whole = KeyDecoder()
    let expected = whole.feed(bytes, now: .zero)
    for split in 0...bytes.count {
      var decoder = KeyDecoder()
      let events =
        decoder.feed(bytes[..<split], now: .zero) + decoder.feed(bytes[split...], now: .zero)
      #expect(events == expected)
    }
  }

  @Test func `broken UTF-8 becomes a replacement`() {
    var decoder = KeyDecoder()
    let bad = Key(.character("\u{FFFD}"))
    #expect(
      decoder.feed([0xFF, 0xE6, 0x41, 0xC0], now: .zero)
        == [.key(bad), .key(bad), .key(Key(.character("A"))), .key(bad)])
  }

  @Test func `a paste is capped at a megabyte`() throws {
    var decoder = KeyDecoder()
    let text = String(repeating: "x", count: KeyDecoder.pasteLimit + 50)
    let events = decoder.feed("\u{1B}[200~\(text)\u{1B}[201~y".utf8, now: .zero)
    guard case .paste(let pasted) = events.first else {
      Issue.record("no paste")
      return
    }
    #expect(pasted.utf8.count == KeyDecoder.pasteLimit)
    #expect(events.last == .key(Key(.character("y"))))
  }

  @Test func `random bytes never crash it, and it always comes to rest`() {
    var random = SeededRandom(7)
    let seeds = Array("\u{1B}[]OP_<;:~0129Mmu?\\\u{7}ABRé漢".utf8)
    for _ in 0..<3_000 {
      var decoder = KeyDecoder()
      var now = Duration.zero
      for _ in 0..<Int.random(in: 1..<12, using: &random) {
        let bytes = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
          Bool.random(using: &random)
            ? seeds[Int.random(in: 0..<seeds.count, using: &random)]
            : UInt8.random(in: 0...255, using: &random)
        }
        for event in decoder.feed(bytes, now: now) {
          if case .paste(let text) = event { #expect(!text.utf8.contains(0x1B)) }
          if case .key(let key) = event, case .character(let scalar) = key.code {
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
          }
        }
        now += .milliseconds(Int.random(in: 0..<40, using: &random))
      }
      _ = decoder.feed([], now: now + .seconds(10))
      #expect(decoder.deadline == nil)
      #expect(decoder.feed([0x71], now: now + .seconds(11)) == [.key(Key(.character("q")))])
    }
  }

  @Test(arguments: [
    "a", "A", "C-a", "A-a", "C-A-x", "S-Tab", "F5", "F24", "space", "C-space", "<", "-", "C--",
    "Enter", "PgUp", "é",
  ])
  func `a key's name reads back`(name: String) throws {
    #expect(try #require(Key(name: name)).description == name)
  }

  @Test(arguments: ["", "ab", "C-", "F0", "F25", "F05", "S-a", "C-C-a", "X-a", "enter", "\u{1B}"])
  func `what is no key has no name`(name: String) {
    #expect(Key(name: name) == nil)
  }
}
