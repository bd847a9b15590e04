import Home
package import Replica

extension Workspace {
  /// Everything that a filter needs to know besides its words.
  package func filterContext(_ rooms: [RoomID], isUTC: Bool = false) -> FilterContext {
    FilterContext(rooms: rooms, me: me, now: SystemCall.now(), isUTC: isUTC)
  }

  /// Reads a query that was given as the argument `field`.
  ///
  /// - Throws: `invalid_argument` with the column for what the query has wrong.
  func reading<T>(
    _ text: String, field: String, _ body: (FilterQuery) throws -> T
  ) throws -> T {
    do {
      return try body(try FilterQuery(parsing: text))
    } catch let error as FilterError {
      throw error.error(for: text, field: field)
    }
  }

  /// Adds what `--query` and `--view` ask for. An order in the query goes before one in the view.
  func narrow(_ filter: inout CardFilter, _ arguments: Arguments, in room: RoomRow) throws {
    var asked: [(field: String, text: String)] = []
    if let name = arguments.text("view") {
      asked.append(("view", try SavedViews.load(from: home).named(name).text))
    }
    if let text = arguments.text("query") { asked.append(("query", text)) }
    var conditions: [CardCondition] = []
    for (field, text) in asked {
      try reading(text, field: field) { query in
        conditions.append(try query.condition(in: filterContext([room.id]), reader))
        filter.order = query.order ?? filter.order
      }
    }
    // Flat, so that words of both are one question to the index.
    filter.condition = .all(
      conditions.flatMap { if case .all(let parts) = $0 { parts } else { [$0] } })
  }
}
