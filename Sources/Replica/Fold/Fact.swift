import Nostr
import Studio

/// What the fold wants from a payload, in columns.
enum Fact: Sendable {
  case card(CardFact)
  case entry(EntryFact)
  case track(TrackFact)
  case dispatch(DispatchFact)
  case room(RoomFact)
  /// A declaration, grant or claim: no payload to read.
  case roster
}

struct CardFact: Sendable {
  var kind: String
  var track: String
  var title: String
  var body: String
  var status: String
  var assignees: [PublicKey]
  var approvers: [PublicKey]
  var tags: String
  var blocks: String
  var fabric: String?
  /// Event ids that this card says it had before.
  var previous: [EventID]
  /// The channel whose root it claims to be.
  var channel: ChannelName?
  /// The connection that it registers.
  var agent: AgentRecord?
  /// The connection that its author spoke through.
  var connection: String?

  /// Kinds that begin with `_` never show in a list.
  var isHidden: Bool { kind.utf8.first == UInt8(ascii: "_") }
}

/// A comment, a question or an answer.
struct EntryFact: Sendable {
  var targetID: EventID?
  var targetAddress: String?
  var body: String
  var intent: String?
  var toStatus: String?
  var fromStatus: String?
  var track: String?
  var options: String
  var blocks: String
  var fabric: String?
  /// The connection that its author spoke through.
  var connection: String?
  /// What it says about itself as a post; `nil` for one that does not.
  var post: PostMark?
  /// The event that it answers, besides its target.
  var replyTo: EventID?
  var mentions: [Mention]
  /// It says what an agent has done: a step of a run, or a result.
  var isStep = false
  /// What it would do to the card that it is on.
  var effect = CardEffect.none
  /// Of a change of state: the card is put aside.
  var isHold = false
  /// It names a run.
  var isOfRun = false
  /// Of a question.
  var urgency: Urgency?
  /// Of a question, the run that cannot go on without the answer.
  var askingRun: String?

  /// Whether it is worth a look: an agent's steps are not, nor is a copy of its question.
  var isNews: Bool {
    toStatus == nil && !isMirror && !(intent.map { sameBytes($0, "progress") } ?? false)
  }

  /// It is a copy of a question, for readers that show no questions.
  var isMirror: Bool { intent.map { sameBytes($0, Comment.mirrorIntent) } ?? false }
}

struct TrackFact: Sendable {
  var name: String
  var title: String
  var description: String?
  var layout: String
  var closedAt: Int64?
}

struct DispatchFact: Sendable {
  var subject: String
  var chosen: String
  var reason: String
  /// What it says of a run; `nil` for a record of anything else.
  var run: RunRecord?
}

struct RoomFact: Sendable {
  var slug: String
  var title: String
  var description: String?
  var project: String?
}

extension Fact {
  /// Reads and validates the payload of `event`.
  static func read(_ event: Event, payload: [UInt8]) -> Result<Fact, PayloadError> {
    do {
      return .success(Fact(try Payload(kind: event.kind, parsing: payload, tags: event.tags)))
    } catch {
      return .failure(error)
    }
  }

  private init(_ payload: Payload) {
    self =
      switch payload {
      case .card(let card): .card(CardFact(card))
      case .track(let track): .track(TrackFact(track))
      case .dispatch(let intent):
        .dispatch(
          DispatchFact(
            subject: intent.eventID, chosen: intent.chosen, reason: intent.reason,
            run: RunRecord(intent)))
      case .comment(let comment): .entry(EntryFact(comment))
      case .question(let question): .entry(EntryFact(question))
      case .answer(let answer): .entry(EntryFact(answer))
      case .room(let room):
        .room(
          RoomFact(
            slug: room.slug, title: room.title, description: room.description,
            project: room.project))
      }
  }
}

extension CardFact {
  /// The most earlier ids that one version may claim.
  static let previousLimit = 64

  init(_ card: Card) {
    kind = card.kind
    track = card.track
    title = card.title
    body = card.body
    status = card.status.rawValue
    assignees = card.assignees
    approvers = card.fabric?.approvers ?? []
    tags = card.tags.isEmpty ? "[]" : JSON.array(card.tags.map { .string($0) }).text
    blocks = Self.text(card.blocks)
    fabric = card.fabric?.object.text
    previous = Array((card.fabric?.previousIDs ?? []).suffix(Self.previousLimit))
    channel = card.channelName
    agent = card.agentRecord
    connection = card.fabric?.connectionID?.text
  }

  static func text(_ blocks: [Block]) -> String {
    blocks.isEmpty ? "[]" : JSON.array(blocks.map { .object($0.object) }).text
  }
}

extension TrackFact {
  init(_ track: Track) {
    self.init(
      name: track.name, title: track.title, description: track.description,
      layout: track.layout.rawValue, closedAt: track.closedAt)
  }
}

extension EntryFact {
  init(_ comment: Comment) {
    self.init(body: comment.body, fabric: comment.fabric)
    point(at: comment.target.resolved, or: comment.fabric)
    intent = comment.intent
    isStep =
      comment.fabric?.run != nil
      || comment.intent.map { ["progress", "result", "deliverable"].contains($0) } ?? false
    blocks = CardFact.text(comment.blocks)
    effect = comment.effect
    isHold = comment.fabric?.hold ?? false
    isOfRun = comment.fabric?.run != nil
    if let intent, sameBytes(intent, Comment.statusChangeIntent) {
      toStatus = comment.toStatus?.rawValue
      fromStatus = comment.fromStatus?.rawValue
      // A change of a card's state is no word in a channel.
      if toStatus != nil { post = nil }
    }
  }

  init(_ question: Question) {
    self.init(body: question.body, fabric: question.fabric)
    point(at: question.fabric?.card.map { .event($0) }, or: question.fabric)
    track = question.track
    if let offered = question.fabric?["options"]?.array { options = JSON.array(offered).text }
    urgency = Urgency(of: question)
    askingRun =
      urgency == .plain ? nil : question.fabric?.run.flatMap { RunRecord.isRun($0) ? $0 : nil }
  }

  init(_ answer: Answer) {
    self.init(body: answer.body, fabric: answer.fabric)
    point(at: answer.target.resolved, or: answer.fabric)
  }

  init(body: String, fabric: Fabric? = nil) {
    self.body = body
    self.fabric = fabric?.object.text
    options = "[]"
    blocks = "[]"
    connection = fabric?.connectionID?.text
    post = PostMark(reading: fabric)
    replyTo = fabric?.replyTo
    mentions = fabric?.mentions ?? []
  }

  /// The event that was named, and beside it the address, which finds the object when we do not
  /// hold that event.
  private mutating func point(at target: Target?, or fabric: Fabric?) {
    let address = fabric?.address ?? (post == nil ? nil : fabric?.root)
    switch target {
    case .event(let id)?:
      targetID = id
      targetAddress = address?.text
    case .address(let address)?: targetAddress = address.text
    case nil: targetAddress = address?.text
    }
  }
}
