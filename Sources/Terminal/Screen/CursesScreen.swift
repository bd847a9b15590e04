private import CNcurses
private import Glibc

/// A terminal, drawn on through ncurses, which works out the difference between two frames.
///
/// ncurses writes into memory; `FrameEncoder` makes of it what the terminal gets, in one write.
/// Belongs to one thread; ncurses keeps global state, so one screen draws at a time.
package final class CursesScreen: Screen {
  /// How a screen is set up.
  package struct Options: Sendable {
    /// Terminfo name.
    package var type: String
    package var size: Size
    package var environment: [String: String]
    package var emoji: EmojiPolicy
    /// Instead of what the environment and terminfo say.
    package var depth: ColorDepth?
    /// No UTF-8 in the locale.
    package var isASCII: Bool

    package init(
      type: String, size: Size, environment: [String: String] = [:],
      emoji: EmojiPolicy = .reduced, depth: ColorDepth? = nil, isASCII: Bool = false
    ) {
      self.type = type
      self.size = size
      self.environment = environment
      self.emoji = emoji
      self.depth = depth
      self.isASCII = isASCII
    }
  }

  /// Frames above this many bytes are wrapped in synchronised output.
  static let synchronizedThreshold = 256
  /// Columns of a title.
  static let titleLimit = 120

  package private(set) var size: Size
  /// A new theme shows with the next frame.
  package var theme: Theme { didSet { forgetLooks() } }
  package let depth: ColorDepth
  /// Bytes of the last frame.
  package private(set) var lastFrameBytes = 0

  private let memory: Int32
  private let files: (output: UnsafeMutablePointer<FILE>, input: UnsafeMutablePointer<FILE>)
  private let screen: OpaquePointer
  private let window: UnsafeMutablePointer<WINDOW>
  private var glyphs: GlyphChoice
  let palette: Int
  /// The terminal shows a frame at once when it is wrapped in synchronised output.
  var synchronizes = false
  /// The terminal has a title, which changes with the next frame.
  package var title: SafeText?
  private var shownTitle: SafeText?
  private let hasTitle: Bool
  /// ncurses reaches the last cell by inserting before it, which splits a wide character there.
  private let insertsIntoCorner: Bool

  private var writer: FrameWriter
  var encoder = FrameEncoder()
  private var newest: (grid: Grid, cursor: Point?)?
  var looks: [DrawnLook?]
  private var scalars: [UInt32: wchar_t] = [:]
  var repaints = true
  private var row: [cchar_t] = []

  struct DrawnLook {
    let attributes: UInt32
    let pair: Int32
  }

  /// A screen on a non-blocking descriptor, which stays the caller's. The locale must be set.
  package init(_ options: Options, theme: Theme, output: Int32) throws(TerminalError) {
    let memory = studio_memfd()
    guard memory >= 0 else { throw .system(call: "memfd_create", code: errno) }
    guard let out = fdopen(memory, "w+"), let input = fopen("/dev/null", "r") else {
      throw .system(call: "fdopen", code: errno)
    }
    guard let screen = Self.makeScreen(options, out, input) else {
      fclose(out)
      fclose(input)
      throw .unknownTerminal(options.type)
    }
    guard Self.string("cup") != nil, let window = studio_stdscr() else {
      endwin()
      delscreen(screen)
      fclose(out)
      fclose(input)
      throw .noCursor(options.type)
    }
    self.memory = memory
    files = (out, input)
    self.screen = screen
    self.window = window
    self.theme = theme
    size = options.size
    looks = Array(repeating: nil, count: Style.count)
    palette = max(0, Int(tigetnum("colors")))
    depth =
      options.depth
      ?? ColorDepth.decide(environment: options.environment, terminfoColors: palette)
    insertsIntoCorner = Self.string("smam") == nil
    hasTitle = Self.string("smcup") != nil
    glyphs = GlyphChoice(emoji: options.emoji, isASCII: options.isASCII) { value in
      Int(wcwidth(wchar_t(value)))
    }
    writer = FrameWriter(descriptor: output)
    setUp()
  }

  deinit {
    set_term(screen)
    endwin()
    delscreen(screen)
    fclose(files.output)
    fclose(files.input)
  }

  /// ncurses learns the size from the environment, since its terminal is a piece of memory.
  private static func makeScreen(
    _ options: Options, _ out: UnsafeMutablePointer<FILE>, _ input: UnsafeMutablePointer<FILE>
  ) -> OpaquePointer? {
    let names = ["LINES", "COLUMNS"]
    let before = names.map { getenv($0).map { String(cString: $0) } }
    setenv("LINES", String(max(1, options.size.rows)), 1)
    setenv("COLUMNS", String(max(1, options.size.columns)), 1)
    defer {
      for (name, value) in zip(names, before) {
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
      }
    }
    let watched = [SIGINT, SIGTERM, SIGTSTP, SIGWINCH]
    var actions = watched.map { _ in sigaction() }
    for (index, number) in watched.enumerated() { sigaction(number, nil, &actions[index]) }
    defer {
      for (index, number) in watched.enumerated() { sigaction(number, &actions[index], nil) }
    }
    use_env(true)
    defer { use_env(false) }
    return newterm(options.type, out, input)
  }

  private func setUp() {
    typeahead(-1)
    idlok(window, false)
    idcok(window, false)
    leaveok(window, false)
    if depth != .mono {
      start_color()
      use_default_colors()
    }
    // The first refresh switches the screen over, which the session has done already.
    wnoutrefresh(window)
    doupdate()
    _ = takeFrame()
  }

  /// A terminfo string without its padding; nil when the terminal has no such capability.
  func capability(_ name: String) -> [UInt8]? {
    set_term(screen)
    return Self.string(name)
  }

  private static func string(_ name: String) -> [UInt8]? {
    guard let value = tigetstr(name), Int(bitPattern: value) != -1 else { return nil }
    var bytes = Array(String(cString: value).utf8)
    while let start = bytes.firstIndex(of: UInt8(ascii: "$")), start + 1 < bytes.count,
      bytes[start + 1] == UInt8(ascii: "<"),
      let end = bytes[start...].firstIndex(of: UInt8(ascii: ">"))
    {
      bytes.removeSubrange(start...end)
    }
    return bytes
  }

  package var isBusy: Bool { writer.isBusy }

  package func draw(_ grid: Grid, cursor: Point?) throws(TerminalError) {
    if writer.isBusy { try writer.flush() }
    if writer.isBusy {
      newest = (grid, cursor)
      return
    }
    newest = nil
    try writer.send(frame(grid, cursor))
  }

  package func flush() throws(TerminalError) {
    try writer.flush()
    if !writer.isBusy, let (grid, cursor) = newest { try draw(grid, cursor: cursor) }
  }

  /// Draws everything anew with the next frame, as after something else wrote to the terminal.
  package func repaint() { repaints = true }

  /// The terminal has another size now.
  package func resize(to size: Size) {
    self.size = size
    set_term(screen)
    resizeterm(Int32(max(1, size.rows)), Int32(max(1, size.columns)))
    repaints = true
  }

  /// Forgets the frame that waits and what the terminal shows: the next frame draws every cell.
  package func discard() {
    writer.discard()
    newest = nil
    shownTitle = nil
    repaints = true
  }

  private func frame(_ grid: Grid, _ cursor: Point?) -> [UInt8] {
    set_term(screen)
    if encoder.isFull { forgetPlaceholders() }
    if repaints {
      clearok(window, true)
      repaints = false
    }
    for y in 0..<min(grid.size.rows, size.rows) { drawRow(grid, y) }
    if let cursor, Rect(size).contains(cursor) {
      curs_set(1)
      wmove(window, Int32(cursor.y), Int32(cursor.x))
    } else {
      curs_set(0)
    }
    wnoutrefresh(window)
    doupdate()
    var out: [UInt8] = []
    let bytes = takeFrame()
    let wraps = synchronizes && bytes.count > Self.synchronizedThreshold
    out.reserveCapacity(bytes.count + bytes.count / 4 + 16)
    if wraps { out += "\u{1B}[?2026h".utf8 }
    encoder.encode(bytes, into: &out)
    if wraps { out += "\u{1B}[?2026l".utf8 }
    if hasTitle, let title, title != shownTitle {
      out += "\u{1B}]2;\(title.truncated(to: Self.titleLimit).string)\u{1B}\\".utf8
      shownTitle = title
    }
    lastFrameBytes = out.count
    return out
  }

  private func drawRow(_ grid: Grid, _ y: Int) {
    let width = min(grid.size.columns, size.columns)
    row.removeAll(keepingCapacity: true)
    let start = y * grid.size.columns
    // Most cells are as the one before them, and ncurses counts the letters of each.
    var (last, same) = (Cell.blank, complex(look(of: Cell.blank.style), 0x20))
    for (x, cell) in grid.cells[start..<(start + width)].enumerated() where cell.width > 0 {
      if cell.width == 2, x + 3 == size.columns, y + 1 == size.rows, insertsIntoCorner {
        row += [complex(look(of: cell.style), 0x20), complex(look(of: cell.style), 0x20)]
        continue
      }
      if cell != last {
        (last, same) = (cell, complex(look(of: cell.style), character(cell, grid)))
      }
      row.append(same)
    }
    row.withUnsafeBufferPointer {
      _ = mvwadd_wchnstr(window, Int32(y), 0, $0.baseAddress, Int32($0.count))
    }
  }

  private func complex(_ look: DrawnLook, _ character: wchar_t) -> cchar_t {
    var characters: (wchar_t, wchar_t) = (character, 0)
    var pair = look.pair
    var complex = cchar_t()
    withUnsafePointer(to: &characters) { pointer in
      pointer.withMemoryRebound(to: wchar_t.self, capacity: 2) {
        _ = setcchar(&complex, $0, look.attributes, 0, &pair)
      }
    }
    return complex
  }

  private func character(_ cell: Cell, _ grid: Grid) -> wchar_t {
    if cell.link != 0, !glyphs.isASCII, let link = grid.link(of: cell) {
      return linked(cell, grid, encoder.number(of: link))
    }
    if (0x20...0x7E).contains(cell.glyph) { return wchar_t(cell.glyph) }
    let isScalar = cell.glyph & Cell.clusterBit == 0
    if isScalar, let known = scalars[cell.glyph] { return known }
    let text = grid.text(of: cell)
    let result: wchar_t
    switch glyphs.choose(text, width: Int(cell.width)) {
    case .scalar(let value): result = wchar_t(value)
    case .bytes(let bytes): result = placeholder(cell, .init(text: bytes))
    }
    if isScalar { scalars[cell.glyph] = result }
    return result
  }

  /// Every cell of a link is a placeholder, so that the encoder sees where it begins and ends.
  private func linked(_ cell: Cell, _ grid: Grid, _ link: Int) -> wchar_t {
    let text =
      switch glyphs.choose(grid.text(of: cell), width: Int(cell.width)) {
      case .scalar(let value):
        Array(String(Character(Unicode.Scalar(value) ?? "?")).utf8)
      case .bytes(let bytes): bytes
      }
    return placeholder(cell, .init(text: text, link: link))
  }

  private func placeholder(_ cell: Cell, _ meaning: FrameEncoder.Meaning) -> wchar_t {
    let scalar =
      cell.width == 2 ? encoder.wide.scalar(for: meaning) : encoder.narrow.scalar(for: meaning)
    return wchar_t(scalar ?? (cell.width == 2 ? 0x3000 : 0x3F))
  }

  /// The terminal has said how it draws clusters, and whether signs take two columns there.
  func use(_ emoji: EmojiPolicy, wideSigns: Bool) {
    guard emoji != glyphs.emoji || wideSigns != glyphs.drawsSignsInASCII else { return }
    (glyphs.emoji, glyphs.drawsSignsInASCII) = (emoji, wideSigns)
    forgetPlaceholders()
  }

  private func forgetPlaceholders() {
    encoder.removeAll()
    scalars.removeAll()
    repaints = true
  }

  /// The bytes that ncurses has written since the last call.
  private func takeFrame() -> [UInt8] {
    let length = Int(lseek(memory, 0, SEEK_END))
    guard length > 0 else { return [] }
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      count = max(0, pread(memory, buffer.baseAddress, length, 0))
    }
    ftruncate(memory, 0)
    lseek(memory, 0, SEEK_SET)
    return bytes
  }
}
