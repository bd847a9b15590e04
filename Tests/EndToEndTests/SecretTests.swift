import Glibc
import Home
import Nostr
import Testing

/// Secrets stay where they belong.
@Suite struct SecretTests {
  @Test func `a key given on standard input is used, and printed nowhere`() throws {
    let world = try World()
    let secret = SecretKey.random()
    let hex = secret.withBytes {
      $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
    }
    .joined()
    let nsec = String(decoding: secret.nsec(), as: UTF8.self)
    for (name, given) in [("hex", hex), ("nsec", nsec)] {
      let home = world.home(name)
      let output = try home.run(
        "--json", "init", "--name", name, "--secret-stdin", "--no-passphrase", input: given + "\n")
      #expect(output.status == 0)
      #expect(try JSON(parsing: output.out).object?["pubkey"]?.string == secret.publicKey.hex)
      var said = output.out + output.err
      for words in [
        ["whoami"], ["engine", "status"], ["doctor"], ["config", "show"],
        ["room", "create", "lab", "--title", "x"],
        ["card", "create", "--track", "t", "--title", "x"],
        ["log"], ["export"], ["verify"],
      ] {
        let output = try home.run(["--json"] + words)
        said += output.out + output.err
      }
      said += SystemFile.text("\(home.path)/engine.log")
      #expect(!said.contains(hex))
      #expect(!said.contains(nsec))
      #expect(!said.contains("nsec1"))
    }
  }

  @Test func `no secret stands in an argument list, an environment or a log`() throws {
    let world = try World()
    let phrase = "correct horse battery staple"
    let file = try world.file("phrase", holding: phrase + "\nsecond line\n")
    let home = world.home("Ann")
    let secret = SecretKey.random()
    let nsec = String(decoding: secret.nsec(), as: UTF8.self)
    try home.json(
      "init", "--name", "Ann", "--secret-stdin", "--passphrase-file", file, input: nsec + "\n")
    let started = try home.json("engine", "start", "--passphrase-file", file)
    #expect(started["unlocked"]?.bool == true)
    let pid = try #require(started["pid"]?.integer)
    try home.json("room", "create", "lab", "--title", "x")
    let seen =
      SystemFile.text("/proc/\(pid)/cmdline") + SystemFile.text("/proc/\(pid)/environ")
      + SystemFile.text("\(home.path)/engine.log") + SystemFile.text("\(home.path)/studio.conf")
    #expect(seen.contains("engine"))
    #expect(!seen.contains(phrase))
    #expect(!seen.contains("nsec1"))
    #expect(!SystemFile.text("\(home.path)/key.ncryptsec").contains("nsec1"))
    #expect(SystemFile.text("\(home.path)/key.ncryptsec").hasPrefix("ncryptsec1"))
    #expect(!SystemFile.exists("\(home.path)/key.nsec"))
    // Its memory never lands on disk.
    #expect(SystemFile.text("/proc/\(pid)/limits").contains("Max core file size        0"))
  }

  @Test func `a locked key is opened by the right passphrase alone`() throws {
    let world = try World()
    let right = try world.file("right", holding: "open sesame\n")
    let wrong = try world.file("wrong", holding: "open barley\n")
    let home = world.home("Ann")
    try home.json("init", "--name", "Ann", "--passphrase-file", right)
    try home.refusal("card", "list", "--room", "none", status: 1, code: "room_not_found")
    try home.refusal(
      "room", "create", "lab", "--title", "x", status: 1, code: "engine_locked")
    try home.refusal(
      "engine", "start", "--passphrase-file", wrong, status: 1, code: "wrong_passphrase")
    #expect(try home.json("engine")["unlocked"]?.bool == false)
    try home.json("engine", "start", "--passphrase-file", right)
    try home.json("room", "create", "lab", "--title", "x")
  }

  @Test func `a home and what is in it are closed to others`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    #expect(SystemFile.mode(ann.path) == 0o700)
    for file in ["studio.conf", "key.nsec", "replica.sqlite", "relay.sqlite", "engine.log"] {
      #expect(SystemFile.mode("\(ann.path)/\(file)") == 0o600, "\(file)")
    }
    #expect(SystemFile.mode("\(ann.path)/engine.sock") & 0o077 == 0)
    try ann.json("engine", "stop")
    chmod("\(ann.path)/key.nsec", 0o644)
    let output = try ann.run("--json", "engine", "run")
    #expect(output.status == 1)
    #expect(output.err.contains("insecure_key_file"))
  }
}

/// Looking at files and at /proc.
enum SystemFile {
  /// Bytes of at most 16 MiB as text, with every zero as a newline; empty when there is none.
  static func text(_ path: String) -> String {
    let bytes = (try? SystemCall.read(path, limit: 1 << 24)) ?? nil
    return String(decoding: (bytes ?? []).map { $0 == 0 ? 10 : $0 }, as: UTF8.self)
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }
}
