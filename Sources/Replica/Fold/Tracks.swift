import FourA
import Nostr

extension Pass {
  func foldTracks() throws {
    for key in dirt.tracks { try foldTrack(key) }
  }

  /// A track is what its winner says; one that only cards know of is a stub under its own name.
  private func foldTrack(_ key: Dirt.TrackKey) throws {
    let name = key.name.keyText
    let logged = try db.rows(
      """
      SELECT v.event, v.created_at, v.id, v.author, e.verdict
      FROM track_version v JOIN event e ON e.seq = v.event WHERE v.room = ? AND v.name = ?
      """, key.room, name
    ) { row in
      (
        version: TrackFold.Version(
          stamp: Stamp(createdAt: row.int64(1), id: try row.eventID(2)), event: row.int64(0),
          author: try row.publicKey(3)),
        verdict: row.int(4)
      )
    }
    let founder = try replica.authority(of: key.room).current?.founder
    let versions = logged.map(\.version)
    let winner = TrackFold.winner(founder: founder, versions: versions)
    for (version, verdict) in logged {
      let isAllowed = TrackFold.isAllowed(version, founder: founder, versions: versions)
      try judge(
        version.event, was: verdict,
        !isAllowed
          ? .refused("neither the founder nor who made the track")
          : version.event == winner?.event ? .applied : .superseded)
    }
    guard let winner, case .track(let track)? = try fact(of: winner.event) else {
      try foldStub(key, name)
      return
    }
    try db.run(
      """
      INSERT OR REPLACE INTO track
        (room, name, event, author, title, description, layout, closed_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, key.room, name, winner.event, winner.author, track.title, track.description,
      track.layout, track.closedAt, winner.stamp.createdAt)
  }

  private func foldStub(_ key: Dirt.TrackKey, _ name: String) throws {
    let written = Int(
      try db.number("SELECT sum(cards) FROM tally WHERE room = ? AND track = ?", key.room, name))
    let pending = dirt.tally.reduce(0) {
      $1.key.room == key.room && $1.key.track == key.name ? $0 + $1.value : $0
    }
    if written + pending > 0 {
      try db.run(
        "INSERT OR REPLACE INTO track (room, name, title) VALUES (?, ?, ?)", key.room, name, name)
    } else {
      try db.run("DELETE FROM track WHERE room = ? AND name = ?", key.room, name)
    }
  }
}
