import FourA
import Nostr
import Studio

// What runs say of themselves: it counts when its signer is or was assigned the card (agents 2.14).
extension Pass {
  private static let notAssigned = "only who is or was assigned the card speaks of a run on it"

  // MARK: Reports

  func foldReports() throws {
    for card in dirt.versions {
      dirt.reports.formUnion(
        try db.rows(
          "SELECT object FROM entry WHERE parent = ? AND effect = ?", card,
          CardEffect.report.rawValue
        ) { $0.int64(0) })
    }
    var assigned: [Int64: Set<PublicKey>] = [:]
    for object in dirt.reports {
      let row = try db.first(
        """
        SELECT n.event, e.verdict, n.author, n.parent FROM entry n
        JOIN event e ON e.seq = n.event JOIN object o ON o.id = n.parent
        WHERE n.object = ? AND n.effect = ? AND o.kind = 30530
        """, object, CardEffect.report.rawValue
      ) {
        (
          seq: $0.int64(0), verdict: $0.int(1), author: try $0.publicKey(2), card: $0.int64(3)
        )
      }
      guard let row else { continue }
      let known = try assigned[row.card] ?? self.assigned(of: row.card)
      assigned[row.card] = known
      // Where nobody was ever assigned, there was no run to speak of: it is a word like any other.
      let isPlain = try known.isEmpty && !isOfRun(row.seq)
      try judge(
        row.seq, was: row.verdict,
        isPlain || known.contains(row.author) ? .applied : .refused(Self.notAssigned))
    }
  }

  private func isOfRun(_ seq: Int64) throws -> Bool {
    guard case .entry(let fact)? = try fact(of: seq) else { return false }
    return fact.isOfRun
  }

  /// Everybody who is or was the assignee of a card.
  func assigned(of card: Int64) throws -> Set<PublicKey> {
    Set(
      try db.rows("SELECT assignees FROM card_version WHERE object = ?", card) {
        $0.publicKeys(0).first
      }.compactMap(\.self))
  }

  // MARK: Dispatch records

  /// The newest version of each author's record.
  func foldDispatches() throws {
    try findDispatches()
    for object in dirt.dispatches { try foldDispatch(object) }
  }

  /// Records of runs whose card has come or changed.
  private func findDispatches() throws {
    func take(_ sql: String, _ value: any Bindable) throws {
      dirt.dispatches.formUnion(try db.rows(sql, value) { $0.int64(0) })
    }
    guard try db.number("SELECT EXISTS (SELECT 1 FROM dispatch)") > 0 else { return }
    for card in dirt.versions { try take("SELECT object FROM dispatch WHERE card = ?", card) }
    for id in dirt.arrivals {
      try take("SELECT object FROM dispatch WHERE target_id = ?", id)
    }
    for address in dirt.addresses {
      try take("SELECT object FROM dispatch WHERE target_address = ?", address)
    }
  }

  private func foldDispatch(_ object: Int64) throws {
    let versions = try db.rows(
      """
      SELECT seq, created_at, id, verdict, room, author FROM event
      WHERE object = ? AND admitted
      """, object
    ) { row in
      (
        seq: row.int64(0), stamp: Stamp(createdAt: row.int64(1), id: try row.eventID(2)),
        verdict: row.int(3), room: row.room(4), author: try row.publicKey(5)
      )
    }
    let newest = versions.max { $0.stamp < $1.stamp }
    guard let newest, case .dispatch(let record)? = try fact(of: newest.seq) else {
      try db.run("DELETE FROM dispatch WHERE object = ?", object)
      return
    }
    var target = EntryFact(body: "")
    target.targetID = record.run?.card
    target.targetAddress = record.run?.address?.text
    var place: Place?
    if record.run != nil {
      let found = try self.place(of: target, in: newest.room, except: object)
      place = found.parentKind == 30530 ? found : nil
    }
    let isAllowed =
      try record.run == nil
      || place?.parent.map { try assigned(of: $0).contains(newest.author) } ?? false
    for version in versions {
      let verdict: CardFold.Verdict =
        if version.seq != newest.seq {
          .superseded
        } else if isAllowed {
          .applied
        } else {
          place == nil ? .waiting("its card has not come") : .refused(Self.notAssigned)
        }
      try judge(version.seq, was: version.verdict, verdict)
    }
    try db.run(
      """
      INSERT OR REPLACE INTO dispatch (object, room, event, event_id, author, subject, chosen, reason,
        created_at, target_id, target_address, card, allowed, run)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, object, newest.room, newest.seq, newest.stamp.id, newest.author, record.subject,
      record.chosen, record.reason, newest.stamp.createdAt, target.targetID, target.targetAddress,
      place?.parent, isAllowed, record.run?.run)
  }
}

extension Statement {
  /// What an entry does to its card.
  func effect(_ column: Int32) -> CardEffect { CardEffect(rawValue: int(column)) ?? .none }
}
