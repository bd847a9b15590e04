import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What all panes look at: the room, its tracks and people, and what is chosen. Read anew whenever
/// the engine says that something changed.
final class Scene {
  let workspace: Workspace
  let clock: Clock
  /// Milliseconds that one reading may cost: more each time that it was stopped, so that on a busy machine it comes
  /// to an end all the same.
  var budget: Int { usualBudget << min(attempts, 6) }
  private let usualBudget: Int
  /// How often in a row the reading was stopped.
  var attempts = 0

  private(set) var room: RoomRow?
  private(set) var rooms: [RoomRow] = []
  private(set) var tracks: [TrackRow] = []
  private(set) var members: [MemberRow] = []
  private(set) var names: Names
  /// Cards with open questions, the newest question first.
  private(set) var waiting: [ObjectID] = []
  /// Since when a card has had an open question.
  private(set) var waitingSince: [ObjectID: Int64] = [:]
  /// Open questions by the track of their card.
  private(set) var waitingOn: [String: Int] = [:]
  private(set) var claims = 0
  /// The person's inbox, over all rooms.
  let inbox = InboxRows()
  /// What the inbox counts, with those who are silent.
  var badges: Badges {
    var badges = inbox.badges
    let silent = silences.count
    badges.updates += silent
    badges.trouble += silent
    return badges
  }
  var unread: Int { badges.updates }
  private(set) var sending = 0
  /// The newest event, through which what is seen is marked read.
  private(set) var newest: Int64 = 0
  /// A reading cost too much and was stopped; what is shown may be older.
  private(set) var wasStopped = false
  /// Why the last reading came to nothing; `nil` where it only cost too much.
  private(set) var fault: StudioError?

  /// The chosen track; `nil` for all.
  var track: String?
  /// What the person typed to narrow the cards.
  var filter = ""
  /// The filter is still being typed.
  var isFiltering = false
  private var applied = AppliedFilter.none
  /// Why the filter as it stands cannot be read; an older one is in force.
  private(set) var filterFault: FilterError?
  /// The card that is shown.
  var card: ObjectID?
  /// The channel that is shown.
  var channel: ChannelName?
  /// This person's answers that are on their way.
  var answers = Answers()
  /// The channels of the room.
  private(set) var channels: [ChannelSummary] = []
  /// Who is here, and how they are.
  var presences = Presences()
  /// The runs of the room, as the agents tell them.
  var runs = RoomRuns()
  /// Whoever is selected among the agents.
  var member: PresenceRow.ID?
  /// What was posted here and the engine has not taken yet.
  var queuedPosts: [QueuedPost] = []

  private var seen: Int64 = -1

  var me: PublicKey { workspace.me }
  /// Whose inbox and read state the screen shows.
  var owner: InboxOwner { InboxOwner(me) }
  var moments: Moments { Moments(now: clock.now(), isUTC: clock.isUTC) }

  init(workspace: Workspace, clock: Clock, budget: Int) {
    self.workspace = workspace
    self.clock = clock
    usualBudget = budget
    names = Names(me: workspace.me)
  }

  /// What waits for the engine in a channel of this room.
  func queuedPosts(in channel: ChannelName?) -> [SafeText] {
    queuedPosts.filter { $0.channel == channel && $0.room == room?.id }.map(\.words)
  }

  /// Reads within the budget; `nil` when it was stopped or failed, and what was shown stays.
  ///
  /// - Parameter times: how much more than the budget it may cost.
  func read<T>(times: Int = 1, _ body: (Reader) throws -> T) -> T? {
    do {
      return try workspace.reader.limited(toMilliseconds: budget * times, body)
    } catch {
      note(error)
      return nil
    }
  }

  /// A reading begins.
  func forgetFaults() { (wasStopped, fault) = (false, nil) }

  /// A reading came to no end.
  func note(_ error: any Error) {
    // What gave way to a key is read once that was answered.
    guard !workspace.reader.gaveWay else { return }
    wasStopped = true
    let cause = workspace.reader.cause(of: error)
    if let cause = cause as? ReplicaError, .interrupted ~= cause { return }
    fault = StudioError(describing: cause)
  }

  /// What a pane says of a reading that came to no end.
  var stopped: SafeText {
    fault.map { SafeText(untrusted: $0.message, limit: 200) } ?? "reading was stopped"
  }

  /// What a pane says that has nothing to show: why, where it could not be read.
  func empty(_ words: SafeText) -> SafeText {
    fault.map { SafeText(untrusted: $0.description, limit: 400) } ?? words
  }

  /// Reads parts of it again.
  func refresh(_ parts: Parts = .all) {
    for part in parts.each { refresh(only: part) }
  }

  private func refresh(only part: Parts) {
    if part == .rooms { readRooms() }
    if part == .inbox { inbox.refresh(self) }
    guard let room else { return }
    switch part {
    case .tracks:
      tracks = read { try $0.tracks(room.id) } ?? tracks
      if let track, !tracks.contains(where: { sameBytes($0.name, track) }) { self.track = nil }
    case .questions: readQuestions(room)
    case .people: readPeople(room)
    case .channels: channels = read { try $0.channelSummaries(room.id, of: owner) } ?? channels
    case .team:
      readTeam(room.id)
      readElsewhere()
    default: break
    }
  }

