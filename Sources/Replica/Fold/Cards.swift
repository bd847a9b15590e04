import FourA
import Nostr
import Studio

extension Pass {
  private struct Logged {
    let version: CardFold.Version
    let verdict: Int
  }

  private struct Effects {
    var changes: [CardFold.Change] = []
    var controls: [CardFold.Control] = []
    var verdicts: [Int64: Int] = [:]
  }

  /// A card as the last fold left it.
  private struct Row {
    let event: Int64
    let isShown: Bool
    let kind: String
    let track: String
    let status: String
    let title: String
    let body: String
    let isStripped: Bool
  }

  private struct Object {
    let room: RoomID
    let author: PublicKey
    let d: String
  }

  func foldCards() throws {
    for object in dirt.cards { try foldCard(object) }
    // Who may steer a run may have changed by what was just folded.
    guard !dirt.owned.isEmpty else { return }
    var steered: Set<Int64> = []
    for owned in dirt.owned {
      steered.formUnion(
        try db.rows(
          """
          SELECT DISTINCT n.parent FROM entry n JOIN card_version v ON v.object = n.parent
          WHERE n.effect IN (2, 3, 4) AND n.room = ? AND substr(v.assignees, 1, 32) = ?
          """, owned.room, owned.pubkey
        ) { $0.int64(0) })
    }
    for object in steered { try foldCard(object) }
  }

  private func foldCard(_ object: Int64) throws {
    let versions = try db.rows(
      """
      SELECT v.event, v.created_at, v.id, v.status, v.assignees, v.fabric, e.verdict, v.approvers
      FROM card_version v JOIN event e ON e.seq = v.event WHERE v.object = ?
      """, object
    ) { row in
      Logged(
        version: .init(
          stamp: Stamp(createdAt: row.int64(1), id: try row.eventID(2)), event: row.int64(0),
          status: row.text(3), assignees: row.publicKeys(4), approvers: row.publicKeys(7),
          hasFabric: row.bool(5)),
        verdict: row.int(6))
    }
    let old = try row(of: object)
    guard
      let named = try db.first(
        "SELECT room, author, d FROM object WHERE id = ? AND kind = 30530", object,
        read: { Object(room: $0.room(0), author: try $0.publicKey(1), d: $0.text(2)) })
    else { return }
    let founder = try replica.authority(of: named.room).current?.founder
    let effects = versions.isEmpty ? Effects() : try self.effects(on: object)
    guard
      let state = CardFold.fold(
        author: named.author, founder: founder, versions: versions.map(\.version),
        changes: effects.changes, controls: effects.controls,
        owners: effects.controls.isEmpty ? [:] : try owners(in: named.room))
    else {
      try remove(object, named, old)
      return
    }
    try write(state, object, named, old)
    let verdicts = effects.verdicts.merging(versions.map { ($0.version.event, $0.verdict) }) {
      first, _ in first
    }
    for (event, verdict) in state.verdicts {
      try judge(event, was: verdicts[event] ?? 0, verdict)
    }
  }

  private func effects(on object: Int64) throws -> Effects {
    var effects = Effects()
    try db.with(
      """
      SELECT n.event, n.written_at, n.event_id, n.author, n.to_status, e.verdict, n.effect, n.hold
      FROM entry n JOIN event e ON e.seq = n.event
      WHERE n.parent = ? AND n.effect BETWEEN 1 AND 4
      """
    ) { row in
      try row.bind([object])
      while try row.step() {
        let event = row.int64(0)
        let stamp = Stamp(createdAt: row.int64(1), id: try row.eventID(2))
        let author = try row.publicKey(3)
        effects.verdicts[event] = row.int(5)
        if row.effect(6) == .status {
          effects.changes.append(
            .init(
              stamp: stamp, event: event, author: author, status: row.text(4),
              isHold: row.bool(7)))
        } else {
          effects.controls.append(
            .init(stamp: stamp, event: event, author: author, effect: row.effect(6)))
        }
      }
    }
    return effects
  }

  /// Whose machines the agents of a room run on, as they say themselves.
  func owners(in room: RoomID) throws -> [PublicKey: Set<PublicKey>] {
    var owners: [PublicKey: Set<PublicKey>] = [:]
    for (agent, owner) in try db.rows(
      "SELECT pubkey, owner FROM agent WHERE room = ? AND owner IS NOT NULL AND NOT retired", room,
      read: { (try $0.publicKey(0), try $0.publicKey(1)) })
    {
      owners[agent, default: []].insert(owner)
    }
    return owners
  }

  private func row(of object: Int64) throws -> Row? {
    try db.first(
      """
      SELECT c.event, c.shown, c.kind, c.track, c.status, c.title, w.body, c.stripped
      FROM card c JOIN words w ON w.object = c.object WHERE c.object = ?
      """, object
    ) {
      Row(
        event: $0.int64(0), isShown: $0.bool(1), kind: $0.text(2), track: $0.text(3),
        status: $0.text(4), title: $0.text(5), body: $0.text(6), isStripped: $0.bool(7))
    }
  }

