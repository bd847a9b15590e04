import Nostr
import Studio

/// Comments, questions and answers: which version counts, and what they hang on.
extension Pass {
  private struct Version {
    let seq: Int64
    let stamp: Stamp
    let verdict: Int
  }

  struct Place {
    var parent: Int64?
    var parentKind = 0
    /// Something that may still come could change it.
    var isLoose: Bool
  }

  private struct Row {
    let parent: Int64?
    let root: Int64?
    let isChange: Bool
    let effect: CardEffect
    let kind: Int
    let body: String
    var connection: String?
  }

  func foldEntries() throws {
    // Entries of this batch find their parents themselves; only older ones have to be told.
    let isAnyoneWaiting =
      try db.number(
        "SELECT EXISTS (SELECT 1 FROM entry WHERE loose AND target_id IS NOT NULL)") > 0
    let isAnyoneLooking =
      try db.number(
        "SELECT EXISTS (SELECT 1 FROM entry WHERE loose AND target_address IS NOT NULL)") > 0
    for (object, dirty) in dirt.entries { try foldEntry(object, dirty) }
    if isAnyoneWaiting {
      for id in dirt.arrivals {
        dirt.orphans.formUnion(
          try db.rows("SELECT object FROM entry WHERE loose AND target_id = ?", id) { $0.int64(0) })
      }
    }
    if isAnyoneLooking {
      for address in dirt.addresses {
        dirt.orphans.formUnion(
          try db.rows("SELECT object FROM entry WHERE loose AND target_address = ?", address) {
            $0.int64(0)
          })
      }
    }
  }

