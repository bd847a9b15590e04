import FourA
import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What a post that is being written will be.
struct PostTarget {
  /// The room's address.
  let room: String
  let channel: ChannelName
  /// The post that it answers.
  let reply: PostRow?
  var kind: PostKind
}

/// Posting: a field at the foot of the channel, whose words say whom and what the post is about.
extension Shell {
  /// Where a field lies: at the foot of what it is about.
  var writingPane: PaneID {
    place == .chat ? .posts : isInInbox && detail == .preview ? .preview : .card
  }

  /// Opens the field for a post in the channel that is shown.
  func writePost(_ kind: PostKind? = nil, answering reply: PostRow? = nil) {
    guard let room = scene.room, let channel = scene.channel else { return }
    if !isInSight(.posts) { focus(on: .posts) }
    let name =
      reply.map { "reply:\(address(of: $0))" } ?? "post:\(room.audience.address) \(channel.text)"
    let isAnswer = reply.map { $0.eventKind == 30534 } ?? false
    let target = PostTarget(
      room: room.audience.address, channel: channel, reply: reply,
      kind: kind ?? keptKind(of: name) ?? (isAnswer ? .answer : .status))
    compose(
      .post(target), title: title(of: target), draft: name,
      placeholder: "@people and #cards are told apart from words by Tab", isMultiline: true)
  }

  /// The name of the draft of the channel that is shown.
  var postDraft: String? {
    guard let room = scene.room, let channel = scene.channel else { return nil }
    return "post:\(room.audience.address) \(channel.text)"
  }

  private func address(of post: PostRow) -> String {
    (try? workspace.reader.entry(post.id))?.address ?? post.eventID.hex
  }

  private func title(of target: PostTarget) -> SafeText {
    let kind = SafeText(untrusted: target.kind.rawValue)
    let channel = SafeText(untrusted: target.channel.description, limit: 80)
    guard let reply = target.reply else { return "Post in \(channel) · \(kind)" }
    return "Reply to \(PostsPane.quote(reply, me: scene.me).truncated(to: 30)) · \(kind)"
  }

  /// `r`: an agent's question is answered in words, with time to take it back; everything else at once.
  func replyToPost() {
    guard let post = posts.post else { return }
    if post.speaker.isAgent, let question = posts.question { return write(to: question) }
    writePost(answering: post)
  }

  // MARK: Kinds

  /// What is kept beside a draft, for what its words do not say.
  private static func kindSetting(_ draft: String) -> String { "draft.kind \(draft)" }

  private func keptKind(of draft: String) -> PostKind? {
    guard self.draft(draft) != nil else { return nil }
    return (try? workspace.reader.setting(Self.kindSetting(draft)))?.flatMap {
      PostKind(rawValue: $0)
    }
  }

  func pickPostKind() {
    var selected = PostKind.status
    if case .compose(let composer)? = overlays.last, case .post(let target) = composer.purpose {
      selected = target.kind
    }
    // Heartbeats are for programs.
    let items = PostKind.allCases.filter { $0 != .heartbeat }.map {
      Picker<String>.Item($0.rawValue, SafeText(untrusted: $0.rawValue), detail: Self.words(of: $0))
    }
    overlays.append(
      .pick(
        Picker(title: "What kind of post?", items: items, selected: selected.rawValue), .postKind))
  }

  private static func words(of kind: PostKind) -> SafeText {
    switch kind {
    case .question: "asks somebody something"
    case .answer: "replies to a question"
    case .claim: "asserts a fact"
    case .decision: "others have to live with it"
    case .status: "how things stand"
    case .heartbeat: "still at it"
    case .brief: "hands a task over"
    case .closeout: "finished, and what comes next"
    }
  }

  func pickedPostKind(_ word: String) {
    guard let kind = PostKind(rawValue: word) else { return }
    guard case .compose(var composer)? = overlays.last, case .post(var target) = composer.purpose
    else { return writePost(kind) }
    target.kind = kind
    composer.purpose = .post(target)
    composer.prompt.title = title(of: target)
    overlays[overlays.count - 1] = .compose(composer)
    try? workspace.desk.setSetting(Self.kindSetting(composer.draft), kind.rawValue)
  }

  // MARK: Sending

  /// The names that `@` may mean, as they may be written.
  private func addressees() -> [String] {
    guard let room = scene.room else { return [] }
    let agents = scene.read { try $0.agents(room.id) } ?? []
    return scene.members.compactMap(\.name)
      + scene.members.compactMap { member in member.name.map { "\($0)#\(member.pubkey.short)" } }
      + agents.flatMap { ["\($0.name) #\($0.short)", "\($0.name)#\($0.short)", $0.name] }
  }

