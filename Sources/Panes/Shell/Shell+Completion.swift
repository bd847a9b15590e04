import Nostr
import Replica
import Terminal

/// Where Tab is in the ways to complete a word.
struct Completion {
  /// What each puts into the text.
  let texts: [String]
  /// What each is called.
  let names: [SafeText]
  var index: Int
  /// Clusters of the text that the current one takes.
  var length: Int
}

/// Tab in a field: `@` completes people and `#` cards, from what is here.
extension Shell {
  func complete() {
    guard case .compose(var composer)? = overlays.last else { return }
    if var going = composer.completion {
      going.index = (going.index + 1) % going.texts.count
      composer.completion = going
    } else {
      guard let word = composer.prompt.editor.wordBefore(marks: ["@", "#"]) else {
        return say("Tab completes @people and #cards")
      }
      let found = word.hasPrefix("@") ? people(word.dropFirst()) : cards(word.dropFirst())
      guard !found.isEmpty else { return say("nobody and nothing here begins like that") }
      composer.completion = Completion(
        texts: found.map(\.text), names: found.map(\.name), index: 0, length: word.count)
    }
    guard var going = composer.completion else { return }
    going.length = composer.prompt.editor.replaceBefore(
      going.length, with: going.texts[going.index])
    composer.completion = going
    composer.changed(at: clock.monotonic())
    overlays[overlays.count - 1] = .compose(composer)
    if going.texts.count > 1 {
      say("\(going.index + 1) of \(going.texts.count): \(going.names[going.index]); Tab for more")
    }
  }

  /// `@name `, with the key's beginning where the name alone could mean another.
  private func people(_ query: Substring) -> [(text: String, name: SafeText)] {
    let match = FuzzyMatch(String(query))
    return scene.members.compactMap { member -> (score: Int, text: String, name: SafeText)? in
      let name = scene.names.signature(member.pubkey)
      guard member.pubkey != scene.me, let score = match.score(.init(name)) else { return nil }
      let isPlain = !name.isEmpty && scene.names.brief(member.pubkey) == name
      let short = scene.names.short(member.pubkey)
      let text: SafeText = "@\(name)\(isPlain ? "" : short) "
      return (score, text.string, "\(name) \(short)")
    }.sorted { $0.score > $1.score }.prefix(9).map { ($0.text, $0.name) }
  }

  /// `#1a2b3c4d “its title” `: an id that every command takes, and words for those who read.
  private func cards(_ query: Substring) -> [(text: String, name: SafeText)] {
    let match = FuzzyMatch(String(query))
    guard let room = scene.room,
      let rows = scene.read({ try $0.cards(room.id, limit: 200, me: scene.me) })
    else { return [] }
    return rows.compactMap { row -> (score: Int, text: String, name: SafeText)? in
      let title = SafeText(untrusted: row.title, limit: 200)
      guard let score = match.score(.init(title)) else { return nil }
      let id = SafeText(untrusted: row.eventID.short)
      let text: SafeText = "#\(id) “\(title.truncated(to: 60))” "
      return (score, text.string, title.truncated(to: 30))
    }.sorted { $0.score > $1.score }.prefix(9).map { ($0.text, $0.name) }
  }
}
