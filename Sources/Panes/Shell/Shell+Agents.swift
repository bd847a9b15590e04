import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What can be done about somebody who is selected among the agents.
extension Shell {
  /// Whether our own connection is there, so that silence says something about others.
  var isLive: Bool {
    engine == .connected && !isLocked && ProblemFinder.isLive(engineStatus)
  }

  /// Whoever is meant by commands about agents.
  var chosenAgent: TeamMember? {
    switch place {
    case .agents: agents.selected
    case .inbox: inbox.row.flatMap { $0.room == scene.room?.id ? $0.silence?.member : nil }
    default: nil
    }
  }

  private var isAtProblems: Bool { place == .agents && agents.showsProblems }

  func ability(toAgent command: PaneCommand) -> Ability {
    if command == .agentAside, isAtProblems {
      return agents.problems.selected == nil ? .unable(because: "nothing is wrong") : .able
    }
    guard let agent = chosenAgent else {
      return .unable(
        because: place == .agents ? "nobody is selected" : "only among the agents")
    }
    let isMe = agent.id.pubkey == scene.me && agent.id.connection == nil
    switch command {
    case .agentNudge: return isMe ? .unable(because: "that is you") : roomAbility
    case .agentAside:
      return scene.presences.silences.contains { isSame($0, agent) }
        ? .able : .unable(because: "no silence of theirs is in the inbox")
    case .agentAssign: return roomAbility
    default: return .able
    }
  }

  private var roomAbility: Ability {
    scene.room?.status == "active" ? .able : .unable(because: "the room is not open to you")
  }

  private func isSame(_ a: TeamMember, _ b: TeamMember) -> Bool {
    a.id.pubkey == b.id.pubkey && a.id.connection == b.id.connection
  }

  func perform(agent command: PaneCommand) {
    if command == .agentAside, isAtProblems { return pickProblemSnooze() }
    guard let agent = chosenAgent else { return }
    switch command {
    case .agentNudge: nudge(agent)
    case .agentAssign: pickCard(for: agent)
    case .agentNotes:
      focus(on: .agent)
      agentDetail.showNotes()
    case .agentAside: putAside(agent)
    default: break
    }
  }

  private func nudge(_ agent: TeamMember) {
    var arguments = Arguments(["who": agent.id.connection?.text ?? agent.id.pubkey.hex])
    if let card = agent.row.card { arguments.add("card", card.eventID.hex) }
    let name = scene.text(of: agent).name
    do {
      try start("nudge", arguments) { [weak self] _ in self?.say("asked \(name) for a word") }
    } catch {
      complain(error)
    }
  }

  /// Its silence leaves the inbox until it was heard again.
  private func putAside(_ agent: TeamMember) {
    guard let room = scene.room else { return }
    do {
      try workspace.desk.putAside(
        silenceOf: agent.id.pubkey, agent.id.connection, since: agent.row.evidence.lifeAt ?? 0,
        in: room.id)
      say("put aside until it speaks")
      setNeedsRefresh()
    } catch {
      complain(error)
    }
  }

  /// Cards that this person may give away, those of nobody first.
  private func pickCard(for agent: TeamMember) {
    guard let room = scene.room else { return }
    let cards =
      scene.read {
        try $0.cards(room.id, CardFilter(status: "open"), limit: 200, me: self.scene.me)
      }
      ?? []
    let mine = cards.filter { $0.author == scene.me && $0.assignees.first != agent.id.pubkey }
    guard !mine.isEmpty else { return say("none of your cards is open", .toastWarning) }
    let items = (mine.filter(\.assignees.isEmpty) + mine.filter { !$0.assignees.isEmpty }).map {
      Picker<String>.Item(
        $0.eventID.hex, SafeText(untrusted: $0.title, limit: 200),
        detail: $0.assignees.first.map(scene.names.brief) ?? "nobody")
    }
    overlays.append(
      .pick(
        Picker(title: "Which card for \(scene.text(of: agent).name)?", items: items),
        .cardFor(agent.id.pubkey)))
  }
}
