import Glibc
import Home
import Nostr
import Testing

/// A directory of its own with any number of homes in it; their engines end with it.
final class World {
  let directory: String
  private var homes: [TestHome] = []

  init() throws {
    var template = Array("/tmp/studio-e2e-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Process.Failure(description: "no temporary directory: \(errno)")
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for home in homes { _ = try? home.run("engine", "stop") }
    _ = try? Process.run(["/bin/rm", "-rf", directory])
  }

  /// A home without an identity.
  ///
  /// - Parameter prefix: words before the program, as those that have it run on another machine.
  func home(_ name: String, on prefix: [String] = []) -> TestHome {
    let home = TestHome(path: "\(directory)/\(name)", prefix: prefix)
    homes.append(home)
    return home
  }

  /// A home with an identity; with no relays, it has a relay of its own.
  func person(_ name: String, relays: [String] = [], on prefix: [String] = []) throws -> TestHome {
    let home = home(name, on: prefix)
    let made = try home.json(
      ["init", "--name", name, "--no-passphrase"] + relays.flatMap { ["--relay", $0] })
    home.key = try #require(made["pubkey"]?.string)
    home.relay = try #require(made["relays"]?.array?.first?.string)
    return home
  }

  /// A founder with a room `lab` that has a track `todo`.
  func founder(_ name: String = "Ann", relays: [String] = [], on prefix: [String] = []) throws
    -> TestHome
  {
    let home = try person(name, relays: relays, on: prefix)
    try home.json("room", "create", "lab", "--title", "The Lab", "--track", "todo")
    return home
  }

  /// Writes a file of this world, and returns its path.
  func file(_ name: String, holding text: String) throws -> String {
    let path = "\(directory)/\(name)"
    try SystemCall.replace(path, with: Array(text.utf8), mode: 0o600)
    return path
  }

  /// Somebody who was invited to the founder's room, joined it and was admitted, on the founder's relay.
  func member(_ name: String, of founder: TestHome, on prefix: [String] = []) throws -> TestHome {
    let home = try person(name, relays: [founder.relay], on: prefix)
    let url = try #require(try founder.json("room", "invite", "lab")["url"]?.string)
    try home.json("room", "join", url)
    try founder.wait { $0["type"]?.string == "claim" }
    try founder.json("room", "admit", "--all")
    // The founder's room and the newcomer's name have come through when both know both names.
    for side in [home, founder] {
      try side.waitUntil("\(name) is a member everywhere") {
        let room = try side.json("room", "show", "lab")
        let names = room["members"]?.array?.compactMap { $0.object?["name"]?.string } ?? []
        return names.contains(name) && names.contains(founder.name)
          && room["status"]?.string == "active"
      }
    }
    return home
  }
}

/// One identity's home, used through the program alone.
final class TestHome {
  let path: String
  private let prefix: [String]
  var key = ""
  var relay = ""
  /// More variables of every process that is started for it.
  var environment: [String: String] = [:]
  var name: String { String(path.split(separator: "/").last ?? "") }

  init(path: String, prefix: [String] = []) {
    self.path = path
    self.prefix = prefix
  }

  /// What starts the program for this home.
  func words(_ words: String...) -> [String] { prefix + [Process.studio, "--home", path] + words }

  func run(_ words: String..., input: String = "") throws -> Process.Output {
    try run(words, input: input)
  }

  func run(_ words: [String], input: String = "") throws -> Process.Output {
    try Process.run(self.words() + words, input: input, environment: environment)
  }

