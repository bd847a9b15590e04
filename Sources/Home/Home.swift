import Glibc

/// Everything of one identity on this machine: where its key, configuration, replica and engine live.
///
/// One directory with `--home` or `STUDIO_HOME`; otherwise the three XDG directories. Directories are 0700.
package struct Home: Sendable, Equatable {
  /// Holds `studio.conf`, the key, and the user's own themes and keymaps.
  package let configDirectory: String
  /// Holds the replica and the embedded relay's database.
  package let dataDirectory: String
  /// Holds the engine's lock, socket and log.
  package let stateDirectory: String
  /// The words that name this home to another process; none for the XDG directories.
  package let option: [String]

  /// A home that is all in one directory.
  package init(directory: String) {
    let path = Home.absolute(directory)
    self.init(config: path, data: path, state: path, option: ["--home", path])
  }

  private init(config: String, data: String, state: String, option: [String]) {
    self.option = option
    configDirectory = config
    dataDirectory = data
    stateDirectory = state
  }

  /// The home that `--home` names, or else the environment.
  ///
  /// - Throws: `no_home` when neither names one.
  package init(option: String?) throws(StudioError) {
    if let directory = option ?? SystemCall.environment("STUDIO_HOME") {
      self.init(directory: directory)
      return
    }
    guard let user = SystemCall.environment("HOME") else {
      throw StudioError(
        "no_home", "HOME is not set, so there is nowhere to keep an identity",
        hint: "give --home DIR or set STUDIO_HOME")
    }
    func xdg(_ variable: String, _ fallback: String) -> String {
      (SystemCall.environment(variable) ?? "\(user)/\(fallback)") + "/studio"
    }
    self.init(
      config: xdg("XDG_CONFIG_HOME", ".config"), data: xdg("XDG_DATA_HOME", ".local/share"),
      state: xdg("XDG_STATE_HOME", ".local/state"), option: [])
  }

  package var configFile: String { "\(configDirectory)/studio.conf" }
  /// The secret key under a passphrase (NIP-49).
  package var encryptedKeyFile: String { "\(configDirectory)/key.ncryptsec" }
  /// The secret key as it is, 0600, when the user chose to have no passphrase.
  package var plainKeyFile: String { "\(configDirectory)/key.nsec" }
  package var replicaFile: String { "\(dataDirectory)/replica.sqlite" }
  package var relayFile: String { "\(dataDirectory)/relay.sqlite" }
  package var lockFile: String { "\(stateDirectory)/engine.lock" }
  package var logFile: String { "\(stateDirectory)/engine.log" }

  /// The engine's UNIX socket. A path too long for the system's limit of 107 bytes becomes a name by
  /// hash under the runtime directory.
  package var socketFile: String {
    let path = "\(stateDirectory)/engine.sock"
    guard path.utf8.count > 107 else { return path }
    let runtime = SystemCall.environment("XDG_RUNTIME_DIR") ?? "/tmp/studio-\(getuid())"
    return "\(runtime)/engine-\(Home.hash(path)).sock"
  }

  /// Whether an identity has been made here.
  package var isInitialised: Bool {
    access(encryptedKeyFile, F_OK) == 0 || access(plainKeyFile, F_OK) == 0
  }

  /// Makes the directories, readable by their owner alone.
  package func create() throws(StudioError) {
    for directory in [configDirectory, dataDirectory, stateDirectory] {
      try SystemCall.makeDirectory(directory)
      chmod(directory, 0o700)
    }
    let socketDirectory = String(
      socketFile[..<(socketFile.lastIndex(of: "/") ?? socketFile.startIndex)])
    try SystemCall.makeDirectory(socketDirectory)
    try Home.requirePrivate(socketDirectory)
  }

  /// A passphrase goes through the socket, so nobody else may be able to put one there.
  static func requirePrivate(_ directory: String) throws(StudioError) {
    var status = stat()
    guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      status.st_uid == getuid(), status.st_mode & 0o022 == 0
    else {
      throw StudioError(
        "insecure_directory", "others can write to the directory of the engine's socket",
        field: "path", value: directory, hint: "chmod 700 it, or set XDG_RUNTIME_DIR")
    }
  }

  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return "\(String(cString: current))/\(path)"
  }

  /// FNV-1a over the bytes: a name, not a secret.
  private static func hash(_ text: String) -> String {
    let value = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(value, radix: 16)
  }
}
