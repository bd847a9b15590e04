import Nostr

/// Which version of a track counts: the newest by the founder or by whoever made the track.
enum TrackFold {
  struct Version: Sendable {
    var stamp: Stamp
    var event: Int64
    var author: PublicKey
  }

  /// The winner's row; `nil` when there is no version.
  static func winner(founder: PublicKey?, versions: [Version]) -> Version? {
    let first = versions.min {
      ($0.stamp.createdAt, $0.stamp.id) < ($1.stamp.createdAt, $1.stamp.id)
    }
    return versions.filter { $0.author == founder || $0.author == first?.author }
      .max { $0.stamp < $1.stamp }
  }

  /// Whether `version` had a right to change the track.
  static func isAllowed(_ version: Version, founder: PublicKey?, versions: [Version]) -> Bool {
    let first = versions.min {
      ($0.stamp.createdAt, $0.stamp.id) < ($1.stamp.createdAt, $1.stamp.id)
    }
    return version.author == founder || version.author == first?.author
  }
}
