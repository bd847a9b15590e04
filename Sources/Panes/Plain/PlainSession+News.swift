import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What happens, told as it comes.
extension PlainSession {
  /// So many in one reading are told one by one; of more, only questions and a sum.
  private static let most = 40

  func tellNews() {
    var news: [ChangeRow] = []
    while let changes = try? workspace.reader.changes(since: seen, limit: 500), !changes.isEmpty {
      news += changes
      seen = changes[changes.count - 1].seq
    }
    var known: Set<ObjectID> = []
    // Of several changes of one thing the last is told.
    let rows = news.reversed().filter { row in
      row.object.map { known.insert($0).inserted } ?? (row.type == .claim || row.type == .roster)
    }.reversed()
    let foreign = rows.filter { isNews($0) }
    guard foreign.count > Self.most else { return foreign.forEach { tell($0) } }
    let questions = foreign.filter { $0.type == .question }
    questions.suffix(10).forEach { tell($0) }
    let counts = Dictionary(grouping: foreign, by: \.type).mapValues(\.count)
    let sum = counts.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value) \($0.key.name)" }.joined(separator: ", ")
    say(
      "\(moments.clock(of: clock.now())) much has come: \(SafeText(untrusted: sum)); inbox and list tell it"
    )
  }

  private func isNews(_ change: ChangeRow) -> Bool {
    switch change.type {
    case .card, .comment, .question, .answer, .track:
      guard let object = change.object, let ref = try? workspace.reader.object(object) else {
        return false
      }
      // The question itself is told.
      if change.type == .comment, let of = (try? workspace.reader.entry(object))?.mirrored,
        (try? workspace.reader.logEvent(of))?.signer == ref.author
      {
        return false
      }
      return ref.author != workspace.me
    case .claim, .roster: return true
    default: return false
    }
  }

  private func tell(_ change: ChangeRow) {
    let now = moments.clock(of: change.at)
    var before: SafeText = "\(now) "
    if let id = change.room, id != room?.id, let other = try? workspace.reader.room(id) {
      before = "\(now) in \(SafeText(untrusted: other.slug, limit: 80)): "
    }
    switch change.type {
    case .card:
      guard let row = change.object.flatMap({ try? workspace.reader.card($0) }), row.isShown else {
        return
      }
      let isNew = row.createdAt == row.updatedAt
      let who = names.brief(row.author)
      let assignee: SafeText = row.assignees.first.map { ", for \(names.brief($0))" } ?? ""
      say(
        "\(before)\(isNew ? "new" : "changed"): \(label(row)), \(StatusLook(row.status).word)\(assignee), by \(who)"
      )
    case .comment, .question, .answer:
      guard let object = change.object else { return }
      if let post = try? workspace.reader.post(object) {
        let isForMe = post.mentions.contains { $0.pubkey == workspace.me }
        tell(post, isForMe ? "\(before)for you: " : before)
      } else if let entry = try? workspace.reader.entry(object) {
        tell(entry, before, withPlace: true)
      }
    case .track: say("\(before)the tracks have changed; tracks tells them")
    case .claim:
      guard let room = change.room.flatMap({ try? workspace.reader.room($0) }),
        room.relation == .founded
      else { return }
      let claims = (try? workspace.reader.pendingClaims(room.id, now: clock.now())) ?? []
      guard let claim = claims.last else { return }
      let name = SafeText(untrusted: claim.nickname ?? "", limit: 80)
      say(
        "\(before)\(name) \(names.short(claim.claimant)) asks to be let in; admit \(SafeText(untrusted: claim.claimant.short)) lets them in"
      )
    case .roster: say("\(before)the members have changed; members tells them")
    default: break
    }
  }

  func tellConnection(_ status: JSON) {
    let relays = status["relays"]?.array ?? []
    let isOffline = !relays.contains { ["live", "syncing"].contains($0["state"]?.string ?? "") }
    defer { self.isOffline = isOffline }
    guard isOffline != self.isOffline, self.isOffline != nil || !isOffline else { return }
    let now = moments.clock(of: clock.now())
    say(isOffline ? "\(now) offline: what is written is sent later" : "\(now) online")
  }
}
