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
  /// Milliseconds that one reading may cost.
  let budget: Int

  private(set) var room: RoomRow?
  private(set) var rooms: [RoomRow] = []
  private(set) var tracks: [TrackRow] = []
  private(set) var members: [MemberRow] = []
  private(set) var names: Names
  /// Cards with open questions, the newest question first.
  private(set) var waiting: [ObjectID] = []
  private(set) var claims = 0
  private(set) var unread = 0
  private(set) var sending = 0
  /// The newest event, through which what is seen is marked read.
  private(set) var newest: Int64 = 0
  /// A reading cost too much and was stopped; what is shown may be older.
  var wasStopped = false

  /// The chosen track; `nil` for all.
  var track: String?
  /// What the person typed to narrow the cards.
  var filter = ""
  /// The filter is still being typed.
  var isFiltering = false
  /// The card that is shown.
  var card: ObjectID?
  /// This person's answers that are on their way.
  var answers = Answers()

  private var seen: Int64 = -1

  var me: PublicKey { workspace.me }
  var moments: Moments { Moments(now: clock.now(), isUTC: clock.isUTC) }

  init(workspace: Workspace, clock: Clock, budget: Int) {
    self.workspace = workspace
    self.clock = clock
    self.budget = budget
    names = Names(me: workspace.me)
  }

  /// Reads within the budget; `nil` when it was stopped or failed, and what was shown stays.
  func read<T>(_ body: (Reader) throws -> T) -> T? {
    do {
      return try workspace.reader.limited(toMilliseconds: budget, body)
    } catch {
      wasStopped = true
      return nil
    }
  }

  func refresh() {
    rooms = read { try $0.rooms() } ?? rooms
    let chosen = try? workspace.room()
    if chosen?.id != room?.id {
      seen = -1
      track = nil
    }
    room = chosen
    sending = read { try $0.counts().pending } ?? sending
    guard let room else {
      (tracks, members, waiting, claims, unread) = ([], [], [], 0, 0)
      return
    }
    tracks = read { try $0.tracks(room.id) } ?? tracks
    if let track, !tracks.contains(where: { sameBytes($0.name, track) }) { self.track = nil }
    waiting =
      read { reader in
        try reader.questions(room.id, openOnly: true, limit: 200).compactMap(\.root)
      } ?? waiting
    unread = read { try $0.unread(room.id, me: workspace.me) } ?? unread
    newest = read { try $0.log(limit: 1).first?.seq ?? 0 } ?? newest
    readPeople(room)
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
    seen = last
  }

  /// The cards that the track and the filter choose. Words of the form `is:STATUS` and `to:NAME`
  /// choose by status and assignee; a `to:` that names nobody filters nothing.
  func cardFilter() -> CardFilter {
    var chosen = CardFilter(track: track)
    var words: [Substring] = []
    for word in filter.split(separator: " ") {
      if word.hasPrefix("is:"), word.utf8.count > 3 {
        chosen.status = Self.status(String(word.dropFirst(3)))
      } else if word.hasPrefix("to:"), word.utf8.count > 3 {
        chosen.assignee = assignee(String(word.dropFirst(3)))
      } else {
        words.append(word)
      }
    }
    // The index knows beginnings of three letters: shorter ones wait for more, or for the end.
    if isFiltering, filter.last != " ", let last = words.last, last.unicodeScalars.count < 3 {
      words.removeLast()
    }
    if !words.isEmpty { chosen.text = words.joined(separator: " ") }
    return chosen
  }

  private static func status(_ word: String) -> String {
    let word = word.replacing("-", with: "_")
    return CardStatus.lifecycle.map(\.rawValue).first { $0.hasPrefix(word) } ?? word
  }

  private func assignee(_ who: String) -> PublicKey? {
    if sameBytes(who, "me") { return me }
    guard let room, case .one(let member)? = read({ try $0.resolveMember(who, in: room.id) }) else {
      // Half a name, while it is being typed, filters nothing.
      return nil
    }
    return member.pubkey
  }
}
