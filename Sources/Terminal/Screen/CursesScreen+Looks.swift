private import CNcurses

extension CursesScreen {
  /// After a change of theme.
  func forgetLooks() {
    looks = Array(repeating: nil, count: Style.count)
    encoder.colors.removeAll()
    repaints = true
  }

  /// What ncurses is told for a style.
  func look(of style: Style) -> DrawnLook {
    if let known = looks[style.key] { return known }
    let look = theme.look(of: style, depth: depth)
    var attributes: attr_t = 0
    let pairs: [(Attributes, attr_t)] = [
      (.bold, studio_bold), (.dim, studio_dim), (.italic, studio_italic),
      (.underline, studio_underline), (.reverse, studio_reverse),
    ]
    for (name, bits) in pairs where look.attributes.contains(name) { attributes |= bits }
    var pair: Int32 = 0
    if depth != .mono {
      if palette < 16, let ansi = look.foreground.ansi, ansi >= 8 { attributes |= studio_bold }
      pair = max(0, alloc_pair(index(look.foreground), index(look.background)))
    }
    let drawn = DrawnLook(attributes: attributes, pair: pair)
    looks[style.key] = drawn
    return drawn
  }

  /// The number that ncurses knows a colour by; -1 for the terminal's own.
  private func index(_ color: Color) -> Int32 {
    switch (color.base, depth) {
    case (.standard, _), (_, .mono): return -1
    case (.exact(let rgb), .direct):
      if let known = encoder.colors.firstIndex(of: rgb) { return Int32(16 + known) }
      guard encoder.colors.count < 240 else { return ansiIndex(color) }
      encoder.colors.append(rgb)
      return Int32(15 + encoder.colors.count)
    case (.exact, .indexed): return Int32(color.indexed)
    case (.exact, .sixteen), (.ansi, _): return ansiIndex(color)
    }
  }

  private func ansiIndex(_ color: Color) -> Int32 {
    guard let ansi = color.ansi else { return -1 }
    return palette < 16 ? Int32(ansi & 7) : Int32(ansi)
  }
}
