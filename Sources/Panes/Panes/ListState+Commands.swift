import Terminal

extension ListState {
  /// Moves the selection as a command says; `false` when the command is not about moving in a list.
  mutating func perform(_ command: PaneCommand, in ids: [ID]) -> Bool {
    switch command {
    case .selectDown: move(by: 1, in: ids)
    case .selectUp: move(by: -1, in: ids)
    case .selectFirst: moveToFirst(in: ids)
    case .selectLast: moveToLast(in: ids)
    case .pageDown: movePage(1, in: ids)
    case .pageUp: movePage(-1, in: ids)
    default: return false
    }
    return true
  }
}
