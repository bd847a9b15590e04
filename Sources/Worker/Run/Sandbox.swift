import Glibc
package import Home

/// What a program may see and touch. Never weaker than what was asked for.
package struct Sandbox: Sendable, Equatable {
  package enum Level: String, Sendable, CaseIterable {
    /// All that the worker's user may.
    case none
    /// Namespaces by bubblewrap: the system read-only, the run's directory and the work's, nothing of the person's
    /// own directory but what is named.
    case bwrap
  }

  package var level: Level
  /// Whether it reaches the network: its model is usually there.
  package var hasNetwork = true

  package init(_ level: Level, hasNetwork: Bool = true) {
    self.level = level
    self.hasNetwork = hasNetwork
  }

  /// What one run sees.
  package struct View: Sendable, Equatable {
    package var directory: RunDirectory
    /// Where the program begins; the one place besides `out/` and `ask/` where it writes.
    package var work: String
    /// What the owner and the work need besides.
    package var binds: [WorkerConfig.Bind] = []
    /// Directories that look empty whatever is bound: those of Studio itself.
    package var masks: [String] = []
    /// The path of this program.
    package var studio: String
    /// A file in the run's directory where the program writes its last message.
    package var lastMessage: String?
    /// The program's own directories to look for its file in.
    package var path: String?

    package init(_ directory: RunDirectory, work: String, studio: String) {
      self.directory = directory
      self.work = work
      self.studio = studio
    }
  }

  /// What every namespace begins with.
  private var namespaces: [String] {
    [
      "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL",
    ] + (hasNetwork ? [] : ["--unshare-net"])
  }

  /// The words to start a program with.
  ///
  /// - Throws: `sandbox_unavailable` when this machine cannot do what is asked.
  package func wrap(
    _ argv: [String], _ view: View, program: String? = program
  ) throws(StudioError) -> [String] {
    guard let program = try needed(program) else { return argv }
    var words = [program] + namespaces
    words += ["--ro-bind", "/usr", "/usr"]
    for place in ["/etc", "/opt", "/run/systemd/resolve"] {
      words += ["--ro-bind-try", place, place]
    }
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    // An empty one of its own, where there is one.
    if let home = SystemCall.environment("HOME"), Self.isDirectory(home) {
      words += ["--dir", home]
    }
    for name in ["bin", "sbin", "lib", "lib32", "lib64"] {
      if let target = Self.link("/\(name)") {
        words += ["--symlink", target, "/\(name)"]
      } else if access("/\(name)", F_OK) == 0 {
        words += ["--ro-bind", "/\(name)", "/\(name)"]
      }
    }
    words += ["--ro-bind", view.studio, view.studio]
    for file in Self.files(of: argv.first, view.path) { words += ["--ro-bind", file, file] }
    for bind in view.binds {
      words += [bind.isWritable ? "--bind" : "--ro-bind", bind.path, bind.path]
    }
    for mask in view.masks where access(mask, F_OK) == 0 { words += ["--tmpfs", mask] }
    words += Self.own(view)
    for mask in view.masks where access(mask, F_OK) == 0 { words += ["--remount-ro", mask] }
    return words + ["--chdir", view.work, "--"] + argv
  }

  /// The run's directory cannot be changed from inside: what stands in it is what supervisors do and believe.
  private static func own(_ view: View) -> [String] {
    let directory = view.directory
    var words = ["--ro-bind", directory.path, directory.path]
    for folder in [directory.outFolder, directory.askFolder] {
      words += ["--bind", folder, folder]
    }
    if let last = view.lastMessage.map({ "\(directory.path)/\($0)" }) {
      words += ["--bind", last, last]
    }
    words += ["--bind", view.work, view.work]
    // What runs outside whenever somebody uses the repository.
    for name in ["hooks", "config"] {
      let path = "\(view.work)/.git/\(name)"
      if access(path, F_OK) == 0 { words += ["--ro-bind", path, path] }
    }
    return words
  }

  /// The owner has named a program: its file is seen, and what it is a link to.
  private static func files(of name: String?, _ path: String?) -> [String] {
    guard let name, let file = try? RunProgram.find(name, path: path), file.hasPrefix("/") else {
      return []
    }
    let real = realpath(file, nil)
    defer { free(real) }
    let target = real.map { String(cString: $0) } ?? file
    return (file == target ? [file] : [target, file]).filter { file in
      !["/usr/", "/bin/", "/sbin/", "/opt/", "/etc/"].contains { file.hasPrefix($0) }
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return path.hasPrefix("/") && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Tries it once, for a machine may have bubblewrap and forbid what it does.
  package func check(program: String? = program) throws(StudioError) {
    guard let program = try needed(program) else { return }
    let spawn = Spawn(
      program,
      [program] + namespaces
        + ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "/bin/true"],
      environment: [:], descriptors: [.nowhere, .nowhere, .nowhere])
    let child = try spawn.start()
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else {
      throw Self.unavailable(
        level, "bwrap cannot make namespaces on this machine",
        hint: "the system may forbid unprivileged user namespaces; `sandbox none` goes without")
    }
  }

  /// - Returns: the program that makes it; `nil` when none is needed.
  private func needed(_ program: String?) throws(StudioError) -> String? {
    guard level == .bwrap else {
      if hasNetwork { return nil }
      throw Self.unavailable(
        level, "without a sandbox nothing keeps a program from the network",
        hint: "`net off` needs `sandbox bwrap`")
    }
    guard let program else {
      throw Self.unavailable(
        level, "there is no bwrap on this machine",
        hint: "install bubblewrap, or say `sandbox none` in worker.conf")
    }
    return program
  }

  private static func unavailable(_ level: Level, _ words: String, hint: String) -> StudioError {
    StudioError(
      "sandbox_unavailable", words, field: "sandbox", value: level.rawValue, hint: hint)
  }

  package static let program: String? = try? RunProgram.find(
    "bwrap", path: SystemCall.environment("PATH"))
}
