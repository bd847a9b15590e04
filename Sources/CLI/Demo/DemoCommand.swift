import Glibc
import Home
import Nostr
import Terminal
import Workspace

extension Command {
  static let demo = Command(
    "demo", "a throw-away workspace with a team of scripted agents at work in it",
    [.flag("headless", "play it without a terminal and report what happened")]
  ) { invocation, arguments in
    let isHeadless = arguments.flag("headless")
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    guard isHeadless || invocation.plain || isTerminal else {
      throw StudioError(
        "no_terminal", "the demo opens on a terminal, and there is none",
        hint: "studio demo --headless plays it without one")
    }
    // From here on a signal waits until somebody can tidy up.
    let signals = try Signals.descriptor()
    let began = SystemCall.monotonicMilliseconds()
    let stage = try DemoStage()
    do {
      var play = DemoPlay(stage, signals: signals, began: began) { line in
        guard !invocation.json else { return }
        let text = SafeText(untrustedMultiline: "\(line)\n").string
        try? SystemCall.write(Array(text.utf8), to: STDERR_FILENO)
      }
      guard isHeadless else {
        try play.begin(agents: 1)
        // The answer reaches the screen: the line to the engine is open already.
        try stage.person.engine.ask(.status)
        let status = try open(stage.person, invocation)
        stage.strike()
        return status
      }
      let report = try play.run()
      stage.strike()
      Output.result(report, of: "demo", json: invocation.json)
      return 0
    } catch let interruption as Interrupted {
      stage.strike()
      return interruption.exitStatus
    } catch {
      stage.strike()
      throw error
    }
  }

  static let demoKeeper = Command(
    "_demo-keeper", "tidies up after a demo that died",
    [.place("directory", "DIR", "its directory")]
  ) { _, arguments in
    DemoStage.keep(TemporaryDirectory(adopting: try arguments.required("directory")))
    return 0
  }
}
