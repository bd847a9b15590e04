import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Who is here and how they are, as the scene last saw it.
struct Presences {
  fileprivate(set) var team = Team()
  /// Agents that have fallen silent and were not put aside: the inbox has each once.
  fileprivate(set) var silences: [TeamMember] = []
  /// Silent agents by the track of the card that they are at.
  fileprivate(set) var silentOn: [String: Int] = [:]
  /// What is known of the rooms that are not shown.
  fileprivate var elsewhere: [RoomID: Elsewhere] = [:]
  fileprivate(set) var link: LinkWatch?
  fileprivate var aside: Set<PutAside> = []
  fileprivate var read: (room: RoomID, change: Int64, slot: Int64)?

  fileprivate mutating func judge(
    _ rows: [PresenceRow]? = nil, me: PublicKey, now: Int64
  ) {
    let link = link?.link ?? .down(since: now)
    if let rows {
      team.update(rows, link: link, me: me, now: now)
    } else {
      team.update(link: link, me: me, now: now)
    }
    silences = team.silences(without: aside)
    for room in elsewhere.keys { elsewhere[room]?.judge(link: link, me: me, now: now) }
  }

  /// Whether it is this room's team.
  func holds(_ room: RoomID) -> Bool { read?.room == room }

  /// The next moment at which somebody is judged otherwise though nothing happens.
  var nextChange: Int64? {
    ([team.nextChange] + elsewhere.values.map(\.team.nextChange)).compactMap(\.self).min()
  }
}

/// What the inbox has of a track.
struct TrackNews {
  var trouble = 0
  var new = 0
}

/// Everybody of a room that is not shown, for the inbox.
private struct Elsewhere {
  var team = Team()
  var names: Names
  var aside: Set<PutAside> = []
  var silences: [TeamMember] = []
  var read: (change: Int64, slot: Int64)

  mutating func judge(
    _ rows: [PresenceRow]? = nil, link: PresenceLink, me: PublicKey, now: Int64
  ) {
    team.update(rows ?? team.members.map(\.row), link: link, me: me, now: now)
    silences = team.silences(without: aside)
  }
}

extension Scene {
  var team: Team { presences.team }

  /// How somebody is, in words.
  func text(of member: TeamMember) -> PresenceText {
    let run = member.id.card.flatMap { runs.byCard[$0] }
    return PresenceText(
      member: member, names: names, moments: moments,
      run: run?.author == member.id.pubkey ? run : nil, load: runs.loads[member.id.pubkey])
  }

  /// Who is silent, in all rooms, this one first.
  var silences: [Silence] {
    let here = room.map { room in
      presences.silences.map { Silence(member: $0, room: room.id, names: names) }
    }
    let others = rooms.flatMap { other -> [Silence] in
      guard other.id != room?.id, let there = presences.elsewhere[other.id] else { return [] }
      return there.silences.map { Silence(member: $0, room: other.id, names: there.names) }
    }
    return (here ?? []) + others
  }

  /// Reads who is in the other rooms, as far as something may have changed there.
  func readElsewhere() {
    let now = clock.now()
    let link = presences.link?.link ?? .down(since: now)
    let others = rooms.filter { $0.id != room?.id && $0.status == "active" }.prefix(20)
    presences.elsewhere = presences.elsewhere.filter { id, _ in others.contains { $0.id == id } }
    guard !others.isEmpty, let change = read({ try $0.lastChange() }) else { return }
    for other in others {
      var there =
        presences.elsewhere[other.id] ?? Elsewhere(names: Names(me: me), read: (-1, -1))
      there.aside = read { try $0.silencesPutAside(other.id) } ?? there.aside
      if there.read != (change, now / 300) {
        let found = try? workspace.reader.limited(toMilliseconds: budget * 4) { reader in
          (rows: try reader.presence(other.id, now: now), names: try reader.names(in: other.id))
        }
        if let found { there.names = Names(found.names, me: me) }
        there.read = found == nil ? there.read : (change, now / 300)
        there.judge(found?.rows, link: link, me: me, now: now)
      } else {
        there.judge(link: link, me: me, now: now)
      }
      presences.elsewhere[other.id] = there
    }
  }

  /// A run in words.
  func text(of run: RunRecordRow, on card: ObjectID) -> RunText {
    RunText(row: run, moments: moments, saidAt: team.saidAt(card, by: run.author))
  }

  /// Reads who is here anew, when something has changed or the hour has moved on.
  func readTeam(_ room: RoomID) {
    let now = clock.now()
    if presences.read?.room != room {
      forgetTeam()
    }
    presences.aside = read { try $0.silencesPutAside(room) } ?? presences.aside
    let change = read { try $0.lastChange() } ?? -1
    var rows: [PresenceRow]?
    if presences.read.map({ $0 != (room, change, now / 300) }) ?? true {
      // A few rows for each of many people.
      rows = read(times: 4) { try $0.presence(room, now: now) }
      let found = read(times: 4) { try $0.roomRuns(room) }
      runs = found ?? runs
      if rows != nil, found != nil { presences.read = (room, change, now / 300) }
    }
    presences.judge(rows, me: me, now: now)
    let silences = presences.silences
    let tracks = read { reader in
      try silences.compactMap(\.id.card).compactMap { try reader.card($0)?.track }
    }
    if let tracks { presences.silentOn = Dictionary(tracks.map { ($0, 1) }, uniquingKeysWith: +) }
  }

  /// What is wrong and what else is new on the tracks of this room, as far as the inbox has it.
  var newsByTrack: [String: TrackNews] {
    var news = presences.silentOn.mapValues { TrackNews(trouble: $0) }
    for row in inbox.updates where row.room == room?.id {
      switch row.subject {
      case .card(let card), .said(_, let card?, _):
        if row.reason == .trouble {
          news[card.track, default: TrackNews()].trouble += 1
        } else {
          news[card.track, default: TrackNews()].new += 1
        }
      case .said, .channel: continue
      }
    }
    return news
  }

  func forgetTeam() {
    runs = RoomRuns()
    let (link, elsewhere) = (presences.link, presences.elsewhere)
    presences = Presences()
    (presences.link, presences.elsewhere) = (link, elsewhere)
  }

  /// Time has passed, or our own connection has changed; true when somebody's state has.
  func passTime(isLive: Bool) -> Bool {
    let now = clock.now()
    let before = presences.link?.link
    presences.link = presences.link ?? LinkWatch(now: now)
    presences.link?.update(isLive: isLive, now: now)
    guard before != presences.link?.link || presences.nextChange.map({ $0 <= now }) ?? false else {
      return false
    }
    func states() -> [[String]] {
      team.members.map { [$0.presence.state.rawValue, "\($0.presence.isStalled)"] }
        + [presences.elsewhere.values.flatMap(\.silences).map { "\($0.id.pubkey)" }.sorted()]
    }
    let earlier = states()
    presences.judge(me: me, now: now)
    return earlier != states()
  }
}
