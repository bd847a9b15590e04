/// Which row of a list is selected and which is the first shown. Keeps the selected thing, not its
/// place, when the rows change.
package struct ListState<ID: Hashable & Sendable>: Sendable {
  package private(set) var selected: ID?
  /// The first row shown.
  package private(set) var offset = 0
  /// Rows shown at once, as of the last `fit`.
  package private(set) var height = 1
  private var place = 0

  package init(selected: ID? = nil) { self.selected = selected }

  /// Takes the rows as they are now: keeps the selection by its id; when it is gone, selects what
  /// took its place. Scrolls it into view. Call it before drawing.
  package mutating func fit(_ ids: [ID], height: Int) {
    self.height = max(1, height)
    guard !ids.isEmpty else {
      selected = nil
      offset = 0
      place = 0
      return
    }
    if let selected, let index = ids.firstIndex(of: selected) {
      place = index
    } else {
      place = min(place, ids.count - 1)
      selected = ids[place]
    }
    reveal(count: ids.count)
  }

  private mutating func reveal(count: Int) {
    if place < offset { offset = place }
    if place >= offset + height { offset = place - height + 1 }
    offset = max(0, min(offset, count - height))
  }

  /// Where the selection is.
  package func index(in ids: [ID]) -> Int? { selected.flatMap { ids.firstIndex(of: $0) } }

  /// The rows to draw.
  package func visible(of count: Int) -> Range<Int> {
    let start = min(offset, max(0, count - 1))
    return min(start, count)..<min(count, start + height)
  }

  /// Selects a row by its id, if it is there.
  package mutating func select(_ id: ID, in ids: [ID]) {
    guard let index = ids.firstIndex(of: id) else { return }
    move(to: index, in: ids)
  }

  /// Selects the row at an index, or the nearest there is.
  package mutating func move(to index: Int, in ids: [ID]) {
    guard !ids.isEmpty else { return fit(ids, height: height) }
    place = max(0, min(index, ids.count - 1))
    selected = ids[place]
    reveal(count: ids.count)
  }

  /// Down by so many rows, up when negative.
  package mutating func move(by step: Int, in ids: [ID]) {
    move(to: (index(in: ids) ?? place) + step, in: ids)
  }

  package mutating func moveToFirst(in ids: [ID]) { move(to: 0, in: ids) }
  package mutating func moveToLast(in ids: [ID]) { move(to: ids.count - 1, in: ids) }

  /// Down by whole pages, up when negative; one row stays in view.
  package mutating func movePage(_ pages: Int, in ids: [ID]) {
    move(by: pages * max(1, height - 1), in: ids)
  }
}
