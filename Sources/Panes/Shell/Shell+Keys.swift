import Home
import Nostr
import Terminal
import Workspace

/// From keys to commands: the uppermost layer first.
extension Shell {
  func press(_ key: Key) {
    takeMouseBack()
    if key == Key(.character("c"), .control) { return say("Ctrl-C once more quits") }
    switch overlays.last {
    case .help(var help):
      if help.press(key) {
        overlays[overlays.count - 1] = .help(help)
      } else {
        overlays.removeLast()
      }
      return
    case .bind(let binding):
      overlays.removeLast()
      return bind(binding.command, to: key)
    case .describe(let description): return press(key, describing: description)
    case .notice(let notice):
      if key.typed == "y", let text = notice.copies {
        overlays.removeLast()
        return copy(text)
      }
      if key == Key(.escape) || key == Key(.enter) || key.typed == "q" { overlays.removeLast() }
      return
    default: break
    }
    if overlays.isEmpty, keys.pending.isEmpty {
      if pointer.drop(by: key) { return say("left where it was") }
      if counts(key) { return }
      if key == Key(.enter), sendsChosen() { return }
    }
    let context = overlays.last?.context ?? keyContext
    switch keys.press(key, keymap: keymap, context: context, now: clock.monotonic()) {
    case .command(let binding):
      let times = overlays.isEmpty && binding.repeats ? max(1, count ?? 1) : 1
      count = nil
      for _ in 0..<times { perform(binding) }
    case .unbound(let key):
      count = nil
      if !overlays.isEmpty { edit(key) }
    case .cancelled: count = nil
    case .pending: break
    }
  }

  /// A digit of how often the next key counts; `false` for one that answers a question, and for other keys.
  private func counts(_ key: Key) -> Bool {
    guard keymap.hasCounts, let digit = key.typed.flatMap({ Int(String($0)) }),
      count != nil || (digit > 0 && ability(to: .choose) != .able)
    else { return false }
    count = min(999, (count ?? 0) * 10 + digit)
    return true
  }

  /// The context of keys while nothing lies over the panes.
  var keyContext: String {
    guard focus == .inbox || focus == .preview, asked?.decisions.isEmpty == false else {
      return focus.rawValue
    }
    return focus == .inbox ? "approval" : "approving"
  }

  func perform(_ binding: Keymap.Binding) {
    guard let command = PaneCommand(rawValue: binding.command) else { return }
    if !overlays.isEmpty {
      switch command {
      case .accept: return edit(Key(.enter))
      case .back: return edit(Key(.escape))
      case .selectDown: return edit(Key(.down))
      case .selectUp: return edit(Key(.up))
      case .selectFirst: return edit(Key(.home))
      case .selectLast: return edit(Key(.end))
      case .pageDown: return edit(Key(.pageDown))
      case .pageUp: return edit(Key(.pageUp))
      case .complete: return edit(Key(.tab))
      case .editor: return openEditor()
      case .postKind:
        guard case .compose(let composer)? = overlays.last, case .post = composer.purpose else {
          return
        }
        return pickPostKind()
      case .help, .redraw: break
      // One layer at a time: nothing is started over what is being written.
      default: return
      }
    }
    perform(command, binding.arguments)
  }

  /// A key for the uppermost overlay.
  private func edit(_ key: Key) {
    guard let top = overlays.last else { return }
    let index = overlays.count - 1
    switch top {
    case .pick(var picker, let purpose):
      switch picker.press(key) {
      case .open:
        overlays[index] = .pick(picker, purpose)
        preview(picker, purpose)
      case .cancelled:
        overlays.removeLast()
        if case .theme = purpose { revertTheme() }
      case .picked(let id):
        overlays.removeLast()
        picked(id, for: purpose)
      }
    case .compose where key == Key(.tab): complete()
    case .compose(var composer):
      let before = composer.prompt.editor.text
      composer.completion = nil
      let outcome = composer.prompt.press(key)
      if !sameBytes(composer.prompt.editor.text, before) { composer.changed(at: clock.monotonic()) }
      overlays[index] = .compose(composer)
      switch outcome {
      case .open: break
      case .cancelled:
        saveDraft()
        overlays.removeLast()
        setNeedsRefresh()
      case .accepted(let text): accept(text, composer)
      }
    case .confirm(var confirmation):
      switch confirmation.prompt.press(key) {
      case .open: overlays[index] = .confirm(confirmation)
      case .cancelled: overlays.removeLast()
      case .accepted(let text): confirm(confirmation, with: text)
      }
    case .filter(let prompt): edit(prompt, by: key)
    case .find(let prompt): edit(prompt, by: key)
    case .search(let search): edit(search, by: key)
    case .line(let prompt): edit(prompt, by: key)
    case .passphrase(var passphrase):
      if key == Key(.escape) {
        overlays.removeLast()
      } else if key == Key(.enter) {
        overlays.removeLast()
        say("unlocking …")
        workspace.engine.nudge(.unlock(passphrase: passphrase.text))
      } else {
        passphrase.press(key)
        overlays[index] = .passphrase(passphrase)
      }
    case .help, .notice, .bind, .describe: break
    }
  }

