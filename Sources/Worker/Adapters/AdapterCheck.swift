package import ConfigLines
package import Nostr
package import Replica
import Home

/// Whether an adapter can be used here: its file reads well, and its program is there and answers.
package struct AdapterCheck: Sendable {
  package let name: String
  package let origin: ConfigPlaces.Origin
  package let problems: [ConfigProblem]
  /// The first line that its program says of itself.
  package let version: String?
  /// Why it cannot be used.
  package let failure: String?

  package var isUsable: Bool { failure == nil }

  /// Every adapter that there is. Each program is run once, as `check` says; none is asked to work.
  package static func all(_ store: AdapterStore) -> [AdapterCheck] {
    store.list().map { check($0.name, $0.origin, store) }
  }

  /// The adapter of that name; its program is run once.
  package static func named(_ name: String, _ store: AdapterStore) -> AdapterCheck? {
    store.list().first { $0.name == name }.map { check($0.name, $0.origin, store) }
  }

  /// As it is kept for whoever looks for what is wrong.
  package func verdict(isChosen: Bool, at time: Int64) -> AdapterVerdict {
    AdapterVerdict(
      name: name, isChosen: isChosen, version: version, failure: failure, at: time)
  }

  private static func check(
    _ name: String, _ origin: ConfigPlaces.Origin, _ store: AdapterStore
  ) -> AdapterCheck {
    let (adapter, problems) = store.load(name)
    var version: String?
    var failure: String?
    if let adapter {
      do throws(StudioError) { version = try answer(of: adapter) } catch { failure = "\(error)" }
    } else {
      failure = "the file of the adapter cannot be used"
    }
    return AdapterCheck(
      name: name, origin: origin, problems: problems, version: version, failure: failure)
  }

  private static func answer(of adapter: Adapter) throws(StudioError) -> String? {
    guard !adapter.check.isEmpty else { return nil }
    let process = try CapturedProcess.run(
      adapter.check, environment: Spawn.environment(passing: Launch.usual), seconds: 15,
      limit: 65_536)
    guard process.isSuccess else {
      throw StudioError(
        "spawn_failed", "“\(adapter.check.joined(separator: " "))” ended with \(process.status)")
    }
    let line = PlainText.clean(process.output.prefix { $0 != UInt8(ascii: "\n") })
    return RunDigest.oneLine(line, limit: 120)
  }

  package var json: JSON {
    [
      "name": .string(name), "origin": .string(origin.rawValue), "usable": .bool(isUsable),
      "version": version.map { .string($0) } ?? .null,
      "failure": failure.map { .string($0) } ?? .null,
      "problems": .array(problems.map { .string($0.summary) }),
    ]
  }
}
