/// Keys and what they do, by section, in an overlay that scrolls. A pure value.
package struct HelpOverlay: Sendable {
  /// One key and what it does.
  package struct Line: Hashable, Sendable {
    package let keys: SafeText
    package let meaning: SafeText
    package init(keys: SafeText, meaning: SafeText) {
      self.keys = keys
      self.meaning = meaning
    }
  }

  /// A heading and its lines.
  package struct Section: Hashable, Sendable {
    package let title: SafeText
    package let lines: [Line]
    package init(title: SafeText, lines: [Line]) {
      self.title = title
      self.lines = lines
    }
  }

  package let title: SafeText
  package let sections: [Section]
  private var offset = 0
  private var page = 10
  /// Columns that a row had when it was last drawn.
  private var width = 200
  /// What narrows the lines; `nil` until `/`.
  private var query: LineEditor?

  package init(title: SafeText, sections: [Section]) {
    self.title = title
    self.sections = sections.filter { !$0.lines.isEmpty }
  }

  /// The keys that hold in a context, a section for each level of it. `meaning` names a command;
  /// keys for the same thing share a line.
  package init(
    title: SafeText, keymap: Keymap, context: String, sectionTitle: (String) -> SafeText,
    meaning: (Keymap.Binding) -> SafeText
  ) {
    let entries = keymap.entries(in: context)
    let sections = keymap.contexts.path(from: context).map { name in
      var lines: [(binding: Keymap.Binding, keys: [String])] = []
      for entry in entries where entry.context == name {
        let keys = Keymap.text(entry.steps)
        if let index = lines.firstIndex(where: { $0.binding == entry.binding }) {
          lines[index].keys.append(keys)
        } else {
          lines.append((entry.binding, [keys]))
        }
      }
      return Section(
        title: sectionTitle(name),
        lines: lines.map {
          Line(
            keys: SafeText(untrusted: $0.keys.joined(separator: ", ")), meaning: meaning($0.binding)
          )
        })
    }
    self.init(title: title, sections: sections)
  }

  /// The sections with the lines that hold every word of the query.
  private var fitting: [Section] {
    let words = (query?.text ?? "").lowercased().split(separator: " ")
    guard !words.isEmpty else { return sections }
    return sections.compactMap { section in
      let lines = section.lines.filter { line in
        let text = "\(line.keys.string) \(line.meaning.string)".lowercased()
        return words.allSatisfy { text.contains($0) }
      }
      return lines.isEmpty ? nil : Section(title: section.title, lines: lines)
    }
  }

  private var rows: [[Span]] {
    let keys = sections.flatMap(\.lines).reduce(0) { max($0, $1.keys.width) }
    let blank = Span(SafeText("").padded(to: keys + 4))
    let sections = fitting
    guard !sections.isEmpty else { return [[Span("no key does that", .dim)]] }
    return sections.enumerated().flatMap { index, section in
      (index == 0 ? [] : [[]]) + [[Span(section.title, .heading)]]
        + section.lines.flatMap { line in
          // Its end says why it is not possible: that is never cut off.
          line.meaning.wrapped(to: max(12, width - keys - 4)).enumerated().map { row, text in
            [
              row > 0 ? blank : Span("  \(line.keys.padded(to: keys))  ", style: Style(.hintKey)),
              Span(text, style: Style(.overlay)),
            ]
          }
        }
    }
  }

  /// Arrows, j, k and pages scroll, `/` looks for words, which Esc gives up; any other key closes: then it returns
  /// false.
  package mutating func press(_ key: Key) -> Bool {
    if query != nil {
      if key == Key(.escape) {
        query = nil
        return true
      }
      if query?.press(key) == true {
        offset = 0
        return true
      }
    }
    switch (key.code, key.modifiers) {
    case (.character("/"), []): query = LineEditor(limit: 80)
    case (.enter, []) where query != nil: break
    case (.down, []), (.character("j"), []): offset += 1
    case (.up, []), (.character("k"), []): offset -= 1
    case (.pageDown, []), (.character(" "), []): offset += page
    case (.pageUp, []): offset -= page
    case (.home, []): offset = 0
    case (.end, []): offset = .max
    default: return false
    }
    offset = max(0, min(offset, rows.count - page))
    return true
  }

  /// Draws it in the middle of an area.
  package mutating func draw(on surface: inout Surface, in area: Rect) {
    // As large as without a query, so that nothing jumps.
    let all = sections.flatMap(\.lines)
    let keys = all.reduce(0) { max($0, $1.keys.width) }
    let widest = all.reduce(30) { max($0, keys + 4 + $1.meaning.width) }
    let columns = min(widest + 4, area.width)
    width = max(1, columns - 4)
    let narrowing = query
    query = nil
    let height = rows.count
    query = narrowing
    let rows = rows
    let rect = area.centered(width: columns, height: min(height + 2, area.height))
    guard rect.width >= 6, rect.height >= 3 else { return }
    surface.fill(rect, Style(.overlay))
    let box = surface.box(
      rect, title: title, trailing: query == nil ? "↑↓ · / find · any other key closes" : "Esc",
      border: .overlayBorder, titleStyle: .overlayTitle)
    let (field, inside) = box.splitTop(query == nil ? 0 : 1)
    if var query {
      surface.text("/ ", at: field.origin, style: Style(.inputLabel))
      query.draw(on: &surface, in: field.splitLeft(2).rest, focused: true)
    }
    page = inside.height
    offset = max(0, min(offset, rows.count - page))
    for (y, row) in rows.dropFirst(offset).prefix(page).enumerated() {
      surface.spans(
        row, at: Point(x: inside.x + 1, y: inside.y + y), width: inside.width - 2)
    }
  }
}

