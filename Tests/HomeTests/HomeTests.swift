import Glibc
import Nostr
import Testing

@testable import Home

/// A folder that goes with the last one who holds it.
final class Folder {
  let path: String

  init() throws {
    var template = Array("/tmp/studio-home-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in [
      "studio.conf", "key.nsec", "key.ncryptsec", "engine.sock", "engine.lock", "engine.log",
      "file",
    ] { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}

func mode(_ path: String) throws -> mode_t {
  var status = stat()
  try #require(stat(path, &status) == 0)
  return status.st_mode & 0o777
}

@Suite struct ConfigurationTests {
  @Test(arguments: [
    ("theme nord\n", "theme dark\n"), ("", "theme dark\n"), ("name A", "name A\ntheme dark\n"),
    (
      "# theme x\n  theme   nord\t# mine\r\nname A\n",
      "# theme x\n  theme   dark\t# mine\r\nname A\n"
    ),
    ("theme a\ntheme b  # two\n", "theme a\ntheme dark  # two\n"),
    ("theme\n", "theme\ntheme dark\n"),
    ("theme theme\n", "theme dark\n"), ("name ä 漢\ntheme ö  # é\n", "name ä 漢\ntheme dark  # é\n"),
  ])
  func `one setting is changed and everything else stays`(before: String, after: String) {
    #expect(Configuration.text(before, with: "theme", "dark").utf8.elementsEqual(after.utf8))
    #expect(Configuration(parsing: after).theme == "dark")
  }

  @Test func `two blanks and a number sign begin a comment`() {
    let configuration = Configuration(parsing: "name A # 1  # the first\ntheme nord\t # x\n")
    #expect(configuration.name == "A # 1")
    #expect(configuration.theme == "nord")
    #expect(configuration.faults.isEmpty)
  }

  @Test func `every setting is read, whatever the blanks and line ends`() {
    let text =
      "# mine\r\nname  Mira Q \r\n\trelay\twss://a.example\r\nrelay wss://b.example\nlisten 127.0.0.1:1"
    let configuration = Configuration(parsing: text)
    #expect(configuration.name == "Mira Q")
    #expect(configuration.relays == ["wss://a.example", "wss://b.example"])
    #expect(configuration.listen == "127.0.0.1:1")
    #expect(configuration.faults.isEmpty)
  }

  @Test func `a line that cannot be read costs that line and is told by number`() {
    let configuration = Configuration(
      parsing: "name A\ncolour blue\n\nrelay\nrelay wss://a.example")
    #expect(configuration.name == "A")
    #expect(configuration.relays == ["wss://a.example"])
    #expect(configuration.faults.map(\.line) == [2, 4])
  }

  @Test func `what is written is read back, without a name too`() {
    for configuration in [
      Configuration(),
      Configuration(name: "Ærøskøbing 🌊", relays: ["wss://a", "ws://b:1"], listen: "h:2"),
    ] {
      let again = Configuration(parsing: configuration.text)
      #expect(again == configuration)
      #expect(again.faults.isEmpty)
    }
  }

  @Test func `without relays the embedded one is meant`() {
    #expect(Configuration(listen: "127.0.0.1:7").effectiveRelays == ["ws://127.0.0.1:7"])
    #expect(Configuration(relays: ["wss://a"], listen: "h:7").effectiveRelays == ["wss://a"])
    #expect(Configuration().effectiveRelays.isEmpty)
  }

  @Test func `a file that is not UTF-8 is refused and left alone`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    try SystemCall.replace(home.configFile, with: [0x6e, 0xff, 0xfe], mode: 0o600)
    #expect(throws: StudioError.self) { try Configuration.load(from: home) }
    #expect(try SystemCall.read(home.configFile, limit: 10) == [0x6e, 0xff, 0xfe])
  }

  @Test func `a file too large for settings is refused`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    try SystemCall.replace(
      home.configFile, with: [UInt8](repeating: 0x23, count: 70_000), mode: 0o600)
    #expect { try Configuration.load(from: home) } throws: {
      ($0 as? StudioError)?.code == "file_too_large"
    }
  }
}