  /// Enter: everything the post names is looked up before anything is written.
  func send(_ text: String, to target: PostTarget, _ composer: Composer) {
    let words = PostWords(text, known: addressees())
    var arguments = Arguments([
      "channel": target.channel.text, "text": text, "kind": target.kind.rawValue,
      "room": target.room,
    ])
    if let reply = target.reply { arguments.set("reply-to", to: reply.eventID.hex) }
    for mention in words.mentions { arguments.add("mention", mention) }
    for reference in words.references { arguments.add("ref", reference) }
    queuedPostCount += 1
    let number = queuedPostCount
    do {
      try start("post", arguments) { [weak self] _ in
        self?.unqueue(number)
      } failed: { [weak self] _ in
        guard let self else { return }
        unqueue(number)
        // It is not lost: the field has it again.
        if draft(composer.draft) == nil {
          try? workspace.desk.setDraft(composer.draft, text, now: clock.now())
        }
      }
    } catch {
      return refuse(error)
    }
    if let room = scene.room {
      scene.queuedPosts.append(
        QueuedPost(
          id: number, room: room.id, channel: target.channel,
          words: SafeText(untrusted: text, limit: 400)))
    }
    forget([composer.draft])
    try? workspace.desk.setSetting(Self.kindSetting(composer.draft), nil)
    overlays.removeLast()
    posts.goToEnd()
    if readTrigger == .message { markChannelRead() }
    setNeedsRefresh()
  }

  private func unqueue(_ number: Int) {
    scene.queuedPosts.removeAll { $0.id == number }
    setNeedsRefresh()
  }

  /// What was refused, with the word it is about, where the person types.
  private func refuse(_ error: any Error) {
    let error = StudioError(describing: error)
    if let field = error.field, let value = error.value {
      complain(
        "\(SafeText(untrusted: error.code)) \(SafeText(untrusted: field)): \(SafeText(untrusted: value, limit: 40))"
      )
    } else {
      complain(SafeText(untrusted: error.message, limit: 200))
    }
    complain(error)
    saveDraft()
  }

  // MARK: Channels

  func followChannel() {
    guard let row = chat.channel else { return }
    let name = SafeText(untrusted: row.name.description, limit: 80)
    let verb = row.isSubscribed ? "channel unsubscribe" : "channel subscribe"
    run(verb, Arguments(["name": row.name.text]))
    say(row.isSubscribed ? "\(name): its posts do not count any more" : "\(name): its posts count")
    setNeedsRefresh()
  }

  func muteChannel() {
    guard let row = chat.channel else { return }
    let name = SafeText(untrusted: row.name.description, limit: 80)
    run(row.isMuted ? "channel unmute" : "channel mute", Arguments(["name": row.name.text]))
    say(
      row.isMuted
        ? "\(name): its posts count again" : "\(name): only what means or answers you counts")
    setNeedsRefresh()
  }

  /// The name typed becomes a channel with the first post in it.
  func openChannel(_ text: String) {
    let name = text.hasPrefix("#") ? String(text.dropFirst()) : text
    guard let channel = ChannelName(name) else {
      return complain("1 to \(ChannelName.limit) characters that can be seen")
    }
    if case .compose(let composer)? = overlays.last { forget([composer.draft]) }
    overlays.removeLast()
    go(to: .channel(channel))
    writePost()
  }

  // MARK: What a post leads to

  /// Where the chosen post leads, and what to call that.
  var postTargets: [(target: PostDestination, words: SafeText)] {
    guard let post = posts.post else { return [] }
    var targets: [(target: PostDestination, words: SafeText)] = []
    for reference in posts.around.references.values[post.id] ?? [] {
      switch reference.target {
      case .card(let id): targets.append((.card(id), "card \(reference.words)"))
      case .post(let id): targets.append((.post(id), "post \(reference.words)"))
      case .none: break
      }
    }
    if let reply = post.replyTo, let quote = posts.around.quotes[reply] {
      targets.append((.post(quote.id), "post \(quote.words)"))
    }
    return targets
  }

  func openReferences() {
    if posts.ability(to: .fold) == .able { return _ = posts.perform(.fold) }
    let targets = postTargets
    if targets.count == 1 { return follow(targets[0].target) }
    overlays.append(
      .pick(
        Picker(
          title: "Open",
          items: targets.enumerated().map {
            Picker<String>.Item("\($0.offset)", $0.element.words.truncated(to: 60))
          }), .destination(targets.map(\.target))))
  }

  func follow(_ destination: PostDestination) {
    switch destination {
    case .card(let id): go(to: .card(id))
    case .post(let id): goToPost(id)
    case .entry(let id, let card):
      scene.card = card
      go(to: .card(card))
      guard let row = try? workspace.reader.entry(id) else { return }
      if card == self.card.card?.id { self.card.go(to: id, at: row.cursor) }
    }
  }

  /// Shows a post in its channel.
  func goToPost(_ id: ObjectID) {
    guard let post = try? workspace.reader.post(id), let channel = post.channel else {
      return say("that post is not here", .toastWarning)
    }
    if place != .chat || scene.channel != channel { go(to: .channel(channel)) }
    readIfNeeded()
    posts.go(to: id, at: post.cursor)
    focus(on: .posts)
  }
}

/// Where a post or a hit leads.
enum PostDestination: Hashable {
  case card(ObjectID)
  case post(ObjectID)
  /// Something said on a card.
  case entry(ObjectID, card: ObjectID)
}