  private func write(
    _ state: CardFold.State, _ object: Int64, _ named: Object, _ old: Row?
  ) throws {
    guard case .card(let card)? = try fact(of: state.newest.event) else {
      throw ReplicaError(.corrupt, "the payload of a card is not readable any more")
    }
    var fabric = card.fabric
    var channel = card.channel
    var agent = card.agent
    if let kept = state.fabric, case .card(let earlier)? = try fact(of: kept.event) {
      fabric = earlier.fabric
      if sameBytes(card.kind, earlier.kind) { (channel, agent) = (earlier.channel, earlier.agent) }
    }
    channel = channel.flatMap { Card.isChannelRoot($0, d: named.d) ? $0 : nil }
    let isShown = !state.isDeleted && !card.isHidden && channel == nil
    let isSameText = old?.event == state.newest.event
    if let old, old.isShown, !(isShown && isSameText) {
      unindex(object, title: old.title, body: old.body)
    }
    try db.run(
      """
      INSERT INTO card (object, room, event, event_id, author, d, kind, track, status, assignee,
        assignees, shown, news, created_at, updated_at, stripped, title, tags, held, cycle, retried)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?3,
        (SELECT min(created_at) FROM card_version WHERE object = ?1),
        ?13, ?14, ?15, ?16, ?17, ?18, ?19)
      ON CONFLICT (object) DO UPDATE SET event = excluded.event, event_id = excluded.event_id,
        kind = excluded.kind, track = excluded.track, status = excluded.status,
        assignee = excluded.assignee, assignees = excluded.assignees, shown = excluded.shown,
        news = max(news, excluded.news),
        created_at = excluded.created_at, updated_at = excluded.updated_at,
        stripped = excluded.stripped, title = excluded.title, tags = excluded.tags, held = excluded.held, cycle = excluded.cycle, retried = excluded.retried
      """, object, named.room, state.newest.event, state.newest.stamp.id, named.author, named.d,
      card.kind, card.track, state.status, card.assignees.first, card.assignees.joinedBytes,
      isShown, state.updatedAt, state.fabric != nil, card.title, card.tags, state.isHeld,
      state.cycle, state.isRetried)
    if !isSameText || state.fabric != nil || old?.isStripped ?? false {
      try write(
        Words(body: card.body, options: "[]", blocks: card.blocks, fabric: fabric), of: object,
        isNew: old == nil)
    }
    if isShown, !(old?.isShown ?? false && isSameText) {
      index(object, title: card.title, body: card.body)
    }
    if let old, old.isShown { tally(named.room, old.track, old.status, -1) }
    if isShown { tally(named.room, card.track, state.status, 1) }
    if state.isDeleted != (old.map { sameBytes($0.status, "deleted") } ?? false) {
      dirt.questions.formUnion(
        try db.rows("SELECT object FROM entry WHERE root = ? AND kind = 30534", object) {
          $0.int64(0)
        })
    }
    try writeProfile(named, card, isDeleted: state.isDeleted)
    if channel != nil || old.map({ sameBytes($0.kind, Card.channelKind) }) ?? false {
      try writeChannel(channel, object, in: named.room)
    }
    if agent != nil || old.map({ sameBytes($0.kind, Card.agentKind) }) ?? false {
      let isRegistered = !state.isDeleted && agent?.isRegistered(d: named.d) ?? false
      try writeAgent(isRegistered ? agent : nil, object, of: named.author, in: named.room)
    }
  }

  private func remove(_ object: Int64, _ named: Object, _ old: Row?) throws {
    guard let old else { return }
    if old.isShown {
      unindex(object, title: old.title, body: old.body)
      tally(named.room, old.track, old.status, -1)
    }
    try db.run("DELETE FROM card WHERE object = ?", object)
    try db.run("DELETE FROM words WHERE object = ?", object)
    if sameBytes(old.kind, Card.channelKind) { try writeChannel(nil, object, in: named.room) }
    if sameBytes(old.kind, Card.agentKind) {
      try writeAgent(nil, object, of: named.author, in: named.room)
    }
    guard Self.isProfile(named) else { return }
    try db.run("DELETE FROM profile WHERE room = ? AND pubkey = ?", named.room, named.author)
  }

  // MARK: Names

  /// A member is called what their own profile says: kind exactly `_profile`, under their own key.
  private func writeProfile(_ named: Object, _ card: CardFact, isDeleted: Bool) throws {
    guard Self.isProfile(named) else { return }
    if sameBytes(card.kind, "_profile"), !isDeleted {
      try db.run(
        """
        INSERT INTO profile (room, pubkey, name) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET name = excluded.name
        """, named.room, named.author, card.title)
    } else {
      try db.run("DELETE FROM profile WHERE room = ? AND pubkey = ?", named.room, named.author)
    }
  }

  private static func isProfile(_ named: Object) -> Bool {
    sameBytes(named.d, "profile:\(named.author.hex)")
  }

  // MARK: Tally

  private func tally(_ room: RoomID, _ track: String, _ status: String, _ change: Int) {
    dirt.tally[.init(room: room, track: track.key, status: status.key), default: 0] += change
    dirt.tracks.insert(.init(room: room, name: track.key))
  }

  func writeTally() throws {
    for (key, change) in dirt.tally where change != 0 {
      try db.run(
        """
        INSERT INTO tally (room, track, status, cards) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET cards = cards + excluded.cards
        """, key.room, key.track.keyText, key.status.keyText, change)
    }
  }
}
