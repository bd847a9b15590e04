private import Glibc

/// Where themes, keymaps and adapters are looked for: the person's own directory, then what was installed
/// with the program, then what is in the binary.
package struct ConfigPlaces: Hashable, Sendable {
  /// Which of them.
  package enum Origin: String, Sendable { case user, installed, builtin }

  /// What is looked for.
  package struct Kind: Sendable {
    package let folder: String
    package let suffix: String
    /// The names of those in the binary.
    package let builtin: [String]
    /// Names that only others build on.
    package let hidden: Set<String>
    /// One of those in the binary, hidden or not.
    package let text: @Sendable (String) -> String?

    package init(
      folder: String, suffix: String, builtin: [String], hidden: Set<String> = [],
      text: @escaping @Sendable (String) -> String?
    ) {
      self.folder = folder
      self.suffix = suffix
      self.builtin = builtin
      self.hidden = hidden
      self.text = text
    }
  }

  /// Such as `~/.config/studio`; holds `keys.conf`, `themes/`, `keymaps/` and `adapters/`.
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
  package func candidates(_ kind: Kind, _ name: String) -> [ConfigSource] {
    found(kind, name).map(\.source)
  }

  package func found(_ kind: Kind, _ name: String) -> [(origin: Origin, source: ConfigSource)] {
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
  package func names(_ kind: Kind) -> [(name: String, origin: Origin)] {
    var origins: [String: Origin] = [:]
    for name in kind.builtin { origins[name] = .builtin }
    for (origin, directory) in [(Origin.installed, installed), (.user, user)] {
      guard let directory else { continue }
      for name in Self.files(in: "\(directory)/\(kind.folder)", suffix: kind.suffix)
      where !kind.hidden.contains(name) {
        origins[name] = origin
      }
    }
    return origins.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Whether this can be the name of a file, and of no other place.
  package static func isName(_ name: String) -> Bool {
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
