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
    if command == .undo, scene.answers.held.isEmpty, isInInbox, let words = inbox.undoLast() {
      setNeedsRefresh()
      return say("taken back: \(words)\(redoHint)")
    }
    if command == .undo, scene.answers.held.isEmpty, place == .agents, agents.showsProblems,
      let words = agents.problems.undoLast()
    {
      setNeedsRefresh()
      return say("taken back: \(words)\(redoHint)")
    }
    if focused.perform(command) {
      if focus == place.list { chooseAgain(onlyCard: true) }
      return stateChanged()
    }
    switch command {
    case .paneNext: step(by: 1)
    case .panePrevious: step(by: -1)
    case .paneFocus: focus(named: arguments.first ?? "")
    case .zoom: isZoomed.toggle()
    case .hide: hidePane()
    case .go:
      if let place = arguments.first.flatMap(Place.init) {
        go(to: .place(place))
      } else {
        pickTarget()
      }
    case .goTrack: pickBoard()
    case .historyBack: goBackInHistory()
    case .historyForward: goForwardInHistory()
    case .back: goBack()
    case .filter:
      startFiltering()
    case .attentionNext: goToAttention(by: 1, among: Attention(arguments.first))
    case .attentionPrevious: goToAttention(by: -1, among: Attention(arguments.first))
    case .open:
      if isInInbox { openFromInbox() } else { focused.target.map(go) }
    case .problems: showProblems()
    case .snooze: pickSnooze()
    case .dismiss: dismiss()
    case .viewWhole: viewWhole()
    case .allowOnce: asked.map { decide($0, "allow_once") }
    case .allowRun: asked.map { decide($0, "allow_run") }
    case .deny: asked.map { decide($0, "reason") }
    case .moreContext: askForContext()
    case .yes: answer(yes: true)
    case .no: answer(yes: false)
    case .answerInEditor:
      if let asked {
        write(to: asked)
        openEditor()
      }
    case .assign where isInInbox && inbox.row?.need != nil: pickHandOver()
    case .deleteDraft: deleteDraft()
    case .moveNext: moveCards(by: 1)
    case .movePrevious: moveCards(by: -1)
    case .openReferences: openReferences()
    case .postKind: pickPostKind()
    case .followChannel: followChannel()
    case .muteChannel: muteChannel()
    case .toggleRead:
      if isInInbox { toggleRowRead() } else { toggleRead() }
    case .markAllRead:
      if isInInbox { markInboxRead() } else { markAllRead() }
    case .find: startFinding()
    case .findNext: find(older: true)
    case .findPrevious: find(older: false)
    case .search: startSearching()
    case .palette: openPalette()
    case .commandLine: openLine()
    case .help: overlays.append(.help(help))
    case .frames: showsFrames.toggle()
    case .redraw:
      repaint()
      setNeedsRefresh()
    case .close where isOnTop: leaveCard()
    case .close, .quit:
      close()
      loop?.stop()
    case .theme: pickTheme()
    case .configure: configure(arguments.first)
    case .messages: showMessages()
    case .mouse: switchMouse(arguments.first)
    case .testNotice: testNotice()
    case .bindKey: pickCommandToBind()
    case .describeKey: overlays.append(.describe(KeyDescription(context: keyContext)))
    case .unlock: overlays.append(.passphrase(Passphrase()))
    case .choose: choose(arguments.last.flatMap { Int($0) } ?? 0)
    case .toggleOption: toggleOption()
    case .optionNext: moveMark(by: 1)
    case .optionPrevious: moveMark(by: -1)
    case .extend: extend(arguments.first)
    case .undo: takeBack()
    case .redo: redo()
    case .copy: pickCopy()
    case .agentNudge, .agentAssign, .agentNotes, .agentAside: perform(agent: command)
    default: write(command)
    }
  }

  // MARK: Help and palette

  /// Every command with its keys, and why it is not possible now.
  private var help: HelpOverlay {
    let first = PaneCommand.Context.here(focus)
    let groups = first + PaneCommand.Context.allCases.filter { !first.contains($0) }
    let sections = groups.map { group in
      HelpOverlay.Section(
        title: group.title,
        lines: PaneCommand.allCases.filter { $0.context == group }.map { command in
          let refusal = overlays.isEmpty ? ability(to: command).refusal : nil
          let reason: SafeText = refusal.map { " — \($0)" } ?? ""
          return HelpOverlay.Line(
            keys: allKeys(of: command), meaning: "\(command.help)\(reason)")
        })
    }
    let own = HelpOverlay.Section(title: "Your own keys", lines: ownKeys)
    let fixed = HelpOverlay.Section(
      title: "Always",
      lines: [
        .init(keys: "C-c C-c", meaning: "quit"),
        .init(keys: "C-z", meaning: "to the shell; fg returns"),
      ])
    return HelpOverlay(title: "Keys", sections: sections + [own, fixed])
  }

  /// The keys of a command, in whatever context they are bound.
  func allKeys(of command: PaneCommand) -> SafeText {
    var found: [String] = []
    for context in keymap.contexts.names {
      for entry in keymap.entries(in: context) where entry.binding.command == command.name {
        let text = Keymap.text(entry.steps)
        if !found.contains(text) { found.append(text) }
      }
    }
    return found.isEmpty ? "-" : SafeText(untrusted: found.prefix(4).joined(separator: ", "))
  }
}
