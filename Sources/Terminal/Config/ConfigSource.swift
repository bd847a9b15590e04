private import Glibc

/// The text of a configuration file, and what messages call the file.
package struct ConfigSource: Hashable, Sendable {
  package let file: String
  package let text: String
  /// Why it could not be read; the text is empty then.
  package let failure: String?

  package init(file: String, text: String, failure: String? = nil) {
    self.file = file
    self.text = text
    self.failure = failure
  }

  /// Bytes that are read of a file; more is refused.
  package static let longest = 1 << 18

  /// A file, or nil when there is none. Only regular files are read: a pipe would block.
  package static func read(_ path: String) -> ConfigSource? {
    func refused(_ why: String) -> ConfigSource {
      ConfigSource(file: path, text: "", failure: why)
    }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      return errno == ENOENT || errno == ENOTDIR
        ? nil : refused("it cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return refused("it is not a plain file")
    }
    guard status.st_size <= longest else { return refused("it is longer than \(longest) bytes") }
    var bytes = [UInt8](repeating: 0, count: longest + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return refused("it cannot be read") }
      if got == 0 { break }
      count += got
    }
    guard count <= longest else { return refused("it is longer than \(longest) bytes") }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      return refused("it is not UTF-8")
    }
    return ConfigSource(file: path, text: text)
  }

  /// The failure as a problem of the file.
  var problem: ConfigProblem? {
    failure.map { ConfigProblem(file: file, message: $0, skipsLine: false) }
  }
}

/// Where themes and keymaps are looked for: the person's own directory, then what was installed
/// with the program, then what is in the binary.
package struct ConfigPlaces: Hashable, Sendable {
  /// Which of them.
  package enum Origin: String, Sendable { case user, installed, builtin }

  /// What is looked for.
  package enum Kind: Sendable {
    case theme, keymap

    var folder: String { self == .theme ? "themes" : "keymaps" }
    var suffix: String { self == .theme ? ".theme" : ".keymap" }
    var builtin: [String] { self == .theme ? Theme.shippedNames : Keymap.shippedNames }

    func text(_ name: String) -> String? {
      self == .theme ? Theme.shipped(name) : Keymap.shipped(name)
    }
  }

  /// Such as `~/.config/studio`; holds `keys.conf`, `themes/` and `keymaps/`.
  package let user: String?
  /// Such as `/usr/local/share/studio`.
  package let installed: String?

  package init(user: String?, installed: String? = ConfigPlaces.besideProgram) {
    self.user = user
    self.installed = installed
  }

  /// Only what is in the binary.
  package static let builtin = ConfigPlaces(user: nil, installed: nil)

  /// `share/studio` of the prefix that the running program is installed in.
  package static let besideProgram: String? = {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    let parts = String(cString: path).split(separator: "/").dropLast()
    guard parts.last == "bin" else { return nil }
    return "/" + parts.dropLast().joined(separator: "/") + "/share/studio"
  }()

  /// The user's own keys.
  package var keysFile: String? { user.map { "\($0)/keys.conf" } }

  /// Everything of this name, the nearest first. A name is no path.
  func candidates(_ kind: Kind, _ name: String) -> [ConfigSource] {
    found(kind, name).map(\.source)
  }

  func found(_ kind: Kind, _ name: String) -> [(origin: Origin, source: ConfigSource)] {
    guard Self.isName(name) else { return [] }
    var found: [(Origin, ConfigSource)] = []
    for (origin, directory) in [(Origin.user, user), (.installed, installed)] {
      guard let directory else { continue }
      let path = "\(directory)/\(kind.folder)/\(name)\(kind.suffix)"
      if let source = ConfigSource.read(path) { found.append((origin, source)) }
    }
    if let text = kind.text(name) {
      found.append((.builtin, ConfigSource(file: name + kind.suffix, text: text)))
    }
    return found
  }

  /// Every name there is, sorted, each with the place that it comes from.
  func names(_ kind: Kind) -> [(name: String, origin: Origin)] {
    var origins: [String: Origin] = [:]
    for name in kind.builtin { origins[name] = .builtin }
    for (origin, directory) in [(Origin.installed, installed), (.user, user)] {
      guard let directory else { continue }
      for name in Self.files(in: "\(directory)/\(kind.folder)", suffix: kind.suffix)
      where name != "base" {
        origins[name] = origin
      }
    }
    return origins.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
      }
  }

  private static func files(in directory: String, suffix: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream), names.count < 1_000 {
      let file = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard file.hasSuffix(suffix) else { continue }
      let name = String(file.dropLast(suffix.count))
      if isName(name) { names.append(name) }
    }
    return names
  }
}

/// Follows `inherit` lines. A file that inherits its own name means the one that it hides.
struct Inheritance {
  /// Everything of a name, the nearest first.
  let candidates: (String) -> [ConfigSource]
  /// What may be written instead of an unknown name.
  let names: [String]
  /// The files being read, the outermost first.
  private(set) var open: [String] = []

  static let deepest = 8

  init(names: [String], candidates: @escaping (String) -> [ConfigSource]) {
    self.names = names
    self.candidates = candidates
  }

  mutating func enter(_ file: String) { open.append(file) }
  mutating func leave() { open.removeLast() }

  /// What an `inherit NAME` line brings in.
  func source(of line: ConfigLine, what: String) throws(ConfigProblem) -> ConfigSource {
    guard line.words.count == 2 else {
      throw line.problem("expected: inherit NAME", at: line.words[0])
    }
    let word = line.words[1]
    let found = candidates(word.text)
    guard !found.isEmpty else {
      throw line.problem(
        "no \(what) named “\(word.text)”", at: word, suggestion: nearest(word.text, among: names))
    }
    guard let next = found.first(where: { !open.contains($0.file) }) else {
      let start = open.firstIndex(of: found[0].file) ?? 0
      let circle = open[start...] + [found[0].file]
      throw line.problem(
        "“\(word.text)” inherits itself: \(circle.joined(separator: ", "))", at: word)
    }
    guard open.count < Self.deepest else {
      throw line.problem("more than \(Self.deepest) files inherit one another", at: word)
    }
    if let failure = next.failure {
      throw line.problem("“\(word.text)” is not inherited: \(failure)", at: word)
    }
    return next
  }
}
