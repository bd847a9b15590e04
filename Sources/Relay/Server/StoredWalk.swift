import Nostr

/// A walk through the stored events of one REQ: newest first over all its filters, a page at a time, so
/// that no more than a page of each filter is in memory.
final class StoredWalk {
  struct Row {
    let createdAt: Int64
    let id: EventID
    let json: [UInt8]
  }

  private struct Source {
    let filter: Filter
    var left: Int
    var page: [Row] = []
    var index = 0
    var after: (createdAt: Int64, id: EventID)?
    var isAtEnd = false

    var head: Row? { index < page.count ? page[index] : nil }
  }

  private var sources: [Source]
  private var last: EventID?

  private static let pageRows = 100
  private static let pageBytes = 262_144

  init(_ filters: [Filter], limits: RelayLimits) {
    sources = filters.compactMap { filter in
      let left = min(filter.limit ?? limits.defaultLimit, limits.limit)
      return left > 0 ? Source(filter: filter, left: left) : nil
    }
  }

  /// The next event, `nil` at the end.
  func next(from store: any EventStore, at now: Int64, readers: [PublicKey]?) throws -> Row? {
    while true {
      var best: (source: Int, row: Row)?
      for index in sources.indices {
        try fill(index, from: store, at: now, readers: readers)
        guard let head = sources[index].head else { continue }
        if let found = best, !Self.precedes(head, found.row) { continue }
        best = (index, head)
      }
      guard let best else { return nil }
      sources[best.source].index += 1
      sources[best.source].left -= 1
      // The same event from another filter follows at once, because the order is total.
      guard best.row.id != last else { continue }
      last = best.row.id
      return best.row
    }
  }

  private static func precedes(_ a: Row, _ b: Row) -> Bool {
    a.createdAt != b.createdAt ? a.createdAt > b.createdAt : a.id < b.id
  }

  private func fill(
    _ index: Int, from store: any EventStore, at now: Int64, readers: [PublicKey]?
  ) throws {
    let source = sources[index]
    guard source.head == nil, !source.isAtEnd else { return }
    var page: [Row] = []
    let rows = min(source.left, Self.pageRows)
    guard rows > 0 else {
      sources[index].isAtEnd = true
      sources[index].page = []
      return
    }
    var bytes = 0
    try store.query(source.filter, at: now, wrapsFor: readers, after: source.after) {
      page.append(Row(createdAt: $0, id: $1, json: $2))
      bytes += $2.count
      return page.count < rows && bytes < Self.pageBytes
    }
    sources[index].isAtEnd = page.count < rows && bytes < Self.pageBytes
    sources[index].after = page.last.map { ($0.createdAt, $0.id) }
    sources[index].page = page
    sources[index].index = 0
  }
}
