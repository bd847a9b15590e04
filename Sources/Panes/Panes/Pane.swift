package import Terminal

/// One part of the workspace. It draws, says what is possible and does it; nothing else.
package protocol Pane: AnyObject {
  /// What stands on its border.
  var title: SafeText { get }
  /// What stands at the right end of its border.
  var trailing: SafeText { get }
  /// Draws everything inside `area`, with the terminal's cursor when `focused`.
  func draw(on surface: inout Surface, in area: Rect, focused: Bool)
  /// Whether it can do a command now; `nil` for one that is not its own.
  func ability(to command: PaneCommand) -> Ability?
  /// Does a command of its own; false hands it on.
  func perform(_ command: PaneCommand) -> Bool
  /// Reads again what it shows.
  func refresh()
  /// A click on a row of its area, counted from 0.
  func click(row: Int)
}

/// Names a pane; the raw value is its context in keymaps.
package enum PaneID: String, CaseIterable, Sendable {
  case tracks, cards, card
}
