import Testing

@testable import Terminal

@Suite struct WidgetTests {
  private func press(_ editor: inout LineEditor, _ names: String) {
    for name in names.split(separator: " ") {
      if let key = Key(name: String(name)) { _ = editor.press(key) }
    }
  }

  @Test(arguments: [
    ("one two", "Home x", "xone two"), ("one two", "A-b x", "one xtwo"),
    ("one two", "C-w", "one "), ("one two", "C-w C-y C-y", "one twotwo"),
    ("one two", "Home C-k", ""), ("one two", "C-u", ""), ("one two", "Left BS", "one to"),
    ("one two", "Home A-f Del", "onetwo"), ("é漢", "BS", "é"),
    ("e", "Home Left BS Right Right x", "ex"),
    ("one", "Enter", "one"),
  ])
  func `a field edits as a shell does`(start: String, keys: String, end: String) {
    var editor = LineEditor(start)
    press(&editor, keys)
    #expect(editor.text == end)
  }

  @Test func `a mark joins the letter before it, controls are dropped, the limit holds`() {
    var editor = LineEditor("e", limit: 6)
    editor.insert("\u{301}")
    #expect(editor.cursor == 1)
    editor.insert("\u{1B}[2Jlong text")
    #expect(editor.text.unicodeScalars.count <= 7)
    #expect(!editor.text.utf8.contains(0x1B))
  }

  @Test func `a long line scrolls with its cursor and wide text stays whole`() {
    var editor = LineEditor("abcdefgh漢字")
    var surface = Surface(Size(columns: 6, rows: 1))
    editor.draw(on: &surface, in: surface.area, focused: true)
    #expect(surface.grid.text == "h漢字")
    #expect(surface.cursor == Point(x: 5, y: 0))
    press(&editor, "Home")
    surface = Surface(Size(columns: 6, rows: 1))
    editor.draw(on: &surface, in: surface.area, focused: true)
    #expect(surface.grid.text == "abcdef")
    #expect(surface.cursor == Point(x: 0, y: 0))
  }

  @Test func `many lines wrap, move up and down, and scroll`() {
    var editor = LineEditor("first line\nsecond", isMultiline: true)
    var surface = Surface(Size(columns: 6, rows: 2))
    editor.draw(on: &surface, in: surface.area, focused: true)
    #expect(surface.grid.text == "second\n")
    #expect(surface.cursor == Point(x: 0, y: 1))
    press(&editor, "Up x")
    #expect(editor.text == "first xline\nsecond")
    #expect(editor.height(width: 6) == 3)
    press(&editor, "A-Enter")
    #expect(editor.text == "first x\nline\nsecond")
  }

  @Test func `a list keeps the selected thing when rows come and go`() {
    var list = ListState<String>()
    let rows = ["a", "b", "c", "d", "e"]
    list.fit(rows, height: 3)
    list.move(by: 3, in: rows)
    #expect(list.selected == "d")
    #expect(list.visible(of: 5) == 1..<4)
    list.fit(["z", "y"] + rows, height: 3)
    #expect(list.selected == "d")
    #expect(list.visible(of: 7) == 3..<6)
    list.fit(["z", "y", "a", "b", "c", "e"], height: 3)
    #expect(list.selected == "e")
    list.fit([], height: 3)
    #expect(list.selected == nil)
    #expect(list.visible(of: 0) == 0..<0)
    list.fit(rows, height: 3)
    list.moveToLast(in: rows)
    list.movePage(-1, in: rows)
    #expect(list.selected == "c")
    list.moveToFirst(in: rows)
    #expect(list.offset == 0)
  }

  @Test func `word beginnings and runs rank first`() {
    let titles: [SafeText] = ["Unassign card", "Assign card", "Go to class mining", "Résumé"]
    func rank(_ query: String) -> [String] {
      let match = FuzzyMatch(query)
      return titles.compactMap { title in match.score(.init(title)).map { (title.string, $0) } }
        .sorted { $0.1 > $1.1 }.map(\.0)
    }
    #expect(rank("assi").first == "Assign card")
    #expect(rank("ac").first == "Assign card")
    #expect(rank("resume") == ["Résumé"])
    #expect(rank("card assi").first == "Assign card")
    #expect(rank("xyz") == [])
    #expect(rank("").count == 4)
  }