  private func confirm(_ confirmation: Confirmation, with text: String) {
    guard confirmation.isConfirmed(by: text) else {
      return say(confirmation.hint, .toastWarning)
    }
    overlays.removeLast()
    switch confirmation.purpose {
    case .answer(let question, let options, let text, let decision, let adopting):
      hold(question, options: options, text: text, decision: decision, adopting: adopting)
    case .draft(let name): forgetDraft(name)
    case .bind(let command, let key): bind(command, to: key, evenIfBound: true)
    case .cancel(let card): cancelRun(on: card)
    case .delete(let card, let title):
      run("card delete", Arguments(["id": card])) { [weak self] _ in self?.say("deleted: \(title)")
      }
    }
  }

  /// Pasted text is text, never commands.
  func paste(_ text: String) {
    guard let top = overlays.last else {
      return say("pasting is for text fields; nothing was done", .toastWarning)
    }
    let index = overlays.count - 1
    switch top {
    case .compose(var composer):
      let fits = composer.prompt.editor.paste(text)
      composer.completion = nil
      composer.changed(at: clock.monotonic())
      overlays[index] = .compose(composer)
      if !fits { sayCut(composer) }
    case .confirm: say("the word is to be typed", .toastWarning)
    case .filter(var prompt):
      prompt.editor.insert(text)
      filter(by: prompt)
    case .find(var prompt):
      prompt.editor.insert(text)
      overlays[index] = .find(prompt)
    case .search(let search): paste(text, into: search)
    case .line(var prompt):
      prompt.editor.insert(text)
      prompt.changed()
      overlays[index] = .line(prompt)
    case .pick(var picker, let purpose):
      picker.paste(text)
      overlays[index] = .pick(picker, purpose)
      preview(picker, purpose)
    case .passphrase(var passphrase):
      passphrase.paste(text)
      overlays[index] = .passphrase(passphrase)
    case .help, .notice, .bind, .describe: break
    }
  }

  /// A click chooses, one on what is chosen opens it; the wheel moves what is under it.
  func point(_ mouse: Mouse) {
    if drags(mouse) { return }
    guard overlays.isEmpty, let layout else { return }
    if mouse.action == .release, pointer.opens {
      pointer.opens = false
      return perform(.open)
    }
    let isPress = mouse.action == .press && mouse.button == 0
    if isPress, let hit = hits.first(where: { $0.rect.contains(mouse.point) }) {
      switch hit.action {
      case .go(let target): return go(to: target)
      case .command(let command, let arguments): return perform(command, arguments)
      }
    }
    guard let id = layout.pane(at: mouse.point) else { return }
    switch mouse.action {
    case .press where mouse.button == 0: click(id, at: mouse.point, layout)
    case .press where mouse.button == 2: openMenu(on: id, at: mouse.point, layout)
    case .wheelUp, .wheelDown: wheel(id, isUp: mouse.action == .wheelUp)
    default: break
    }
  }

  private func click(_ id: PaneID, at point: Point, _ layout: Layout) {
    guard let inside = layout.inside(id), inside.contains(point) else { return focus(on: id) }
    let place = Point(x: point.x - inside.x, y: point.y - inside.y)
    if id == .places {
      places.click(at: place)
      if places.leads(at: place), let target = places.target { go(to: target) }
      return
    }
    let (before, hadFocus) = (pane(id).selection, focus == id)
    focus(on: id)
    if let option = pane(id).option(at: place) { return perform(.choose, ["\(option)"]) }
    pane(id).click(at: place)
    guard id == self.place.list else { return }
    chooseAgain(onlyCard: true)
    guard hadFocus, before != nil, pane(id).selection == before else { return }
    // A card may be on its way to another column.
    if pointer.grip == nil { perform(.open) } else { pointer.opens = true }
  }

  private func wheel(_ id: PaneID, isUp: Bool) {
    if id == .card {
      card.scroll(by: isUp ? -3 : 3)
    } else if id == .posts {
      posts.scroll(by: isUp ? -3 : 3)
    } else if pane(id).perform(isUp ? .scrollUp : .scrollDown) {
      _ = pane(id).perform(isUp ? .scrollUp : .scrollDown)
    } else {
      _ = pane(id).perform(isUp ? .selectUp : .selectDown)
      if id == place.list { chooseAgain(onlyCard: true) }
    }
  }
}
