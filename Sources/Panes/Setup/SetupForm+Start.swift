import Nostr
import Replica
import Terminal
import Workspace

extension Shell {
  /// What the first run ends with. What was typed stays a draft until the engine has done it.
  func begin(_ start: SetupForm.Start) {
    switch start {
    case .nothing: break
    case .found(let slug, let title):
      keep(title, as: "room.new:title")
      keep(slug, as: "room.new")
      say("founding the room …")
      run("room create", Arguments(["slug": slug, "title": title])) { [weak self] result in
        self?.keep(nil, as: "room.new:title")
        self?.keep(nil, as: "room.new")
        guard let address = result["address"]?.string else { return }
        self?.run("use", Arguments(["room": address]))
        self?.say("the room is founded: I invites others, c makes a card, ? shows every key")
      }
    case .join(let url):
      keep(url, as: "room.join")
      say("claiming the invite …")
      run("room join", Arguments(["url": url])) { [weak self] _ in
        self?.keep(nil, as: "room.join")
        self?.say("claimed: the room opens when its founder admits you")
        self?.setNeedsRefresh()
      }
    }
  }

  private func keep(_ text: String?, as name: String) {
    try? workspace.desk.setDraft(name, text, now: clock.now())
  }
}

extension PlainSession {
  /// What the first run ends with.
  func begin(_ start: SetupForm.Start) {
    switch start {
    case .nothing: break
    case .found(let slug, let title):
      receive("room create \(slug) --title \(LineWords.quoting(title))")
    case .join(let url): receive("join \(LineWords.quoting(url))")
    }
  }
}
