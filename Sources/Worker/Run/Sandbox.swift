import Glibc
package import Home

/// What a program may see and touch. Never weaker than what was asked for.
package enum Sandbox {
  package enum Level: String, Sendable, CaseIterable {
    /// All that the worker's user may.
    case none
    /// Namespaces by bubblewrap: the system read-only, the run's directory and the work's writable, nothing of
    /// the person's own directory but what is named.
    case bwrap
  }

  /// The words to start a program with.
  ///
  /// - Throws: `sandbox_unavailable` when this machine cannot do what is asked.
  package static func wrap(
    _ argv: [String], level: Level, directory: RunDirectory, work: String,
    binds: [WorkerConfig.Bind], studio: String, program: String? = program
  ) throws(StudioError) -> [String] {
    guard level == .bwrap else { return argv }
    guard let program else {
      throw StudioError(
        "sandbox_unavailable", "there is no bwrap on this machine", field: "sandbox",
        value: level.rawValue, hint: "install bubblewrap, or say `sandbox none` in worker.conf")
    }
    var words = [
      program, "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
      "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc", "/etc", "--ro-bind-try", "/opt", "/opt",
      "--ro-bind-try", "/run/systemd/resolve", "/run/systemd/resolve", "--proc", "/proc", "--dev",
      "/dev", "--tmpfs", "/tmp",
    ]
    for name in ["bin", "sbin", "lib", "lib32", "lib64"] {
      var buffer = [CChar](repeating: 0, count: 256)
      let count = readlink("/\(name)", &buffer, buffer.count - 1)
      if count > 0 {
        let target = buffer[..<count].map { UInt8(bitPattern: $0) }
        words += ["--symlink", String(decoding: target, as: UTF8.self), "/\(name)"]
      } else if access("/\(name)", F_OK) == 0 {
        words += ["--ro-bind", "/\(name)", "/\(name)"]
      }
    }
    words += ["--ro-bind", studio, studio]
    for bind in binds {
      words += [bind.isWritable ? "--bind" : "--ro-bind", bind.path, bind.path]
    }
    for path in [directory.path, work] { words += ["--bind", path, path] }
    return words + ["--chdir", work, "--"] + argv
  }

  /// Tries the level once, for a machine may have bubblewrap and forbid what it does.
  package static func check(_ level: Level, program: String? = program) throws(StudioError) {
    guard level == .bwrap else { return }
    let unavailable = StudioError(
      "sandbox_unavailable", "bwrap cannot make namespaces on this machine", field: "sandbox",
      value: level.rawValue,
      hint: "the system may forbid unprivileged user namespaces; say `sandbox none` to go without")
    guard let program else {
      throw StudioError(
        "sandbox_unavailable", "there is no bwrap on this machine", field: "sandbox",
        value: level.rawValue, hint: "install bubblewrap, or say `sandbox none` in worker.conf")
    }
    let spawn = Spawn(
      program,
      [program, "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"],
      environment: [:], descriptors: [.nowhere, .nowhere, .nowhere])
    let child = try spawn.start()
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw unavailable }
  }

  package static let program: String? = try? RunProgram.find(
    "bwrap", path: SystemCall.environment("PATH"))
}
