package import Glibc

/// A process to start. It gets what is named here and nothing else: no other descriptor, no other variable,
/// no signal blocked or ignored.
package struct Spawn: Sendable {
  /// What stands behind a descriptor of the child.
  package enum Source: Sendable {
    /// A descriptor of this process.
    case descriptor(Int32)
    /// A file, opened in the child.
    case file(String, flags: Int32, mode: mode_t = 0o600)

    /// Reads nothing, writes nowhere.
    package static let nowhere = Source.file("/dev/null", flags: O_RDWR)
  }

  /// Whose signals reach it.
  package enum Group: Sendable {
    /// This process's group, and so its terminal's signals.
    case same
    /// A group of its own.
    case own
    /// A session of its own. The first terminal that it opens becomes that session's.
    case session
  }

  /// This program itself.
  package static let ourselves = "/proc/self/exe"

  package var executable: String
  /// With the name of the program as the first.
  package var arguments: [String]
  package var environment: [String: String]
  /// The child's descriptors in the order of their numbers, from 0.
  package var descriptors: [Source]
  package var group = Group.session
  /// Where it begins; this process's directory unless given.
  package var directory: String?

  package init(
    _ executable: String, _ arguments: [String], environment: [String: String],
    descriptors: [Source]
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.descriptors = descriptors
  }

  /// Those of this process's variables that are named and set.
  package static func environment(passing names: [String]) -> [String: String] {
    names.reduce(into: [:]) { $0[$1] = SystemCall.environment($1) }
  }

  /// The variables that a process of Studio needs, none of which is a secret.
  package static let studioVariables: [String] = {
    let names = [
      "HOME", "PATH", "LANG", "LC_ALL", "TZ", "STUDIO_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
      "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
    #if DEBUG
      return names + [FaultPoint.variable]
    #else
      return names
    #endif
  }()

  /// POSIX_SPAWN_SETSID, which Glibc's overlay lacks.
  private static let setSession: Int16 = 0x80
  /// Above every descriptor that a child gets: dup2 onto itself would keep close-on-exec.
  private static let aside: Int32 = 64

  /// Starts it and does not wait for it. The caller reaps it.
  package func start() throws(StudioError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // All aside first, so that none of them stands where another has to go.
    for (index, source) in descriptors.enumerated() {
      let place = Self.aside + Int32(index)
      switch source {
      case .descriptor(let descriptor):
        posix_spawn_file_actions_adddup2(&actions, descriptor, place)
      case .file(let path, let flags, let mode):
        posix_spawn_file_actions_addopen(&actions, place, path, flags, mode)
      }
    }
    for index in descriptors.indices {
      posix_spawn_file_actions_adddup2(&actions, Self.aside + Int32(index), Int32(index))
    }
    var failure = closeFrom(descriptors.count, in: &actions)
    if failure == 0, let directory { failure = begin(in: directory, &actions) }
    guard failure == 0 else { throw .system("preparing a process", errno: failure) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let grouping =
      switch group {
      case .same: Int16(0)
      case .own: Int16(POSIX_SPAWN_SETPGROUP)
      case .session: Self.setSession
      }
    posix_spawnattr_setflags(
      &attributes, grouping | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { variables.forEach { free($0) } }
    var child: pid_t = 0
    let outcome = posix_spawn(&child, executable, &actions, &attributes, &words, &variables)
    guard outcome == 0 else {
      throw .system("starting a process", path: executable, errno: outcome)
    }
    return child
  }
}