  @Test func `what is found by words that are not shown is found however slowly they are typed`() {
    var picker = Picker(
      title: "All", items: [.init(1, "atlas"), .init(2, "Nudge", also: "give a sign of life")])
    for (typed, shown) in [("g", [1]), ("gi", [1]), ("gig", [])] {
      while !picker.query.isEmpty { _ = picker.press(Key(.backspace)) }
      for letter in typed.unicodeScalars { _ = picker.press(Key(.character(letter))) }
      #expect(picker.shown == shown, "\(typed)")
    }
    while !picker.query.isEmpty { _ = picker.press(Key(.backspace)) }
    for letter in "si".unicodeScalars { _ = picker.press(Key(.character(letter))) }
    #expect(picker.shown == [1])
  }

  @Test func `narrowing key by key shows what the whole query shows, in the same order`() {
    let items = (0..<500).map { index in
      Picker<Int>.Item(
        index, SafeText(untrusted: "card \(index * 7_919 % 1_000) of the Éclair \(index % 13)"),
        bonus: index % 5)
    }
    var slow = Picker(title: "All", items: items)
    for letter in "ec 9 1".unicodeScalars { _ = slow.press(Key(.character(letter))) }
    var quick = Picker(title: "All", items: items)
    quick.paste("ec 9 1")
    #expect(slow.shown == quick.shown)
    #expect(!slow.shown.isEmpty)
    let match = FuzzyMatch("ec 9 1")
    let plain = items.compactMap { item in
      match.score(.init("\(item.title) ")).map { (score: $0 + item.bonus, id: item.id) }
    }.sorted { ($1.score, $0.id) < ($0.score, $1.id) }.map(\.id)
    #expect(slow.shown == plain)
  }

  @Test func `a picker narrows, refuses with a reason and picks`() {
    var picker = Picker(
      title: "Assign",
      items: [
        .init(1, "atlas", detail: "agent"), .init(2, "borealis"),
        .init(3, "cygnus", refusal: "left the room"),
      ])
    for letter in "cyg".unicodeScalars { _ = picker.press(Key(.character(letter))) }
    #expect(picker.current?.id == 3)
    if case .picked = picker.press(Key(.enter)) { Issue.record("a refused item was picked") }
    for _ in 0..<3 { _ = picker.press(Key(.backspace)) }
    _ = picker.press(Key(.down))
    var surface = Surface(Size(columns: 50, rows: 9))
    picker.draw(on: &surface, in: surface.area)
    #expect(surface.grid.text.contains("▌ borealis"))
    #expect(surface.grid.text.contains("left the room"))
    guard case .picked(let id) = picker.press(Key(.enter)) else {
      Issue.record("nothing was picked")
      return
    }
    #expect(id == 2)
    guard case .cancelled = picker.press(Key(.escape)) else {
      Issue.record("Esc did not cancel")
      return
    }
  }

  @Test func `a prompt accepts, complains and cancels`() {
    var prompt = Prompt(title: "New card")
    _ = prompt.press(Key(.character("x")))
    prompt.complaint = "too short"
    var surface = Surface(Size(columns: 40, rows: 6))
    prompt.draw(on: &surface, in: surface.area)
    #expect(surface.grid.text.contains("too short"))
    #expect(surface.cursor == Point(x: 3, y: 4))
    guard case .accepted("x") = prompt.press(Key(.enter)) else {
      Issue.record("Enter did not accept")
      return
    }
  }

  @Test func `help lists what holds here and scrolls`() {
    let contexts = KeyContexts([("list", "*")])
    let (keymap, _) = Keymap.parse(
      "map * q quit\nmap list j down\nmap list Down down", file: "k", commands: ["quit", "down"],
      contexts: contexts)
    var help = HelpOverlay(
      title: "Keys", keymap: keymap, context: "list",
      sectionTitle: { SafeText(untrusted: $0) },
      meaning: { SafeText(untrusted: "do \($0.command)") })
    var surface = Surface(Size(columns: 40, rows: 10))
    help.draw(on: &surface, in: surface.area)
    #expect(surface.grid.text.contains("j, Down  do down"))
    var small = Surface(Size(columns: 40, rows: 4))
    help.draw(on: &small, in: small.area)
    let scrolled = help.press(Key(.end))
    #expect(scrolled)
    small = Surface(Size(columns: 40, rows: 4))
    help.draw(on: &small, in: small.area)
    #expect(small.grid.text.contains("do quit"))
    let closes = !help.press(Key(.escape))
    #expect(closes)
  }
}
