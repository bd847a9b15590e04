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
  fileprivate var link: LinkWatch?
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
  }
}

extension Scene {
  var team: Team { presences.team }

  /// How somebody is, in words.
  func text(of member: TeamMember) -> PresenceText {
    PresenceText(member: member, names: names, moments: moments)
  }

  /// Reads who is here anew, when something has changed or the hour has moved on.
  func readTeam(_ room: RoomID) {
    let now = clock.now()
    if presences.read?.room != room {
      let link = presences.link
      presences = Presences()
      presences.link = link
    }
    presences.aside = read { try $0.silencesPutAside(room) } ?? presences.aside
    let change = read { try $0.lastChange() } ?? -1
    var rows: [PresenceRow]?
    if presences.read.map({ $0 != (room, change, now / 300) }) ?? true {
      // A few rows for each of many people.
      rows = try? workspace.reader.limited(toMilliseconds: budget * 4) {
        try $0.presence(room, now: now)
      }
      if rows == nil { wasStopped = true } else { presences.read = (room, change, now / 300) }
    }
    presences.judge(rows, me: me, now: now)
    let silences = presences.silences
    let tracks = read { reader in
      try silences.compactMap(\.id.card).compactMap { try reader.card($0)?.track }
    }
    if let tracks { presences.silentOn = Dictionary(tracks.map { ($0, 1) }, uniquingKeysWith: +) }
  }

  /// What is wrong and what else is new on a track of this room, as far as the inbox has it.
  func news(on track: String) -> (trouble: Int, new: Int) {
    let rows = inbox.updates.filter { row in
      guard row.room == room?.id else { return false }
      switch row.subject {
      case .card(let card), .said(_, let card?, _): return sameBytes(card.track, track)
      case .said, .channel: return false
      }
    }
    let trouble = rows.count { $0.reason == .trouble }
    return (trouble + (presences.silentOn[track] ?? 0), rows.count - trouble)
  }

  func forgetTeam() {
    let link = presences.link
    presences = Presences()
    presences.link = link
  }

  /// Time has passed, or our own connection has changed; true when somebody's state has.
  func passTime(isLive: Bool) -> Bool {
    let now = clock.now()
    let before = presences.link?.link
    presences.link = presences.link ?? LinkWatch(now: now)
    presences.link?.update(isLive: isLive, now: now)
    guard before != presences.link?.link || team.nextChange.map({ $0 <= now }) ?? false else {
      return false
    }
    let states = team.members.map { [$0.presence.state.rawValue, "\($0.presence.isStalled)"] }
    presences.judge(me: me, now: now)
    return states != team.members.map { [$0.presence.state.rawValue, "\($0.presence.isStalled)"] }
  }
}
