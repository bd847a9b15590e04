import Nostr

/// What a pass has touched and the fold has yet to look at.
struct Dirt {
  /// Cards whose versions or status changes changed.
  var cards: Set<Int64> = []
  /// Cards whose versions changed.
  var versions: Set<Int64> = []
  /// What runs report, to be looked at again.
  var reports: Set<Int64> = []
  /// Whose owners changed.
  var owned: Set<Member> = []
  /// Comments, questions and answers whose versions changed.
  var entries: [Int64: EntryDirt] = [:]
  /// Facts of this batch by event, so that they are not read back.
  var facts: [Int64: Fact] = [:]
  /// Ids that comments may already be aimed at.
  var arrivals: [EventID] = []
  /// Addresses that comments may already be aimed at.
  var addresses: [String] = []
  /// Entries whose parent has to be looked up again.
  var orphans: Set<Int64> = []
  /// Status changes without a card.
  var strays: Set<Int64> = []
  /// Entries whose root has to be walked up to again.
  var roots: [Int64] = []
  /// Cards whose comments have to be counted again.
  var threads: Set<Int64> = []
  /// Questions whose answers have to be counted again.
  var questions: Set<Int64> = []
  /// Entries that may have come into a channel, or left it.
  var posts: Set<Int64> = []
  /// Whether the room has channels at all, once that was asked.
  var hasChannels: Bool?
  var tracks: Set<TrackKey> = []
  var dispatches: Set<Int64> = []
  /// Rooms whose title has to be read again.
  var titles: Set<RoomID> = []
  var tally: [TallyKey: Int] = [:]
  /// Who has given signs of life.
  var sightings: [Speaking: Sighting] = [:]
  var search: [Int64: IndexChange] = [:]

  struct EntryDirt {
    let header: Header
    /// The object was made in this pass and has this one version.
    var isSole: Bool
  }

  struct Member: Hashable {
    let room: RoomID
    let pubkey: PublicKey
  }

  /// Somebody who speaks in a room: a key, or a connection of it.
  struct Speaking: Hashable {
    let room: RoomID
    let pubkey: PublicKey
    /// Empty for the key itself.
    let connection: String
  }

  struct TrackKey: Hashable {
    let room: RoomID
    let name: [UInt8]
  }

  struct TallyKey: Hashable {
    let room: RoomID
    let track: [UInt8]
    let status: [UInt8]
  }
}

extension String {
  /// A key that compares as SQLite does, by bytes.
  var key: [UInt8] { Array(utf8) }
}

extension [UInt8] {
  var keyText: String { String(decoding: self, as: UTF8.self) }
}