@Suite struct HomePathTests {
  @Test func `a relative directory becomes a whole path`() {
    #expect(Home(directory: "x/y").configDirectory.hasPrefix("/"))
    #expect(Home(directory: "/x").option == ["--home", "/x"])
  }

  @Test func `a socket path longer than the system takes becomes a short one of its own`() {
    let long = "/tmp/" + String(repeating: "d", count: 120)
    let one = Home(directory: long + "/1").socketFile
    let two = Home(directory: long + "/2").socketFile
    #expect(one != two)
    #expect(one.utf8.count <= 107 && two.utf8.count <= 107)
    #expect(Home(directory: "/tmp/short").socketFile == "/tmp/short/engine.sock")
  }

  @Test func `directories are for their owner alone`() throws {
    let folder = try Folder()
    chmod(folder.path, 0o755)
    try Home(directory: folder.path).create()
    #expect(try mode(folder.path) == 0o700)
  }

  @Test func `a socket directory that is somebody else's or open to others is not used`() throws {
    let folder = try Folder()
    chmod(folder.path, 0o777)
    #expect(throws: StudioError.self) { try Home.requirePrivate(folder.path) }
    chmod(folder.path, 0o700)
    try Home.requirePrivate(folder.path)
  }
}

@Suite struct IdentityTests {
  private static let key = String(repeating: "07", count: 32)

  @Test func `a key without a passphrase lies in a file for its owner alone`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    let secret = try SecretKey(hex: Self.key)
    try Identity.create(secret, in: home, passphrase: nil)
    #expect(try mode(home.plainKeyFile) == 0o600)
    #expect(try Identity.open(home)?.publicKey == secret.publicKey)
    chmod(home.plainKeyFile, 0o640)
    #expect { try Identity.open(home) } throws: {
      ($0 as? StudioError)?.code == "insecure_key_file"
    }
  }

  @Test func `a key under a passphrase opens with it alone, and no error tells either`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    let secret = try SecretKey(hex: Self.key)
    try Identity.create(secret, in: home, passphrase: "correct horse")
    #expect(try mode(home.encryptedKeyFile) == 0o600)
    #expect(try Identity.open(home) == nil, "without a passphrase it stays shut")
    #expect(try Identity.open(home, passphrase: "correct horse").publicKey == secret.publicKey)
    do {
      _ = try Identity.open(home, passphrase: "wrong battery")
      Issue.record("it opened")
    } catch {
      #expect(error.code == "wrong_passphrase")
      let told = error.json.text
      for secret in ["wrong battery", "correct horse", Self.key, "ncryptsec"] {
        #expect(!told.contains(secret))
      }
    }
    let file = String(
      decoding: try SystemCall.read(home.encryptedKeyFile, limit: 4096) ?? [], as: UTF8.self)
    #expect(!file.contains(Self.key) && !file.contains("nsec1"))
  }

  @Test func `a second identity is refused and the first stays`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    try Identity.create(try SecretKey(hex: Self.key), in: home, passphrase: nil)
    #expect { try Identity.create(SecretKey.random(), in: home, passphrase: "x") } throws: {
      ($0 as? StudioError)?.code == "home_exists"
    }
    #expect(try Identity.open(home)?.publicKey == SecretKey(hex: Self.key).publicKey)
  }

  @Test func `a damaged key file is named without its content`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    try SystemCall.replace(home.plainKeyFile, with: Array("nsec1almostakey".utf8), mode: 0o600)
    #expect { try Identity.open(home) } throws: {
      guard let error = $0 as? StudioError else { return false }
      return error.code == "invalid_key" && !error.json.text.contains("almostakey")
    }
  }
}

@Suite struct EngineLockTests {
  @Test func `one engine has a home, and the next when it has gone`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    var first = try EngineLock(home: home)
    #expect(first != nil)
    #expect(try EngineLock(home: home) == nil)
    first = nil
    #expect(try EngineLock(home: home) != nil)
  }
}
