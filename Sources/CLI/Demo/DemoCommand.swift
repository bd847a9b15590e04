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
    guard arguments.flag("headless") else {
      throw StudioError(
        "bad_usage", "this build plays the demo without a terminal only", field: "headless",
        hint: "studio demo --headless")
    }
    let signals = try Signals.descriptor()
    let began = SystemCall.monotonicMilliseconds()
    let stage = try DemoStage()
    var play = DemoPlay(stage, signals: signals, began: began) { line in
      guard !invocation.json else { return }
      let text = SafeText(untrustedMultiline: "\(line)\n").string
      try? SystemCall.write(Array(text.utf8), to: STDERR_FILENO)
    }
    do {
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

  static let demoAgent = Command("_demo-agent", "one of the demo's agents") { invocation, _ in
    try DemoAgent.run(home: try invocation.home())
    return 0
  }
}