  /// The result of a command that must work.
  @discardableResult
  func json(_ words: String..., input: String = "", at place: SourceLocation = #_sourceLocation)
    throws -> JSONObject
  {
    try json(words, input: input, at: place)
  }

  @discardableResult
  func json(_ words: [String], input: String = "", at place: SourceLocation = #_sourceLocation)
    throws -> JSONObject
  {
    let output = try run(["--json"] + words, input: input)
    #expect(output.err == "", "\(words)", sourceLocation: place)
    #expect(output.status == 0, "\(words)", sourceLocation: place)
    return try #require(
      (try? JSON(parsing: output.out, limits: JSONLimits(bytes: 1 << 26)))?.object,
      "\(words): \(output.out) \(output.err)",
      sourceLocation: place)
  }

  /// The error of a command that must be refused: nothing on standard output, the five keys on standard error.
  @discardableResult
  func refusal(
    _ words: String..., status: Int32, code: String, field: String? = nil, input: String = "",
    at place: SourceLocation = #_sourceLocation
  ) throws -> JSONObject {
    try refusal(words, status: status, code: code, field: field, input: input, at: place)
  }

  @discardableResult
  func refusal(
    _ words: [String], status: Int32, code: String, field: String? = nil, input: String = "",
    at place: SourceLocation = #_sourceLocation
  ) throws -> JSONObject {
    let output = try run(["--json"] + words, input: input)
    #expect(output.out == "", "\(words)", sourceLocation: place)
    #expect(output.status == status, "\(words): \(output.err)", sourceLocation: place)
    let error = try #require(
      (try? JSON(parsing: output.err))?.object?["error"]?.object, "\(words): \(output.err)",
      sourceLocation: place)
    #expect(
      keys(of: error) == ["code", "field", "hint", "message", "value"], sourceLocation: place)
    #expect(error["code"]?.string == code, "\(words): \(output.err)", sourceLocation: place)
    if let field { #expect(error["field"]?.string == field, "\(words)", sourceLocation: place) }
    #expect(error["message"]?.string?.isEmpty == false, sourceLocation: place)
    return error
  }

  /// Follows `watch` from the first change until one satisfies the condition.
  @discardableResult
  func wait(
    seconds: Int = 60, at place: SourceLocation = #_sourceLocation,
    for wanted: (JSONObject) throws -> Bool
  ) throws -> JSONObject {
    let watch = try Process(words("--json", "watch", "--since", "0"), environment: environment)
    while true {
      let line = try watch.readLine(seconds: seconds)
      let change = try #require((try? JSON(parsing: line))?.object, sourceLocation: place)
      if try wanted(change) { return change }
    }
  }

  /// Follows `watch` until the event is here with a verdict.
  func wait(forEvent id: String) throws { try wait { $0["event_id"]?.string == id } }

  /// Checks now and after each change, until the condition holds.
  func waitUntil(_ what: String, seconds: Int = 60, _ condition: () throws -> Bool) throws {
    if try condition() { return }
    let watch = try Process(words("--json", "watch", "--since", "0"), environment: environment)
    repeat {
      do {
        _ = try watch.readLine(seconds: seconds)
      } catch {
        throw Process.Failure(description: "\(path) waited in vain until \(what): \(error)")
      }
    } while try !condition()
  }

  /// Events in this home's log.
  func count() throws -> Int {
    let output = try run("export")
    return output.out.utf8.count { $0 == UInt8(ascii: "\n") }
  }

  /// Makes a card on `todo` and returns its event id.
  func card(_ title: String, _ more: String...) throws -> String {
    let made = try json(["card", "create", "--track", "todo", "--title", title] + more)
    return try #require(made["event_id"]?.string)
  }

  func cardShow(_ id: String) throws -> JSONObject { try json("card", "show", id) }

  func stateHash() throws -> String {
    try #require(try json("state-hash")["state_hash"]?.string)
  }
}

/// The keys of an object, sorted.
func keys(of object: JSONObject?) -> [String] { object?.map(\.key).sorted() ?? [] }

/// Whether a text is 64 lower-case hex digits.
func isID(_ text: String?) -> Bool { text.map { EventID(hex: $0) != nil } ?? false }

extension JSONObject {
  /// Objects of the array under a key.
  func rows(_ key: String) -> [JSONObject] { self[key]?.array?.compactMap(\.object) ?? [] }
}
