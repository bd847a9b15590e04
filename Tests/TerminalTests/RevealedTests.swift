import Testing

@testable import Terminal

@Suite struct RevealedTests {
  @Test(arguments: [
    ("plain text\n  indented", "plain text\n  indented", 0),
    ("a\u{202e}b\u{200b}c", "a⟨U+202E⟩b⟨U+200B⟩c", 2),
    ("\u{1b}[31mred\u{7}", "⟨U+001B⟩[31mred⟨U+0007⟩", 2),
    ("tag \u{e0041}", "tag ⟨U+E0041⟩", 1),
    ("a\u{a0}b\tc", "a⟨U+00A0⟩b⟨U+0009⟩c", 2),
    ("überall 漢字", "überall 漢字", 0),
    ("a" + String(repeating: "\n", count: 40) + "b", "a\n⟨39 empty lines⟩\nb", 0),
    ("a" + String(repeating: " ", count: 300) + "b", "a⟨300 blanks⟩b", 0),
    ("\u{ad}soft", "⟨U+00AD⟩soft", 1),
  ])
  func `nothing hides in a text that is to be judged`(text: String, shown: String, hidden: Int) {
    let found = SafeText.revealing(text)
    #expect(found.0.string == shown)
    #expect(found.hidden == hidden)
  }
}
