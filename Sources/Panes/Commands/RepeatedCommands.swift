import Terminal

extension PaneCommand {
  /// Whether to do it several times over is of any use: it moves.
  var repeats: Bool {
    switch self {
    case .selectDown, .selectUp, .scrollDown, .scrollUp, .pageDown, .pageUp, .columnNext,
      .columnPrevious, .paneNext, .panePrevious, .historyBack, .historyForward, .attentionNext,
      .attentionPrevious, .findNext, .findPrevious, .extend:
      true
    default: false
    }
  }
}

extension Keymap.Binding {
  var repeats: Bool { PaneCommand(rawValue: command)?.repeats ?? false }
}
