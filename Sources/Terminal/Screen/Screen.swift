/// Where frames go. The seam between drawing and the terminal.
package protocol Screen: AnyObject {
  /// Cells now.
  var size: Size { get }
  /// Shows a grid of this size, with the cursor at a cell or hidden. A screen that is still busy
  /// with a frame keeps the newest only.
  func draw(_ grid: Grid, cursor: Point?) throws(TerminalError)
  /// What the terminal's window is called; changes with the next frame.
  var title: SafeText? { get set }
  /// Bytes of the last frame.
  var lastFrameBytes: Int { get }
  /// Bytes of a frame still wait for the terminal.
  var isBusy: Bool { get }
  /// The terminal takes bytes again: sends what waits, then the newest frame.
  func flush() throws(TerminalError)
}

/// A screen without a terminal, for tests.
package final class GridScreen: Screen {
  package var size: Size
  /// The last grid drawn.
  package private(set) var grid: Grid
  package private(set) var cursor: Point?
  /// How many were drawn.
  package private(set) var frames = 0
  package var title: SafeText?

  package init(_ size: Size) {
    self.size = size
    grid = Grid(size)
  }

  package func draw(_ grid: Grid, cursor: Point?) {
    self.grid = grid
    self.cursor = cursor
    frames += 1
  }

  package var lastFrameBytes: Int { 0 }
  package var isBusy: Bool { false }
  package func flush() {}
}

/// Why there is no screen, or no more.
package enum TerminalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Standard input or output is not a terminal.
  case notATerminal
  /// `TERM` is unset or terminfo has no entry for it.
  case unknownTerminal(String)
  /// The terminal cannot move its cursor, as `dumb`.
  case noCursor(String)
  /// A system call failed.
  case system(call: String, code: Int32)
  /// The terminal went away.
  case hangup

  package var description: String {
    switch self {
    case .notATerminal: "the workspace needs a terminal; standard input or output is something else"
    case .unknownTerminal(let name):
      name.isEmpty
        ? "TERM is not set; set it to the name of your terminal, e.g. xterm-256color"
        : "no terminfo entry for TERM=\(name); try TERM=xterm-256color"
    case .noCursor(let name):
      "TERM=\(name) cannot place its cursor; the workspace needs a terminal that can"
    case .system(let call, let code): "\(call) failed: error \(code)"
    case .hangup: "the terminal was closed"
    }
  }
}
