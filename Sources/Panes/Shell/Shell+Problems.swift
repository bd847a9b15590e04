import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Problems on the screen.
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

  var systemProblems: [Problem] {
    MachineProblems(
      scene: scene, status: engineStatus, engineIsGone: engine == .gone, isLive: isLive,
      slowOrders: slowOrders
    ).all
  }
}
