import Terminal

/// One part of the workspace. It draws, says what is possible and does it; nothing else.
protocol Pane: AnyObject {
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
  /// Reads again what it shows. Called while it is in sight, and for what it puts into the header
  /// and the sidebar.
  func refresh()
  /// A click inside its area, counted from the area's top left.
  func click(at point: Point)
  /// The option of the question that digits answer, where that is under a click.
  func option(at point: Point) -> Int?

  /// Makes what it has selected what the details show. Called only while its place is shown.
  func lead()
  /// Where Enter on its selection leads.
  var target: Target? { get }
  /// The pane that shows its selection, when that is not always the same.
  var detail: PaneID? { get }
  /// Beside the name of its place in the header, without blanks: `?3`.
  var badges: [Span] { get }
  /// What it puts into the sidebar, under the name of its place.
  var sidebar: [SidebarRow] { get }
  /// What is selected, in words that are kept over a restart.
  var selection: String? { get }
  /// Selects that again, if it is there.
  func select(_ selection: String)
  /// The moment, in Unix seconds, from which the youngest age in sight counts; `nil` without any.
  var youngest: Int64? { get }
  /// When, in Unix seconds, something in sight reads differently though nothing happens.
  var nextChange: Int64? { get }
}

extension Pane {
  func option(at point: Point) -> Int? { nil }
  func lead() {}
  var target: Target? { nil }
  var detail: PaneID? { nil }
  var badges: [Span] { [] }
  var sidebar: [SidebarRow] { [] }
  var selection: String? { nil }
  func select(_ selection: String) {}
  var youngest: Int64? { nil }
  var nextChange: Int64? { nil }
}
