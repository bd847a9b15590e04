import Nostr
package import Replica
import Studio

extension Workspace {
  /// The words that a line can be completed with in a room: what is in the replica now.
  package func vocabulary(in room: RoomRow?) -> LineVocabulary {
    let reader = reader
    let home = home
    func rows<Row>(_ read: (RoomRow) throws -> [Row]) -> [Row] {
      room.flatMap { try? read($0) } ?? []
    }
    let filter = FilterVocabulary(
      tracks: rows { try reader.tracks($0.id) }.map(\.name),
      people: rows { try reader.members($0.id) }.compactMap(\.name))
    return LineVocabulary(filter: filter) { value in
      switch value {
      case .member: rows { try reader.members($0.id) }.compactMap(\.name).map { .init($0) }
      case .track:
        rows { try reader.tracks($0.id) }.filter { $0.closedAt == nil }
          .map { .init($0.name, $0.title) }
      case .room: ((try? reader.rooms()) ?? []).map { .init($0.slug, $0.title ?? "") }
      case .channel: rows { try reader.channels($0.id) }.map { .init($0.name.text) }
      case .card:
        rows { try reader.cardTitles($0.id, limit: 500) }
          .map { .init($0.d.utf8.count < 40 ? $0.d : $0.short, $0.title) }
      case .question:
        rows { try reader.questions($0.id, openOnly: true, limit: 100) }
          .map { .init($0.eventID.short, $0.body) }
      case .view: ((try? SavedViews.load(from: home))?.views ?? []).map { .init($0.name, $0.text) }
      case .claim, .post, .query, .command, .word: []
      }
    }
  }
}
