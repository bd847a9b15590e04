import FourA
import Nostr
import Replica
import Terminal
import Workspace

/// What commands do.
extension Shell {
  /// Does a command, or says why it is not possible now.
  func perform(_ command: PaneCommand, _ arguments: [String] = []) {
    if case .unable(let reason) = ability(to: command) {
      return say("\(command.title): \(reason)", .toastWarning)
    }
    if focused.perform(command) {
      if focus != .card { chooseAgain(onlyCard: focus == .cards) }
      return
    }
    switch command {
    case .paneNext: step(by: 1)
    case .panePrevious: step(by: -1)
    case .paneFocus: arguments.first.flatMap(PaneID.init).map(focus)
    case .zoom: isZoomed.toggle()
    case .back: goBack()
    case .filter:
      startFiltering()
    case .questionNext: goToQuestion(by: 1)
    case .questionPrevious: goToQuestion(by: -1)
    case .open: focus(on: focus == .tracks ? .cards : .card)
    case .palette: pickCommand()
    case .help: overlays.append(.help(help))
    case .redraw:
      repaint()
      setNeedsRefresh()
    case .quit:
      close()
      loop?.stop()
    case .unlock: overlays.append(.passphrase(Passphrase()))
    case .choose: choose(arguments.last.flatMap { Int($0) } ?? 0)
    case .undo: takeBack()
    case .copy: pickCopy()
    default: write(command)
    }
  }

  func focus(on id: PaneID) {
    guard id != focus else { return }
    if focus == .card { card.leave() }
    focus = id
    // What is looked at counts as read.
    setNeedsRefresh()
  }

  private func step(by step: Int) {
    let all = PaneID.allCases
    guard let index = all.firstIndex(of: focus) else { return }
    focus(on: all[(index + step + all.count) % all.count])
  }

  /// One level out: the filter, the zoom, then the panes from the right.
  private func goBack() {
    if !scene.filter.isEmpty, focus == .cards {
      scene.filter = ""
      chooseAgain()
    } else if isZoomed {
      isZoomed = false
    } else if focus == .card {
      focus(on: .cards)
    } else if !scene.filter.isEmpty {
      scene.filter = ""
      chooseAgain()
    } else {
      focus(on: .tracks)
    }
  }

  /// The questions of the shown card first, then the next card that has any.
  private func goToQuestion(by step: Int) {
    let here = card.entries.filter { $0.kind == .question && !$0.isAnswered }.map(\.id)
    if let current = card.question?.id, let index = here.firstIndex(of: current),
      here.indices.contains(index + step), focus == .card
    {
      return card.select(here[index + step])
    }
    var order: [ObjectID] = []
    for id in scene.waiting where !order.contains(id) { order.append(id) }
    guard !order.isEmpty else { return }
    let index = scene.card.flatMap { order.firstIndex(of: $0) }
    let next =
      index.map { ($0 + step + order.count) % order.count } ?? (step > 0 ? 0 : order.count - 1)
    show(order[next])
    focus(on: .card)
    if let first = card.question?.id { card.select(first) }
  }

  /// Shows a card, wherever it lies.
  func show(_ id: ObjectID) {
    setNeedsRefresh()
    refreshIfNeeded()
    if !cards.rows.contains(where: { $0.id == id }) {
      (scene.track, scene.filter) = (nil, "")
      tracks.refresh()
      cards.refresh()
    }
    cards.select(id)
    card.refresh()
  }

  // MARK: Help and palette

  /// Every command with its keys, and why it is not possible now.
  private var help: HelpOverlay {
    let sections = PaneCommand.Context.allCases.map { group in
      HelpOverlay.Section(
        title: group.title,
        lines: PaneCommand.allCases.filter { $0.context == group }.map { command in
          let refusal = overlays.isEmpty ? ability(to: command).refusal : nil
          let reason: SafeText = refusal.map { " — \($0)" } ?? ""
          return HelpOverlay.Line(
            keys: allKeys(of: command), meaning: "\(command.help)\(reason)")
        })
    }
    let fixed = HelpOverlay.Section(
      title: "Always",
      lines: [
        .init(keys: "C-c C-c", meaning: "quit"),
        .init(keys: "C-z", meaning: "to the shell; fg returns"),
      ])
    return HelpOverlay(title: "Keys", sections: sections + [fixed])
  }

  /// The keys of a command, in whatever context they are bound.
  private func allKeys(of command: PaneCommand) -> SafeText {
    var found: [String] = []
    for context in keymap.contexts.names {
      for entry in keymap.entries(in: context) where entry.binding.command == command.name {
        let text = Keymap.text(entry.steps)
        if !found.contains(text) { found.append(text) }
      }
    }
    return found.isEmpty ? "-" : SafeText(untrusted: found.prefix(4).joined(separator: ", "))
  }

  private func pickCommand() {
    let items = PaneCommand.allCases.filter(\.isInPalette).map { command in
      Picker<String>.Item(
        command.name, command.title, detail: allKeys(of: command),
        refusal: ability(to: command).refusal)
    }
    overlays.append(.pick(Picker(title: "Commands", items: items + viewItems), .command))
  }
}
