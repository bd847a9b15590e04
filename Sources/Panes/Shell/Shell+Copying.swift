import Nostr
import Replica
import Terminal

/// What can be taken along: to the clipboard, and to `C-y` in every field.
extension Shell {
  func pickCopy() {
    if place == .chat { return pickCopyOfPost() }
    guard let row = card.card else { return }
    var texts = [row.eventID.hex, row.address, row.title, row.body]
    var items = [
      Picker<String>.Item("0", "the card's id", detail: SafeText(untrusted: row.eventID.short)),
      Picker<String>.Item("1", "the card's address"),
      Picker<String>.Item(
        "2", "the card's title", detail: SafeText(untrusted: row.title).truncated(to: 30)),
      Picker<String>.Item("3", "the card's text"),
    ]
    // The newest first: it is the likeliest.
    for entry in card.entries.reversed().filter({ !$0.isStatusChange }).prefix(30) {
      let words = SafeText(untrusted: entry.body, limit: 200).truncated(to: 40)
      items.append(
        Picker<String>.Item(
          "\(texts.count)", "\(scene.names.brief(entry.author)): \(words)",
          detail: scene.moments.clock(of: entry.createdAt)))
      texts.append(entry.body)
    }
    overlays.append(.pick(Picker(title: "Copy", items: items), .copy(texts: texts)))
  }

  private func pickCopyOfPost() {
    guard let post = posts.post else { return }
    let texts = [post.body, post.postID, post.eventID.hex]
    let items = [
      Picker<String>.Item(
        "0", "the post's text", detail: SafeText(untrusted: post.body).truncated(to: 30)),
      Picker<String>.Item("1", "the post's name", detail: SafeText(untrusted: post.postID)),
      Picker<String>.Item("2", "the post's id"),
    ]
    overlays.append(.pick(Picker(title: "Copy", items: items), .copy(texts: texts)))
  }

  /// Copies what is safe of a text: what is pasted later must not command a terminal.
  func copy(_ text: String) {
    let text = SafeText(untrustedMultiline: text).string
    register = text
    let count = text.unicodeScalars.count
    switch clipboard(text) {
    case .tmux: say("copied \(count) characters via tmux")
    case .terminal: say("copied \(count) characters via the terminal")
    case .tooLong:
      say("too long for the terminal's clipboard; C-y in a field inserts it", .toastWarning)
    }
  }
}