  /// What everything else is read for; true when another room is shown than before.
  @discardableResult
  func readRooms() -> Bool {
    rooms = read { try $0.rooms() } ?? rooms
    var chosen = room
    do { chosen = try workspace.room() } catch {
      if error is StudioError { chosen = nil } else { note(error) }
    }
    let isOther = chosen?.id != room?.id
    if isOther {
      seen = -1
      track = nil
      // The first reading keeps what was chosen before it.
      if room != nil { channel = nil }
      channels = []
      applied = .none
    }
    room = chosen
    if chosen == nil {
      (tracks, members, channels, waiting, claims) = ([], [], [], [], 0)
      (waitingSince, waitingOn) = ([:], [:])
      forgetTeam()
    }
    return isOther
  }

  /// What is cheap to know before every reading: how far the log goes, and what is being sent; true when what is
  /// being sent may have come further.
  func readMeasures() -> Bool {
    let before = sending
    newest = read { try $0.newestEvent() } ?? newest
    sending = read { try $0.pendingDeliveries() } ?? sending
    return before > 0 || sending > 0
  }

  /// What has changed since the last time, in the parts that are shown; `nil` when that cannot be told.
  func news(since seq: Int64) -> News? { read { try $0.news(since: seq) } }
  func lastChange() -> Int64? { read { try $0.lastChange() } }

  private func readQuestions(_ room: RoomRow) {
    let found = read { reader in
      let open = try reader.questions(room.id, openOnly: true, limit: 200)
      var tracks: [String: Int] = [:]
      for track in try open.compactMap(\.root).compactMap({ try reader.card($0)?.track }) {
        tracks[track, default: 0] += 1
      }
      let since = open.compactMap { entry in entry.root.map { ($0, entry.createdAt) } }
      return (
        cards: open.compactMap(\.root), tracks: tracks,
        since: Dictionary(since, uniquingKeysWith: min)
      )
    }
    if let found {
      (waiting, waitingOn, waitingSince) = (found.cards, found.tracks, found.since)
    }
  }

  /// The roster costs more and changes seldom.
  private func readPeople(_ room: RoomRow) {
    guard let last = read({ try $0.lastChange() }), last != seen else { return }
    members = read { try $0.members(room.id) } ?? members
    names = read { Names(try $0.names(in: room.id), me: me) } ?? names
    if room.relation == .founded {
      let changed =
        seen < 0
        ? nil : read { try $0.changes(since: seen, limit: 500).map(\.type) }
      if changed.map({ $0.count == 500 || $0.contains(where: { $0 == .claim || $0 == .roster }) })
        ?? true
      {
        claims = (try? workspace.reader.pendingClaims(room.id, now: clock.now()).count) ?? claims
      }
    } else {
      claims = 0
    }
    if !workspace.reader.gaveWay { seen = last }
  }

  /// The filter that is in force: the last one that could be read.
  struct AppliedFilter {
    let text: String
    let query: FilterQuery
    let condition: CardCondition

    static let none = AppliedFilter(text: "", query: FilterQuery(), condition: .always)
  }

  /// Reads the filter anew; what cannot be read leaves the last one in force.
  func applyFilter() -> AppliedFilter {
    guard room != nil else { return .none }
    do {
      applied = try reading(filter)
      filterFault = nil
    } catch let fault as FilterError {
      filterFault = fault
      // The field that is wrong was a word while its name was being typed.
      if let start = fault.tokenStart(in: filter, after: applied.text) {
        applied = (try? reading(start)) ?? applied
      }
    } catch {
      note(error)
    }
    return applied
  }

  /// What filters of a room are read by. The team is as the panes show it, once it is known.
  func filterContext(_ room: RoomRow) -> FilterContext {
    FilterContext(
      rooms: [room.id], me: me, now: clock.now(), isUTC: clock.isUTC,
      team: presences.holds(room.id) ? team.members : nil)
  }

  private func reading(_ text: String) throws -> AppliedFilter {
    guard let room else { return .none }
    let query = isFiltering ? try FilterQuery(typing: text) : try FilterQuery(parsing: text)
    let context = filterContext(room)
    let condition = try workspace.reader.limited(toMilliseconds: budget) {
      try query.condition(in: context, $0)
    }
    return AppliedFilter(text: text, query: query, condition: condition)
  }

  /// Keeps the last filter that could be read instead of one that cannot.
  func dropUnreadableFilter() {
    if filterFault != nil { (filter, filterFault) = (FilterQuery.trimmed(applied.text), nil) }
  }

  /// The words that the filter's completion knows.
  var filterWords: FilterVocabulary {
    FilterVocabulary(tracks: tracks.map(\.name), people: members.compactMap(\.name))
  }
}

/// A post whose order the engine has not answered.
struct QueuedPost {
  let id: Int
  let room: RoomID
  let channel: ChannelName
  let words: SafeText
}
