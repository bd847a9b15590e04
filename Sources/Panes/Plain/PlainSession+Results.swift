import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What came of a verb, in words.
extension PlainSession {
  func tell(_ result: JSON, of name: String, _ arguments: Arguments) {
    let subject = (arguments.text("id") ?? arguments.text("card")).flatMap(object)
    defer { try? workspace.resultWasWritten() }
    switch name.split(separator: " ").first {
    case "card", "comment": tell(card: result, of: name, subject, arguments)
    case "inbox", "nudge": tell(inbox: result, of: name, arguments)
    case "channel", "post": tell(channel: result, of: name, arguments)
    case "room", "use": tell(room: result, of: name)
    case "track": tell(track: result, of: name, arguments)
    case "search": tellHits(result)
    case "ask":
      if let id = result["event_id"]?.string.flatMap(object) {
        say("asked: question \(numbers.number(.question, id))")
      }
    case "answer": say("answered")
    case "question":
      let rows = (result["questions"]?.array ?? []).compactMap { $0["event_id"]?.string }
      let entries = rows.compactMap(object).compactMap { try? workspace.reader.entry($0) }
      entries.forEach { question($0) }
      if entries.isEmpty { say("no questions") }
    default: tellAsIs(result)
    }
  }

  private func tellAsIs(_ result: JSON) {
    let names = (try? workspace.memberNames()) ?? [:]
    let text = Rendering(names: names).text(of: result)
    say(SafeText(untrustedMultiline: text.hasSuffix("\n") ? String(text.dropLast()) : text))
  }

  private func word(_ value: JSON?, limit: Int = 200) -> SafeText {
    SafeText(untrusted: value?.string ?? "", limit: limit)
  }

  // MARK: Cards

  private func tell(
    card result: JSON, of name: String, _ subject: ObjectID?, _ arguments: Arguments
  ) {
    switch name {
    case "comment": say("commented on \(label(ofCard: subject))")
    case "card create": say("made \(label(ofCard: result["event_id"]?.string.flatMap(object)))")
    case "card status":
      say("\(label(ofCard: subject)): \(StatusLook(arguments.text("status") ?? "").word)")
    case "card assign":
      let row = subject.flatMap { try? workspace.reader.card($0) }
      let who = row?.assignees.first.map(names.brief) ?? "nobody"
      say("\(label(ofCard: subject)): for \(who)")
    case "card edit": say("changed \(label(ofCard: subject))")
    case "card delete": say("deleted")
    case "card cancel": say("asked to stop: \(label(ofCard: subject)) says when it has")
    case "card retry": say("given out again: \(label(ofCard: subject))")
    case "card steer": say("said to whoever works on \(label(ofCard: subject))")
    default: tellAsIs(result)
    }
  }

  private func tellHits(_ result: JSON) {
    let hits = result["hits"]?.array ?? []
    for hit in hits {
      let text = word(hit["snippet"], limit: 400)
      guard let id = hit["id"]?.string.flatMap(object) else {
        say("\(word(hit["type"])) “\(word(hit["title"]))”: \(text)")
        continue
      }
      if let row = (try? workspace.reader.card(id)) ?? nil {
        say("\(label(row)): \(text)")
      } else if let post = (try? workspace.reader.post(id)) ?? nil {
        tell(post, "\(moments.day(of: post.at)) ")
      } else if let entry = (try? workspace.reader.entry(id)) ?? nil {
        tell(entry, "\(moments.day(of: entry.createdAt)) ", withPlace: true)
      }
    }
    if hits.isEmpty { say("nothing has these words") }
  }

  // MARK: The inbox

  private func tell(inbox result: JSON, of name: String, _ arguments: Arguments) {
    switch name {
    case "inbox": tellPosts(result)
    case "inbox needs":
      tellNeeds()
      let updates = result["counts"]?["updates"]?.integer ?? 0
      say("\(updates) new; inbox tells them")
    case "inbox snooze":
      let end: SafeText =
        result["until"]?.integer.map { SafeText(untrusted: Rendering.time($0)) }
        ?? "there is a word of whoever wrote it"
      say("put aside until \(end)")
    case "inbox done": say("put aside until somebody else writes")
    case "inbox aside": say("put aside until they speak")
    case "inbox restore": say("back in the inbox")
    case "inbox read": say("everything is read")
    case "nudge":
      say("asked \(SafeText(untrusted: arguments.text("who") ?? "", limit: 80)) for a word")
    default: tellAsIs(result)
    }
  }

