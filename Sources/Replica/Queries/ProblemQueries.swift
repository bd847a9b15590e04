package import Nostr

/// A member who speaks through connections that they have not registered: nobody vouches for their names.
package struct UnattestedRow: Sendable, Hashable {
  package let pubkey: PublicKey
  package let connections: Int
  /// When one of them was heard last.
  package let lifeAt: Int64
}

/// What a program said when it was last looked whether it can be run as an agent.
package struct AdapterVerdict: Sendable, Hashable {
  package let name: String
  /// Whether it is the one that this home's agent runs.
  package let isChosen: Bool
  package let version: String?
  /// Why it cannot be used.
  package let failure: String?
  package let at: Int64

  package init(name: String, isChosen: Bool, version: String?, failure: String?, at: Int64) {
    self.name = name
    self.isChosen = isChosen
    self.version = version
    self.failure = failure
    self.at = at
  }
}

/// For how long a problem is out of sight.
package struct ProblemAside: Sendable, Hashable {
  /// What the problem rested on.
  package let mark: String
  /// `nil`: as long as it rests on that.
  package let until: Int64?
}

extension Reader {
  /// Members who have spoken since `time` through connections that they have not registered.
  package func unattested(_ room: RoomID, since time: Int64) throws -> [UnattestedRow] {
    try db.rows(
      """
      SELECT p.pubkey, count(*), max(p.life_at) FROM presence p
      JOIN member m ON m.room = p.room AND m.pubkey = p.pubkey
      WHERE p.room = ? AND p.conn <> '' AND p.life_at >= ? AND NOT EXISTS (
        SELECT 1 FROM agent a WHERE a.room = p.room AND a.pubkey = p.pubkey AND a.conn = p.conn)
      GROUP BY p.pubkey ORDER BY max(p.life_at) DESC LIMIT 20
      """, room, time
    ) { UnattestedRow(pubkey: try $0.publicKey(0), connections: $0.int(1), lifeAt: $0.int64(2)) }
  }

  /// What was last found of the programs that can be run here, by name.
  package func adapterVerdicts() throws -> [AdapterVerdict] {
    try db.rows(
      "SELECT name, chosen, version, failure, at FROM adapter_check ORDER BY name LIMIT 100"
    ) {
      AdapterVerdict(
        name: $0.text(0), isChosen: $0.bool(1), version: $0.optionalText(2),
        failure: $0.optionalText(3), at: $0.int64(4))
    }
  }

  /// Problems that are out of sight at a moment, by their ids.
  package func problemsAside(now: Int64) throws -> [String: ProblemAside] {
    let rows = try db.rows(
      "SELECT id, mark, until FROM problem_aside WHERE until IS NULL OR until > ? LIMIT 500", now
    ) { ($0.text(0), ProblemAside(mark: $0.text(1), until: $0.optionalInt64(2))) }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }
}

extension Desk {
  /// Puts a problem out of sight.
  ///
  /// - Parameter until: `nil` for as long as it rests on `mark`.
  package func putAside(problem id: String, mark: String, until: Int64?, now: Int64) throws {
    try together {
      try connection.run("DELETE FROM problem_aside WHERE until <= ?", now)
      try connection.run(
        "INSERT OR REPLACE INTO problem_aside (id, mark, until, at) VALUES (?, ?, ?, ?)", id, mark,
        until, now)
      try connection.run(
        """
        DELETE FROM problem_aside WHERE id NOT IN (
          SELECT id FROM problem_aside ORDER BY at DESC, id LIMIT 500)
        """)
    }
  }

  /// Brings a problem back at once.
  package func bringBack(problem id: String) throws {
    try connection.run("DELETE FROM problem_aside WHERE id = ?", id)
  }

  /// Keeps what was found of programs that can be run here; of the chosen ones there are no others.
  package func keep(_ verdicts: [AdapterVerdict]) throws {
    try together {
      if verdicts.contains(where: \.isChosen) {
        try connection.run("UPDATE adapter_check SET chosen = 0")
      }
      for verdict in verdicts {
        try connection.run(
          """
          INSERT OR REPLACE INTO adapter_check (name, chosen, version, failure, at)
          VALUES (?, ?, ?, ?, ?)
          """, verdict.name, verdict.isChosen, verdict.version, verdict.failure, verdict.at)
      }
    }
  }
}
