import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Searching everything that is here: a field, and under it what holds the words.
struct SearchOverlay {
  var editor = LineEditor(limit: FilterQuery.longest)
  private(set) var hits: [SearchHit] = []
  private(set) var list = ListState<ObjectID>()
  /// Why there is nothing to show.
  private(set) var words: SafeText = "words of cards, comments and posts; is: by: track: narrow it"
  /// Posts among the hits, with their channels.
  private(set) var channels: [ObjectID: ChannelName] = [:]

  static let mostHits = 50

  var selected: SearchHit? { hits.first { $0.id == list.selected } }
  private var ids: [ObjectID] { hits.map(\.id) }

  mutating func show(
    _ hits: [SearchHit], channels: [ObjectID: ChannelName] = [:], words: SafeText = ""
  ) {
    (self.hits, self.channels, self.words) = (hits, channels, words)
    list.fit(ids, height: list.height)
    list.moveToFirst(in: ids)
  }

  /// Moves in the list; false for a key that edits.
  mutating func move(_ key: Key) -> Bool {
    switch (key.code, key.modifiers) {
    case (.up, []), (.character("p"), .control): list.move(by: -1, in: ids)
    case (.down, []), (.character("n"), .control): list.move(by: 1, in: ids)
    case (.pageUp, []): list.movePage(-1, in: ids)
    case (.pageDown, []): list.movePage(1, in: ids)
    default: return false
    }
    return true
  }

  mutating func draw(on surface: inout Surface, in area: Rect, moments: Moments) {
    let rect = area.inset(dx: area.width >= 100 ? 8 : 0, dy: area.height >= 30 ? 2 : 0)
    guard rect.height >= 5, rect.width >= 12 else { return }
    surface.fill(rect, Style(.overlay))
    let count: SafeText = hits.count == Self.mostHits ? "\(hits.count)+" : "\(hits.count)"
    let inside = surface.box(
      rect, title: "Search cards, comments and posts",
      trailing: hits.isEmpty ? "Esc" : "\(count)  ↵ open  Esc", border: .overlayBorder,
      titleStyle: .overlayTitle)
    let (field, rest) = inside.splitTop(1)
    surface.text("> ", at: field.origin, style: Style(.inputLabel))
    editor.draw(on: &surface, in: field.splitLeft(2).rest, focused: true)
    let (line, rows) = rest.splitTop(1)
    surface.rule(line, style: .overlayBorder)
    guard !hits.isEmpty else {
      surface.paragraph(words, in: rows.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    let perHit = rows.height >= 6 ? 2 : 1
    list.fit(ids, height: rows.height / perHit)
    for (y, index) in list.visible(of: hits.count).enumerated() {
      let (_, below) = rows.splitTop(y * perHit)
      draw(hits[index], on: &surface, in: below.splitTop(perHit).top, moments)
    }
  }

  private func draw(
    _ hit: SearchHit, on surface: inout Surface, in rect: Rect, _ moments: Moments
  ) {
    let isSelected = hit.id == list.selected
    let mark = Span(isSelected ? "▌" : " ", isSelected ? .strong : .overlay)
    let place: SafeText =
      channels[hit.id].map { SafeText(untrusted: $0.description, limit: 80) }
      ?? SafeText(untrusted: hit.title, limit: 200)
    let kind: SafeText =
      channels[hit.id] == nil ? SafeText(untrusted: hit.type, limit: 20) : "post"
    let right = [Span("\(kind) \(moments.age(of: hit.at)) ", .dim)]
    let layers: StyleLayers = isSelected ? .selected : []
    if rect.height < 2 {
      surface.row(
        rect, left: [mark] + snippet(hit), right: right, style: .overlay, layers: layers)
      return
    }
    surface.row(
      rect.row(0), left: [mark, Span(place, .strong)], right: right, style: .overlay,
      layers: layers)
    surface.row(
      rect.row(1), left: [mark, Span("  ", .overlay)] + snippet(hit), style: .overlay,
      layers: layers)
  }

  /// The words around what matched, which stands out.
  private func snippet(_ hit: SearchHit) -> [Span] {
    var spans: [Span] = []
    var isMatch = false
    let parts = hit.snippet.split(omittingEmptySubsequences: false) {
      $0 == "\u{2}" || $0 == "\u{3}"
    }
    for part in parts {
      let text = SafeText(untrusted: String(part), limit: 300)
      if !text.isEmpty { spans.append(Span(text, isMatch ? .match : .overlay)) }
      isMatch.toggle()
    }
    return spans
  }
}

extension Shell {
  func startSearching() { overlays.append(.search(SearchOverlay())) }

  func edit(_ search: SearchOverlay, by key: Key) {
    var search = search
    let index = overlays.count - 1
    switch key {
    case Key(.escape): overlays.removeLast()
    case Key(.enter):
      guard let hit = search.selected else { return }
      overlays.removeLast()
      open(hit, in: search)
    default:
      if !search.move(key), search.editor.press(key) { look(&search) }
      overlays[index] = .search(search)
    }
  }

  func paste(_ text: String, into search: SearchOverlay) {
    var search = search
    search.editor.insert(text)
    look(&search)
    overlays[overlays.count - 1] = .search(search)
  }

  /// Looks for what the field says now.
  private func look(_ search: inout SearchOverlay) {
    let text = search.editor.text
    guard let room = scene.room, text.contains(where: { !$0.isWhitespace }) else {
      return search.show([], words: "words of cards, comments and posts; is: by: track: narrow it")
    }
    do {
      let query = try FilterQuery(typing: text)
      let context = FilterContext(
        rooms: [room.id], me: scene.me, now: clock.now(), isUTC: clock.isUTC)
      let (hits, channels) = try workspace.reader.limited(toMilliseconds: scene.budget * 10) {
        reader in
        let (terms, condition) = try query.search(in: context, reader)
        let hits = try reader.search(
          terms, where: condition, rooms: [room.id], limit: SearchOverlay.mostHits, me: scene.me)
        var channels: [ObjectID: ChannelName] = [:]
        for hit in hits where hit.kind != 30530 {
          if let channel = try reader.post(hit.id)?.channel { channels[hit.id] = channel }
        }
        return (hits, channels)
      }
      search.show(hits, channels: channels, words: "nothing here holds that")
    } catch let error as FilterError {
      search.show([], words: SafeText(untrusted: "\(error)", limit: 300))
    } catch {
      search.show([], words: "that search takes too long; more words, or is: and by:, narrow it")
    }
  }

  /// Goes to what was found, in its thread.
  private func open(_ hit: SearchHit, in search: SearchOverlay) {
    let words = FindState.terms(search.editor.text).map { Highlight.folded($0.text) }
    if search.channels[hit.id] != nil {
      goToPost(hit.id)
      posts.sought = words
    } else if hit.kind == 30530 {
      go(to: .card(hit.id))
    } else if let card = (try? workspace.reader.entry(hit.id))?.root {
      follow(.entry(hit.id, card: card))
      focus(on: .card)
      self.card.sought = words
    } else {
      say("what it was said on is not here", .toastWarning)
    }
  }
}
