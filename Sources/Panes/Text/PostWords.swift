/// Whom and what the words of a post name: `@somebody`, `#1a2b3c4d`, `post-1a2b3c4d`. What stands
/// between backticks is code and names nobody.
struct PostWords: Equatable {
  /// As they are written, without the `@`, each once.
  private(set) var mentions: [String] = []
  /// As `post --ref` takes them, each once.
  private(set) var references: [String] = []

  /// - Parameter known: names that may be meant, also with spaces in them.
  init(_ text: String, known: [String] = []) {
    let text = Self.withoutCode(Array(text))
    let names = known.map { Array(Highlight.folded($0)) }.filter { !$0.isEmpty }
      .sorted { $0.count > $1.count }
    let small = text.map { Character(Highlight.folded(String($0))) }
    var index = 0
    while index < text.count {
      defer { index += 1 }
      guard index == 0 || Self.isBetweenWords(text[index - 1]) else { continue }
      let rest = text[(index + 1)...]
      switch text[index] {
      case "@":
        let name = names.first { name in
          small[(index + 1)...].starts(with: name) && Self.endsWord(text, index + 1 + name.count)
        }
        if let name {
          Self.note(String(rest.prefix(name.count)), in: &mentions)
        } else {
          let word = Self.word(rest)
          if !word.isEmpty { Self.note(word, in: &mentions) }
        }
      case "#":
        let word = Self.word(rest)
        if word.hasPrefix("post-"), Self.isID(word.dropFirst(5)) {
          Self.note("post=\(word)", in: &references)
        } else if Self.isID(word[...]) {
          Self.note("card=\(word)", in: &references)
        }
      case "p":
        let word = Self.word(text[index...])
        if word.hasPrefix("post-"), Self.isID(word.dropFirst(5)) {
          Self.note("post=\(word)", in: &references)
        }
      default: break
      }
    }
  }

  private static func note(_ word: String, in words: inout [String]) {
    if !words.contains(where: { $0.utf8.elementsEqual(word.utf8) }) { words.append(word) }
  }

  /// Code becomes spaces; a backtick without a second one is a letter like others.
  private static func withoutCode(_ text: [Character]) -> [Character] {
    var text = text
    var start: Int?
    for index in text.indices where text[index] == "`" {
      if let begin = start {
        for place in begin...index { text[place] = "`" }
        start = nil
      } else {
        start = index
      }
    }
    return text
  }

  private static func isBetweenWords(_ character: Character) -> Bool {
    character.isWhitespace || "([{\"'“‘«,;:".contains(character)
  }

  private static func endsWord(_ text: [Character], _ index: Int) -> Bool {
    index >= text.count || !(text[index].isLetter || text[index].isNumber || text[index] == "#")
  }

  /// Up to a blank, without what ends a sentence.
  private static func word(_ text: ArraySlice<Character>) -> String {
    var word = text.prefix { !$0.isWhitespace && $0 != "`" }
    while let last = word.last, !(last.isLetter || last.isNumber || last == "_") {
      word = word.dropLast()
    }
    return String(word)
  }

  /// 8 to 64 small hex digits.
  private static func isID(_ word: Substring) -> Bool {
    (8...64).contains(word.utf8.count)
      && word.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
