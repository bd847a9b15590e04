import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What is read around the posts that are held: what they answer and refer to, whom they mean, and
/// how far own ones have come.
struct PostSurroundings {
  /// References of posts, kept while the channel is open.
  struct References {
    var values: [ObjectID: [PostReference]] = [:]
  }

  static let mostReferences = 6

  var quotes: [EventID: PostQuote] = [:]
  var references = References()
  /// Questions that wait.
  var questions: [ObjectID: EntryRow] = [:]
  var names: [ObjectID: [String]] = [:]
  var deliveries: [EventID: SafeText] = [:]
}

extension PostsPane {
  /// Reads what stands around the posts anew.
  func readAround() {
    readQuotes()
    readReferences()
    readQuestions()
    readNames()
    readDeliveries()
  }

  /// `atlas: Uploads fail about 2% of …`
  static func quote(_ post: PostRow, me: PublicKey) -> SafeText {
    let speaker = post.speaker
    let name =
      post.author == me && post.connection == nil
      ? "you"
      : SafeText(untrusted: speaker.name ?? "#\(speaker.short)", limit: 80).truncated(to: 24)
    return "\(name): \(SafeText(untrusted: post.body, limit: 240))"
  }

  private func readQuotes() {
    var held: [EventID: PostRow] = [:]
    for post in posts { held[post.eventID] = post }
    for post in posts {
      guard let target = post.replyTo else { continue }
      if let found = held[target] {
        around.quotes[target] = PostQuote(id: found.id, words: Self.quote(found, me: scene.me))
      } else if around.quotes[target] == nil,
        let found = scene.read({ try $0.post(event: target, in: post.room) }) ?? nil
      {
        around.quotes[target] = PostQuote(id: found.id, words: Self.quote(found, me: scene.me))
      }
    }
  }

  /// What is in sight is looked up anew; what is out of sight, once.
  private func readReferences() {
    for post in posts where !post.refs.isEmpty || post.card != nil {
      if around.references.values[post.id] != nil, !inSight.contains(post.id) { continue }
      around.references.values[post.id] = references(of: post)
    }
  }

  private func references(of post: PostRow) -> [PostReference] {
    var found: [PostReference] = []
    for kind in Reference.allCases {
      let values =
        post.refs[kind.rawValue].map { $0.array?.compactMap(\.string) ?? [$0.string ?? ""] } ?? []
      for value in values where !value.isEmpty {
        guard found.count < PostSurroundings.mostReferences else { return found }
        found.append(reference(kind, value, in: post.room))
      }
    }
    return found
  }

  private func reference(_ kind: Reference, _ value: String, in room: RoomID) -> PostReference {
    let word = SafeText(untrusted: kind.rawValue, limit: 20)
    let name = SafeText(untrusted: value, limit: 200)
    func missing() -> PostReference {
      PostReference(kind: word, words: name.truncated(to: 40), target: .none, isMissing: true)
    }
    switch kind {
    case .card, .contract:
      guard
        case .one(let object)? = scene.read({
          try $0.resolveObject(value, in: room, kinds: [30530])
        }), let card = scene.read({ try $0.card(object.id, me: scene.me) }) ?? nil
      else { return missing() }
      let look = StatusLook(card.status)
      return PostReference(
        kind: word,
        words:
          "\(SafeText(untrusted: card.eventID.short)) \(look.glyph) \(look.word) · \(SafeText(untrusted: card.title, limit: 200))",
        target: .card(card.id))
    case .post, .claim:
      guard let event = EventID(hex: value),
        let post = scene.read({ try $0.post(event: event, in: room) }) ?? nil
      else { return missing() }
      return PostReference(
        kind: word, words: Self.quote(post, me: scene.me), target: .post(post.id))
    case .mutation, .goal, .branch, .commit, .url:
      return PostReference(kind: word, words: name, target: .none)
    }
  }

  private func readQuestions() {
    around.questions = [:]
    for post in posts where post.eventKind == 30534 && post.answers == 0 {
      guard let entry = scene.read({ try $0.entry(post.id) }) ?? nil else { continue }
      around.questions[post.id] = entry
    }
  }

  private func readNames() {
    let meaning = posts.filter { !$0.mentions.isEmpty }
    guard let room = meaning.first?.room,
      let identities = scene.read({ try $0.identities(in: room) })
    else { return }
    around.names = [:]
    for post in meaning {
      var names: [String] = []
      for mention in post.mentions {
        let speaker = identities.speaker(mention.pubkey, mention.connection)
        guard let name = speaker.name, !name.isEmpty else { continue }
        names += ["\(name) #\(speaker.short)", "\(name)#\(speaker.short)", name].map {
          Highlight.folded(SafeText(untrusted: $0, limit: 200).string)
        }
      }
      around.names[post.id] = names.sorted { $0.utf8.count > $1.utf8.count }
    }
  }

  /// How far the newest posts of our own have come; the last one says so to the end.
  private func readDeliveries() {
    around.deliveries = [:]
    var isLast = true
    for post in posts.reversed().lazy.filter({ $0.author == self.scene.me }).prefix(20) {
      guard let state = scene.read({ try $0.delivery(of: post.eventID) }) ?? nil else { continue }
      defer { isLast = false }
      let isComplete = state.complete == state.relays.count && !state.relays.isEmpty
      if isComplete, !isLast { continue }
      around.deliveries[post.eventID] = DeliveryWords.of(state)
    }
  }
}

/// How far something of our own has come, in words.
enum DeliveryWords {
  static func of(_ state: DeliveryState) -> SafeText {
    let refused = state.relays.count { $0.refused > 0 }
    let refusal: SafeText = refused > 0 ? ", refused by \(refused)" : ""
    let place: SafeText =
      state.complete > 0 ? "on \(state.complete) of \(state.relays.count) relays" : "stored"
    return "\(place)\(refusal)"
  }
}
