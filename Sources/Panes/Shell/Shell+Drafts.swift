import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Drafts: back into the field they were begun in, or away.
extension Shell {
  /// Opens the field of a draft at what it is for.
  func openDraft(_ name: String) {
    let target = DraftTarget(name)
    switch target.kind {
    case "card": write(.newCard)
    case "track.new": write(.newTrack)
    case "room.new": write(.newRoom)
    case "room.join": write(.joinRoom)
    case "channel.new": write(.newChannel)
    case "post": openPostDraft(name)
    case "reply": openReplyDraft(target)
    default: openDraft(name, on: target)
    }
  }

  private func openDraft(_ name: String, on target: DraftTarget) {
    guard let address = target.address,
      case .one(let object)? = try? workspace.reader.resolveObject(address)
    else { return say("what this draft is for is not here", .toastWarning) }
    let entry = try? workspace.reader.entry(object.id)
    guard let card = entry?.root ?? (entry == nil ? object.id : nil) else {
      return say("what this draft is for is not on a card", .toastWarning)
    }
    scene.card = card
    enter(.card)
    switch target.kind {
    case "answer":
      if let entry { write(to: entry) }
    case "ask": perform(.ask)
    case "steer": perform(.steerRun)
    case "edit": perform(.edit)
    default: perform(.comment)
    }
  }

  /// `post:ROOM CHANNEL`.
  private func openPostDraft(_ name: String) {
    let parts = name.dropFirst(5).split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let channel = ChannelName(String(parts[1])),
      let room = scene.room, sameBytes(room.audience.address, String(parts[0]))
    else { return say("this draft is for a channel of another room", .toastWarning) }
    go(to: .channel(channel))
    writePost()
  }

  private func openReplyDraft(_ target: DraftTarget) {
    guard let address = target.address,
      case .one(let object)? = try? workspace.reader.resolveObject(address),
      let post = try? workspace.reader.post(object.id)
    else { return say("the post that this draft answers is not here", .toastWarning) }
    goToPost(object.id)
    writePost(answering: post)
  }

  /// Asks for the word, then forgets the draft.
  func deleteDraft() {
    guard let row = drafts.selected else { return }
    overlays.append(
      .confirm(
        Confirmation(
          word: "delete", purpose: .draft(name: row.name), title: "to delete this draft",
          words: "\(row.words): “\(SafeText(untrusted: row.text, limit: 200))”")))
  }

  func forgetDraft(_ name: String) {
    try? workspace.desk.setDraft(name, nil, now: clock.now())
    say("the draft is gone")
    setNeedsRefresh()
  }
}