  private func foldEntry(_ object: Int64, _ dirty: Dirt.EntryDirt) throws {
    let header = dirty.header
    var versions = [Version(seq: header.seq, stamp: header.stamp, verdict: 0)]
    var old: Row?
    if !dirty.isSole {
      versions = try db.rows(
        "SELECT seq, created_at, id, verdict FROM event WHERE object = ? AND admitted", object
      ) {
        Version(
          seq: $0.int64(0), stamp: Stamp(createdAt: $0.int64(1), id: try $0.eventID(2)),
          verdict: $0.int(3))
      }.sorted { $0.stamp < $1.stamp }
      old = try row(of: object)
    }
    if let old { try touch(old, object) }
    if let old, !old.isChange { unindex(object, title: "", body: old.body) }
    guard let newest = versions.last, case .entry(let fact)? = try fact(of: newest.seq) else {
      try db.run("DELETE FROM entry WHERE object = ?", object)
      try db.run("DELETE FROM words WHERE object = ?", object)
      dirt.posts.insert(object)
      if old != nil { dirt.orphans.formUnion(try children(of: object)) }
      return
    }
    for version in versions.dropLast() {
      try judge(version.seq, was: version.verdict, .superseded)
    }
    // Whether one that does something to its card counts is for the card to say.
    if fact.effect == .none { try judge(newest.seq, was: newest.verdict, .applied) }
    let place = try place(of: fact, in: header.room, except: object)
    let root = place.parentKind == 30530 ? place.parent : nil
    let firstSeq = versions.map(\.seq).min() ?? 0
    // Not REPLACE: SQLite would copy every page it touches first.
    if old != nil { try db.run("DELETE FROM entry WHERE object = ?", object) }
    try db.run(
      """
      INSERT INTO entry (object, room, kind, event, event_id, author, created_at,
        written_at, first_seq, versions, target_id, target_address, loose, parent, root, intent,
        to_status, from_status, effect, hold, track, answers, news, urgency, channel, conn, run)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, object, header.room, header.kind, newest.seq, newest.stamp.id, header.author,
      versions[0].stamp.createdAt, newest.stamp.createdAt, firstSeq,
      versions.count, fact.targetID, fact.targetAddress, place.isLoose, place.parent, root,
      fact.intent, fact.toStatus, fact.fromStatus, fact.effect.rawValue, fact.isHold, fact.track, 0,
      fact.isNews ? firstSeq : nil, fact.urgency?.rawValue, fact.post?.channel.text,
      fact.connection, fact.askingRun)
    try write(
      Words(body: fact.body, options: fact.options, blocks: fact.blocks, fabric: fact.fabric),
      of: object, isNew: old == nil)
    try touch(
      Row(
        parent: place.parent, root: root, isChange: fact.toStatus != nil, effect: fact.effect,
        kind: header.kind, body: fact.body), object)
    if fact.toStatus == nil { index(object, title: "", body: fact.body) }
    if header.kind == 30534 { dirt.questions.insert(object) }
    if place.parent != nil, root == nil { dirt.roots.append(object) }
    if let old, old.root != root { dirt.roots += try children(of: object) }
    // Whoever answers it answers that connection.
    if let old, old.connection?.key != fact.connection?.key {
      dirt.posts.formUnion(try replies(toEntry: object))
    }
    if fact.effect != .none, place.parentKind != 30530 { dirt.strays.insert(object) }
    if try mayBePost(fact, isNew: old == nil, on: place.parent) { dirt.posts.insert(object) }
  }

  private func row(of object: Int64) throws -> Row? {
    try db.first(
      """
      SELECT n.parent, n.root, n.to_status, n.kind, w.body, n.effect, n.conn
      FROM entry n JOIN words w ON w.object = n.object WHERE n.object = ?
      """, object
    ) {
      Row(
        parent: $0.optionalInt64(0), root: $0.optionalInt64(1), isChange: !$0.isNull(2),
        effect: $0.effect(5), kind: $0.int(3), body: $0.text(4), connection: $0.optionalText(6))
    }
  }

  /// What hangs on the row's place has to be looked at again.
  private func touch(_ row: Row, _ object: Int64) throws {
    if let root = row.root { dirt.threads.insert(root) }
    guard let parent = row.parent else { return }
    if row.kind == 30535 { dirt.questions.insert(parent) }
    switch row.effect {
    case .none: break
    case .report: dirt.reports.insert(object)
    case .status, .cancel, .retry, .steer: dirt.cards.insert(parent)
    }
  }

  /// What hangs directly on `object`.
  func children(of object: Int64) throws -> [Int64] {
    try db.rows("SELECT object FROM entry WHERE parent = ?", object) { $0.int64(0) }
  }

  // MARK: Places

  /// What an entry can hang on. Asked here and not in SQL, where a list costs a table of its own at every use.
  private static let carriers: Set<Int> = [30530, 30533, 30534, 30535]
  private static let findAdmitted =
    "\(ObjectKey.find) AND EXISTS (SELECT 1 FROM event e WHERE e.object = o.id AND e.admitted)"

  /// What an entry hangs on: the object of the very event it names; else the one at the address it
  /// names; else a card that claims to have had that id.
  func place(of fact: EntryFact, in room: RoomID, except own: Int64) throws -> Place {
    if let id = fact.targetID {
      let exact = try db.first(
        """
        SELECT e.object, e.kind FROM event e
        WHERE e.id = ? AND e.room = ? AND e.admitted
        """, id, room
      ) { (object: $0.int64(0), kind: $0.int(1)) }
      if let exact, exact.object != own, Self.carriers.contains(exact.kind) {
        return Place(parent: exact.object, parentKind: exact.kind, isLoose: false)
      }
    }
    if let text = fact.targetAddress, let address = Address(text),
      Self.carriers.contains(address.kind)
    {
      let named = try db.first(
        Self.findAdmitted,
        binding: ObjectKey(room: room, kind: address.kind, author: address.pubkey, d: address.d)
          .values
      ) { $0.int64(0) }
      if let named, named != own {
        return Place(parent: named, parentKind: address.kind, isLoose: true)
      }
    }
    if let id = fact.targetID {
      let claimed = try db.first(
        """
        SELECT a.object FROM alias a WHERE a.room = ? AND a.id = ?
          AND EXISTS (SELECT 1 FROM card_version v WHERE v.object = a.object)
        ORDER BY a.created_at, a.claim LIMIT 1
        """, room, id
      ) { $0.int64(0) }
      if let claimed { return Place(parent: claimed, parentKind: 30530, isLoose: true) }
    }
    return Place(parent: nil, isLoose: true)
  }

  private struct Orphan {
    let room: RoomID
    let targetID: EventID?
    let targetAddress: String?
    let isLoose: Bool
    let row: Row
  }

  func foldOrphans() throws {
    for object in dirt.orphans { try foldOrphan(object) }
    for object in dirt.strays { try foldStray(object) }
  }

  private func foldOrphan(_ object: Int64) throws {
    let orphan = try db.first(
      """
      SELECT room, target_id, target_address, loose, parent, root, to_status, kind, effect
      FROM entry WHERE object = ?
      """, object
    ) {
      Orphan(
        room: $0.room(0), targetID: $0.isNull(1) ? nil : try $0.eventID(1),
        targetAddress: $0.optionalText(2), isLoose: $0.bool(3),
        row: Row(
          parent: $0.optionalInt64(4), root: $0.optionalInt64(5), isChange: !$0.isNull(6),
          effect: $0.effect(8), kind: $0.int(7), body: ""))
    }
    guard let orphan else { return }
    let old = orphan.row
    var fact = EntryFact(body: "")
    fact.targetID = orphan.targetID
    fact.targetAddress = orphan.targetAddress
    let place = try place(of: fact, in: orphan.room, except: object)
    guard place.parent != old.parent || place.isLoose != orphan.isLoose else { return }
    // On a card the root is known; elsewhere it is walked up to.
    let root = place.parentKind == 30530 ? place.parent : old.root
    try db.run(
      "UPDATE entry SET parent = ?, loose = ?, root = ? WHERE object = ?", place.parent,
      place.isLoose, root, object)
    guard place.parent != old.parent else { return }
    try touch(old, object)
    try touch(
      Row(
        parent: place.parent, root: root, isChange: old.isChange, effect: old.effect,
        kind: old.kind, body: ""), object)
    if root != old.root { dirt.roots += try children(of: object) }
    if place.parentKind != 30530 { dirt.roots.append(object) }
    if try isInChannel(object, or: place.parent) { dirt.posts.insert(object) }
    if old.effect != .none, place.parentKind != 30530 { dirt.strays.insert(object) }
  }

  /// One that would do something to a card and hangs on none, or not yet.
  private func foldStray(_ object: Int64) throws {
    let row = try db.first(
      """
      SELECT n.event, e.verdict, n.parent, o.kind, n.effect
      FROM entry n JOIN event e ON e.seq = n.event
      LEFT JOIN object o ON o.id = n.parent WHERE n.object = ? AND n.effect > 0
      """, object
    ) {
      (
        seq: $0.int64(0), verdict: $0.int(1), parent: $0.optionalInt64(2), kind: $0.int(3),
        effect: $0.effect(4)
      )
    }
    guard let row, row.parent == nil || row.kind != 30530 else { return }
    let verdict: CardFold.Verdict =
      if row.parent == nil {
        .waiting("its card has not come")
      } else {
        // What is reported elsewhere is said and no more.
        row.effect == .report ? .applied : .refused("its target is no card")
      }
    try judge(row.seq, was: row.verdict, verdict)
  }

  /// Walks up from every entry that moved to the card it belongs to, and tells what hangs below.
  func foldRoots() throws {
    while let object = dirt.roots.popLast() {
      let row = try db.first(
        "SELECT root, kind FROM entry WHERE object = ?", object
      ) { (root: $0.optionalInt64(0), kind: $0.int(1)) }
      guard let row else { continue }
      let root = try root(of: object)
      guard root != row.root else { continue }
      try db.run("UPDATE entry SET root = ? WHERE object = ?", root, object)
      if let root { dirt.threads.insert(root) }
      if let old = row.root { dirt.threads.insert(old) }
      if row.kind == 30534 { dirt.questions.insert(object) }
      dirt.roots += try children(of: object)
    }
  }

  /// The card at the top; `nil` when there is none, or when the path runs in a circle.
  private func root(of object: Int64) throws -> Int64? {
    var current = object
    for _ in 0..<64 {
      let parent = try db.first("SELECT parent FROM entry WHERE object = ?", current) {
        $0.optionalInt64(0)
      }
      // No row of its own: a card.
      guard let parent else { return current == object ? nil : current }
      guard let parent else { return nil }
      current = parent
    }
    return nil
  }

  // MARK: Counts

  func foldThreads() throws {
    for card in dirt.threads {
      try db.run(
        """
        UPDATE card SET comments =
          (SELECT count(*) FROM entry WHERE root = ?1 AND kind = 30533 AND to_status IS NULL),
          news = max(event,
            coalesce((SELECT max(news) FROM entry WHERE root = ?1 AND to_status IS NULL), 0),
            coalesce((SELECT max(first_seq) FROM entry INDEXED BY entry_effect
              WHERE parent = ?1 AND effect > 0 AND to_status = 'done'), 0))
        WHERE object = ?1
        """, card)
    }
    for question in dirt.questions {
      try db.run(
        """
        UPDATE entry SET answers = (SELECT count(*) FROM entry WHERE parent = ?1 AND kind = 30535),
          gone = coalesce((SELECT status = 'deleted' FROM card WHERE object = entry.root), 0)
        WHERE object = ?1 AND kind = 30534
        """, question)
    }
  }
}