  private func tellPosts(_ result: JSON) {
    let ids = (result["posts"]?.array ?? []).compactMap { $0["event_id"]?.string }
    for id in ids.compactMap(object) {
      if let post = try? workspace.reader.post(id) {
        tell(post, "\(moments.clock(of: post.at)) ")
      } else if let entry = try? workspace.reader.entry(id) {
        tell(entry, "\(moments.clock(of: entry.createdAt)) ", withPlace: true)
      }
    }
    if ids.isEmpty { say(result["unread_count"] == nil ? "no posts" : "nothing unread") }
    if let unread = result["unread_count"]?.integer, unread > 0 { say("\(unread) more unread") }
  }

  // MARK: Channels

  private func tell(channel result: JSON, of name: String, _ arguments: Arguments) {
    func opened(_ parameter: String) {
      channel = arguments.text(parameter).map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
      card = nil
    }
    switch name {
    case "post":
      opened("channel")
      say("posted in #\(SafeText(untrusted: channel ?? "", limit: 200))")
    case "channel read":
      opened("name")
      tellPosts(result)
    case "channel list":
      let channels = result["channels"]?.array ?? []
      channels.forEach(tell)
      if channels.isEmpty { say("no channels") }
    default: tell(result)
    }
  }

  /// `#release, 3 posts, 1 unread, followed`.
  private func tell(_ channel: JSON) {
    let follow: SafeText =
      channel["muted"]?.bool == true
      ? "muted" : channel["subscribed"]?.bool == true ? "followed" : "not followed"
    say(
      "#\(word(channel["name"])), \(channel["posts"]?.integer ?? 0) posts, \(channel["unread"]?.integer ?? 0) unread, \(follow)"
    )
  }

  // MARK: Rooms and tracks

  private func tell(room result: JSON, of name: String) {
    switch name {
    case "room create", "use":
      if name == "room create", let address = result["address"]?.string {
        try? run("use", Arguments(["room": address])) { _ in }
      }
      (card, channel, filter) = (nil, nil, "")
      if let room { say(title(of: room)) }
      look()
    case "room invite":
      say("an invite for one person; whoever has it can claim it once:")
      say(word(result["url"], limit: 4_000))
    case "room join": say("claimed; the room opens when somebody admits you")
    case "room admit": say("admitted \(result["admitted"]?.array?.count ?? 0)")
    case "room show":
      say(
        "room \(word(result["slug"])) “\(word(result["title"]))”, \(word(result["status"])), epoch \(result["epoch"]?.integer ?? 0)"
      )
      for member in result["members"]?.array ?? [] {
        let name = word(member["name"])
        say("\(name.isEmpty ? "" : "\(name) ")#\(word(member["short"])), \(word(member["role"]))")
      }
      for claim in result["pending"]?.array ?? [] {
        say("\(word(claim["name"])) #\(word(claim["short"])) asks to be let in")
      }
    case "room list":
      for room in result["rooms"]?.array ?? [] {
        let count = room["members"]?.array?.count ?? 0
        say(
          "room \(word(room["slug"])) “\(word(room["title"]))”, \(word(room["status"])), \(count) \(count == 1 ? "member" : "members")"
        )
      }
    default: tellAsIs(result)
    }
  }

  private func tell(track result: JSON, of name: String, _ arguments: Arguments) {
    let slug = SafeText(untrusted: arguments.text("slug") ?? "", limit: 80)
    switch name {
    case "track create": say("track \(slug): made")
    case "track close": say("track \(slug): closed")
    default:
      let tracks = result["tracks"]?.array ?? []
      for track in tracks {
        let count = track["cards"]?.integer ?? 0
        let closed: SafeText = track["closed_at"]?.integer == nil ? "" : ", closed"
        say(
          "track \(word(track["slug"])) “\(word(track["title"]))”, \(count) \(count == 1 ? "card" : "cards")\(closed)"
        )
      }
      if tracks.isEmpty { say("no tracks") }
    }
  }
}
