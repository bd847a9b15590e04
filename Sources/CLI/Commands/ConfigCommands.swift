import Home
import Nostr
import Panes
import Terminal
import Worker
import Workspace

extension Command {
  static let configuration: [Command] = [
    Command("config path", "where the configuration is") { invocation, _ in
      let home = try invocation.home()
      Output.result(
        [
          "config": .string(home.configFile), "data": .string(home.dataDirectory),
          "state": .string(home.stateDirectory),
        ], of: "config path", json: invocation.json)
      return 0
    },
    Command("config show", "the configuration in force") { invocation, _ in
      let configuration = try Configuration.load(from: try invocation.home())
      Output.result(
        [
          "name": .string(configuration.name),
          "relays": .array(configuration.effectiveRelays.map { .string($0) }),
          "listen": configuration.listen.map { .string($0) } ?? .null,
          "theme": .string(configuration.theme ?? ThemeStore.defaultName),
          "keymap": .string(configuration.keymap ?? KeymapStore.defaultName),
          "mouse": .string(configuration.mouse ?? "on"),
          "emoji": .string(configuration.emoji ?? "auto"),
          "notify": .string(configuration.notify ?? "auto"),
          "motion": .string(configuration.motion ?? "off"),
        ], of: "config show", json: invocation.json)
      return 0
    },
    Command("config check", "what is wrong in the configuration, line by line") { invocation, _ in
      let home = try invocation.home()
      let problems = Settings.check(home) + WorkerConfig.check(home)
      if invocation.json {
        Output.json(["ok": .bool(problems.isSound), "faults": .array(problems.map(\.json))])
      } else {
        Output.problems(problems, none: "the configuration is in order")
      }
      return problems.isSound ? 0 : 1
    },
  ]
}
