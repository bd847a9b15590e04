import Glibc
import Testing

/// Machines of their own, as far as the network goes: each a network namespace that reaches one other, the
/// relay's, and nothing else. They end with this.
final class Namespaces {
  /// The address that every machine knows the relay's by.
  static let relayAddress = "10.207.0.1"
  private static let program = (["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"] as [String]).first {
    access($0, X_OK) == 0
  }

  /// Why there can be none here; `nil` when there can.
  static let obstacle: String? = {
    guard let program else { return "there is no program “ip” (iproute2)" }
    guard getuid() == 0 else { return "only root may make network namespaces" }
    let name = "studio-try-\(getpid())"
    guard let output = try? Process.run([program, "netns", "add", name]), output.status == 0 else {
      return "this machine does not let root make network namespaces"
    }
    _ = try? Process.run([program, "netns", "delete", name])
    return nil
  }()

  private var made: [String] = []

  /// The relay's machine, and one for each of `others`.
  init(_ others: String...) throws {
    try add("relay")
    try ip("-n", name("relay"), "address", "add", "\(Self.relayAddress)/32", "dev", "lo")
    for (index, other) in others.enumerated() {
      try add(other)
      let (near, far) = ("10.207.\(index + 1).2", "10.207.\(index + 1).1")
      try ip(
        "link", "add", "to-\(other)", "netns", name("relay"), "type", "veth", "peer", "name",
        "relay", "netns", name(other))
      try ip("-n", name("relay"), "address", "add", "\(far)/30", "dev", "to-\(other)")
      try ip("-n", name(other), "address", "add", "\(near)/30", "dev", "relay")
      try ip("-n", name("relay"), "link", "set", "to-\(other)", "up")
      try ip("-n", name(other), "link", "set", "relay", "up")
      try ip("-n", name(other), "route", "add", Self.relayAddress, "via", far)
    }
  }

  deinit { for name in made { _ = try? ip("netns", "delete", name) } }

  /// What stands before a program so that it runs on one of the machines.
  func prefix(_ machine: String) -> [String] {
    [Self.program ?? "ip", "netns", "exec", name(machine)]
  }

  /// Where a machine's packets can go.
  func routes(of machine: String) throws -> [String] {
    try ip("-n", name(machine), "route", "show", "table", "main").split(separator: "\n").map {
      String($0.prefix { $0 != " " })
    }
  }

  private func name(_ machine: String) -> String { "studio-\(getpid())-\(machine)" }

  private func add(_ machine: String) throws {
    try ip("netns", "add", name(machine))
    made.append(name(machine))
    try ip("-n", name(machine), "link", "set", "lo", "up")
  }

  @discardableResult
  private func ip(_ words: String...) throws -> String {
    let output = try Process.run([Self.program ?? "ip"] + words)
    guard output.status == 0 else {
      throw Process.Failure(description: "ip \(words.joined(separator: " ")): \(output.err)")
    }
    return output.out
  }
}