/// The keys that may follow a prefix, at the foot of the screen.
package struct WhichKey: Sendable {
  private let title: SafeText
  private let lines: [HelpOverlay.Line]

  /// `label` is what the keymap calls the prefix.
  package init(
    pending: [Key], label: String? = nil, continuations: [Keymap.Continuation],
    meaning: (Keymap.Binding) -> SafeText
  ) {
    let keys = pending.map(\.description).joined(separator: " ")
    title = SafeText(untrusted: label.map { "\(keys)  \($0)" } ?? keys)
    lines = continuations.map {
      HelpOverlay.Line(
        keys: SafeText(untrusted: $0.step.description),
        meaning: $0.label.map { SafeText(untrusted: $0) } ?? $0.binding.map(meaning) ?? "…")
    }
  }

  /// Draws it at the foot of an area, in as many columns as fit.
  package func draw(on surface: inout Surface, in area: Rect) {
    let column = lines.reduce(20) { max($0, $1.keys.width + $1.meaning.width + 5) }
    let columns = max(1, (area.width - 2) / column)
    let needed = (lines.count + columns - 1) / columns
    let (_, rect) = area.splitBottom(min(area.height, needed + 3))
    guard rect.height >= 3 else { return }
    surface.fill(rect, Style(.overlay))
    let inside = surface.box(
      rect, title: title, trailing: "Esc", border: .overlayBorder, titleStyle: .overlayTitle)
    if inside.height > needed {
      surface.text(
        "Esc cancel   BS one key back", at: Point(x: inside.x + 1, y: inside.bottom - 1),
        width: inside.width - 2, style: Style(.dim))
    }
    for (index, line) in lines.enumerated() {
      let row = inside.row(index % max(1, needed))
      let x = row.x + 1 + index / max(1, needed) * column
      surface.spans(
        [
          Span("\(line.keys)  ", style: Style(.hintKey)),
          Span(line.meaning, style: Style(.overlay)),
        ],
        at: Point(x: x, y: row.y), width: min(column - 1, row.right - x))
    }
  }
}
