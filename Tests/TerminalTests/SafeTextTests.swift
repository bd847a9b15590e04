import TestKit
import Testing

@testable import Terminal

@Suite struct SafeTextTests {
  @Test(arguments: [
    ("plain", "plain"),
    ("\u{1B}[31mred\u{1B}[0m", "[31mred[0m"),
    ("a\u{7}b\u{8}c\u{7F}d\u{0}e", "abcde"),
    ("c1 \u{9B}31m \u{85}x", "c1 31m  x"),
    ("evil \u{202E}txt.exe", "evil txt.exe"),
    ("\u{2066}a\u{2069}\u{200E}\u{200F}\u{61C}", "a"),
    ("ze\u{200B}ro\u{FEFF}\u{2060}\u{AD}", "zero"),
    ("tag\u{E0041}\u{E007F}s", "tags"),
    ("two\nlines\r\nhere", "two lines here"),
    ("tab\tstop", "tab stop"),
    ("\u{301}lead", "lead"),
    ("\u{3164}hangul filler\u{115F}", "hangul filler"),
    ("a\u{200D}b", "ab"),
    ("a\u{FE0F}b", "ab"),
    ("no\u{A0}break", "no break"),
    ("\u{378}", "\u{FFFD}"),
  ])
  func `what a terminal would obey or hide is gone`(text: String, safe: String) {
    #expect(
      SafeText(untrusted: text).string.unicodeScalars.elementsEqual(safe.unicodeScalars))
  }

  @Test func `a body keeps its line feeds and nothing else below space`() {
    #expect(SafeText(untrustedMultiline: "a\r\nb\u{2028}c\td\u{1B}").string == "a\nb\nc   d")
  }

  @Test func `a base carries four marks and a cluster sixteen scalars`() {
    let marks = String(repeating: "\u{301}", count: 9)
    #expect(SafeText(untrusted: "e" + marks).string.unicodeScalars.count == 5)
    let family = Array(repeating: "👨", count: 20).joined(separator: "\u{200D}")
    let clusters = SafeText(untrusted: family).clusters.map(\.text.unicodeScalars.count)
    #expect(clusters.max() == 15)
    #expect(clusters.reduce(0, +) <= 39)
  }

  @Test(arguments: [
    ("漢字", 4, 2), ("👩‍💻!", 3, 2), ("❤️", 2, 1), ("❤", 1, 1), ("🇫🇷🇩🇪", 4, 2), ("1️⃣", 2, 1),
    ("👍🏽", 2, 1), ("é", 1, 1), ("한", 2, 1), ("🫨", 2, 1), ("a漢", 3, 2),
  ])
  func `width is that of the clusters`(text: String, width: Int, count: Int) {
    let safe = SafeText(untrusted: text)
    #expect(safe.width == width)
    #expect(Array(safe.clusters).count == count)
  }

  @Test(arguments: [
    ("abcdef", 4, "abc…"), ("abcd", 4, "abcd"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"),
    ("abc", 1, "…"), ("abc", 0, ""),
  ])
  func `what is too long ends in an ellipsis`(text: String, width: Int, cut: String) {
    #expect(SafeText(untrusted: text).truncated(to: width).string == cut)
  }

  @Test func `words wrap, long words break, wide characters stay whole`() {
    func wrap(_ text: String, _ width: Int) -> [String] {
      SafeText(untrustedMultiline: text).wrapped(to: width).map(\.string)
    }
    #expect(wrap("one two three", 7) == ["one two", "three"])
    #expect(wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"])
    #expect(wrap("漢字漢字", 5) == ["漢字", "漢字"])
    #expect(wrap("a\n\nb", 5) == ["a", "", "b"])
    #expect(wrap("", 5) == [""])
  }

  @Test func `a cut long text says so`() {
    #expect(SafeText(untrusted: String(repeating: "x", count: 20), limit: 5).string == "xxxxx…")
  }

  @Test func `interpolation joins safe texts and numbers`() {
    let name = SafeText(untrusted: "mi\u{1B}ra")
    #expect(("\(name) has \(3) cards" as SafeText).string == "mira has 3 cards")
  }

  @Test func `random text comes out without controls, twice the same, and wraps within its width`()
  {
    var random = SeededRandom(11)
    let pool: [ClosedRange<UInt32>] = [
      0x00...0x2F, 0x61...0x7A, 0x80...0x9F, 0x300...0x320, 0x200B...0x200F, 0x2028...0x202E,
      0x1F468...0x1F46A, 0x1F1E6...0x1F1FF, 0x1F3FB...0x1F3FF, 0xFE0E...0xFE0F, 0x4E00...0x4E10,
      0x1100...0x1200, 0xE0000...0xE0080, 0x0...0x10FFFF,
    ]
    for _ in 0..<3_000 {
      var view = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        let range = pool[Int.random(in: 0..<pool.count, using: &random)]
        if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
          view.append(scalar)
        }
      }
      let text = SafeText(untrustedMultiline: String(view))
      for scalar in text.string.unicodeScalars {
        #expect(scalar == "\n" || scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
        #expect(
          scalar == .joiner || scalar == .emojiStyle
            || !scalar.properties.isDefaultIgnorableCodePoint)
      }
      #expect(SafeText(untrustedMultiline: text.string).string.utf8.elementsEqual(text.string.utf8))
      let width = Int.random(in: 2..<20, using: &random)
      #expect(text.wrapped(to: width).allSatisfy { $0.width <= width })
      #expect(text.lines.allSatisfy { $0.truncated(to: width).width <= width })
      #expect(
        text.clusters.allSatisfy { $0.text == "\n" ? $0.width == 0 : (1...2).contains($0.width) })
    }
  }

  /// Plain ASCII is measured, cut, wrapped and drawn by its bytes: the same as by its clusters, which one letter
  /// that is not ASCII asks for.
  @Test func `plain text is laid out as any other`() {
    var random = SeededRandom(20_261_120)
    for _ in 0..<2_000 {
      let letters = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
        " ab c-d ".utf8.randomElement(using: &random) ?? 0x20
      }
      let text = String(decoding: letters, as: UTF8.self)
      let (plain, other) = (SafeText(safe: text + "e"), SafeText(safe: text + "é"))
      let width = Int.random(in: 2..<20, using: &random)
      func folded(_ text: SafeText) -> String { text.string.replacing("é", with: "e") }
      #expect(plain.width == other.width)
      #expect(plain.wrapped(to: width).map(folded) == other.wrapped(to: width).map(folded))
      #expect(folded(plain.truncated(to: width)) == folded(other.truncated(to: width)))
      func row(_ text: SafeText) -> String {
        var surface = Surface(Size(columns: 24, rows: 1))
        surface.text("界界界界界界界界界界界界", at: Point(x: 0, y: 0))
        surface.clipped(to: Rect(x: 3, y: 0, width: 18, height: 1)) {
          $0.spans([Span(text), Span("é")], at: Point(x: 1, y: 0), width: width)
        }
        return surface.grid.row(0).replacing("é", with: "e")
      }
      #expect(row(plain) == row(other))
    }
  }
}
