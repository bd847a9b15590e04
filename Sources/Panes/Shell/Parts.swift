import Replica
import Studio

/// The parts of what is shown that are read by themselves, in the order in which one needs another.
struct Parts: OptionSet, Hashable {
  let rawValue: Int

  static let rooms = Parts(rawValue: 1 << 0)
  static let tracks = Parts(rawValue: 1 << 1)
  static let questions = Parts(rawValue: 1 << 2)
  static let people = Parts(rawValue: 1 << 3)
  static let channels = Parts(rawValue: 1 << 4)
  static let team = Parts(rawValue: 1 << 5)
  static let inbox = Parts(rawValue: 1 << 6)
  static let drafts = Parts(rawValue: 1 << 7)
  static let board = Parts(rawValue: 1 << 8)
  static let card = Parts(rawValue: 1 << 9)
  static let posts = Parts(rawValue: 1 << 10)
  static let agent = Parts(rawValue: 1 << 11)
  static let preview = Parts(rawValue: 1 << 12)
  /// How many cards fit each of the person's own views.
  static let views = Parts(rawValue: 1 << 13)

  static let all = Parts(rawValue: 1 << 14 - 1)
  /// Beside a list.
  static let details: Parts = [.card, .posts, .agent, .preview]

  /// Each by itself, in order.
  var each: [Parts] {
    (0..<14).map { Parts(rawValue: 1 << $0) }.filter { contains($0) }
  }

  /// What has to be read again because of news, when `card` and `channel` are those that are shown.
  init(_ news: News, card: ObjectID?, channel: ChannelName?) {
    self.init(rawValue: 0)
    let topics = news.topics
    if topics.contains(.rooms) { self = .all }
    let isHere = news.cards.map { cards in card.map(cards.contains) ?? false } ?? true
    if !topics.isDisjoint(with: [.cards, .words]) {
      formUnion([.questions, .team, .inbox, .board, .agent])
      if isHere { formUnion([.card, .preview]) }
    }
    if topics.contains(.cards) {
      // Profiles, connections and roots of channels are cards too; posts quote and refer to them.
      formUnion([.tracks, .people, .channels, .posts, .views])
    }
    if topics.contains(.words) {
      formUnion([.views])
      if news.channels?.isEmpty != true { insert(.channels) }
      if news.channels.map({ channels in channel.map(channels.contains) ?? false }) ?? true {
        insert(.posts)
      }
      // A change of status counts in the tallies.
      insert(.tracks)
    }
    if topics.contains(.tracks) { insert(.tracks) }
    // What was passed over for want of consent is told by a record.
    if topics.contains(.runs) { formUnion([.team, .agent, .card, .inbox, .preview]) }
    if topics.contains(.deliveries) { formUnion([.card, .posts, .inbox]) }
  }

  init(rawValue: Int) { self.rawValue = rawValue }
}
