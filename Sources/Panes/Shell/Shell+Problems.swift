import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The list of what is wrong, and what is done with it.
extension Shell {
  func showProblems() {
    if place == .agents, agents.showsProblems {
      agents.showsProblems = false
    } else {
      agents.showsProblems = true
      if place != .agents { go(to: .place(.agents)) }
    }
    chooseAgain()
    stateChanged()
  }

  /// What the shell knows of this machine.
  func tell(_ finder: inout ProblemFinder) {
    finder.status = engineStatus
    finder.isEngineGone = engine == .gone
    finder.isSending = scene.sending > 0 && (!isLive || slowOrders > 0)
  }

  // MARK: Aside

  func pickProblemSnooze() {
    guard let problem = agents.problems.selected?.problem else { return }
    let items = [
      Picker<String>.Item("1h", "for an hour"),
      Picker<String>.Item("tomorrow", "until tomorrow", detail: "8:00"),
      Picker<String>.Item("change", "this is fine", detail: "until it is another"),
    ]
    overlays.append(.pick(Picker(title: "Put aside", items: items), .problem(problem)))
  }

  func snooze(_ problem: Problem, _ text: String) {
    let snooze = try? Snooze(parsing: text)
    let words: SafeText =
      switch snooze {
      case nil: "put aside until it is another"
      case .tomorrow: "put aside until tomorrow"
      default: "put aside for an hour"
      }
    do {
      try workspace.putAside(problem, for: snooze, now: clock.now(), isUTC: clock.isUTC)
    } catch { return complain(error) }
    didAnew()
    agents.problems.didPutAside(words) { [weak self] in
      try? self?.workspace.bringBack(problem)
      self?.redos.append(
        Redo { [weak self] in
          guard let self else { return nil }
          readIfNeeded()
          guard agents.problems.problems.contains(where: { $0.id == problem.id }) else {
            return "it is no problem any more"
          }
          self.snooze(problem, text)
          return nil
        })
    }
    say("\(words) · \(card.keys.undo) takes it back")
    setNeedsRefresh()
  }
}
