import Nostr
import Replica
import Studio
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
  /// What a word may become; the fitter the higher its score.
  private typealias Candidate = (score: Int, text: String, name: SafeText)

  func complete() {
    guard case .compose(var composer)? = overlays.last else { return }
    if var going = composer.completion {
      going.index = (going.index + 1) % going.texts.count
      composer.completion = going
    } else {
      guard let word = composer.prompt.editor.wordBefore(marks: ["@", "#"]) else {
        return say("Tab completes @people and #cards")
      }
      let query = word.dropFirst()
      let found =
        (word.hasPrefix("@")
        ? people(query) + agents(query) : cards(query) + channels(query))
        .sorted { $0.score > $1.score }.prefix(9)
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
  private func people(_ query: Substring) -> [Candidate] {
    let match = FuzzyMatch(String(query))
    return scene.members.compactMap { member -> Candidate? in
      let name = scene.names.signature(member.pubkey)
      guard member.pubkey != scene.me, let score = match.score(.init(name)) else { return nil }
      let isPlain = !name.isEmpty && scene.names.brief(member.pubkey) == name
      let short = scene.names.short(member.pubkey)
      let text: SafeText = "@\(name)\(isPlain ? "" : short) "
      return (score, text.string, "\(name) \(short)")
    }
  }

  /// `@OpusDev#2ae0990b `: a connection, by the name that its own key gave it.
  private func agents(_ query: Substring) -> [Candidate] {
    let match = FuzzyMatch(String(query))
    guard let room = scene.room, let rows = scene.read({ try $0.agents(room.id) }) else {
      return []
    }
    return rows.filter { !$0.isRetired }.compactMap {
      row -> Candidate? in
      let name = SafeText(untrusted: row.name, limit: 80)
      guard let score = match.score(.init(name)) else { return nil }
      let text: SafeText = "@\(name)#\(SafeText(untrusted: row.short)) "
      return (score, text.string, "\(name) #\(SafeText(untrusted: row.short)), an agent")
    }
  }

  private func channels(_ query: Substring) -> [Candidate] {
    let match = FuzzyMatch(String(query))
    return scene.channels.compactMap { row -> Candidate? in
      let name = SafeText(untrusted: row.name.text, limit: 80)
      guard let score = match.score(.init(name)) else { return nil }
      let text: SafeText = "#\(name) "
      return (score, text.string, "channel #\(name)")
    }
  }

  /// `#1a2b3c4d “its title” `: an id that every command takes, and words for those who read.
  private func cards(_ query: Substring) -> [Candidate] {
    let match = FuzzyMatch(String(query))
    guard let room = scene.room,
      let rows = scene.read({ try $0.cards(room.id, limit: 200, me: scene.me) })
    else { return [] }
    return rows.compactMap { row -> Candidate? in
      let title = SafeText(untrusted: row.title, limit: 200)
      guard let score = match.score(.init(title)) else { return nil }
      let id = SafeText(untrusted: row.eventID.short)
      let text: SafeText = "#\(id) “\(title.truncated(to: 60))” "
      return (score, text.string, title.truncated(to: 30))
    }
  }
}
