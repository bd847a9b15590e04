private import CSystem

// Apart from `Spawn`: C types of this module would hide those of Glibc.

/// Has the child close every descriptor from `first` on; `actions` is a `posix_spawn_file_actions_t`.
func closeFrom(_ first: Int, in actions: UnsafeMutableRawPointer) -> Int32 {
  studio_close_from(actions, Int32(first))
}

/// Has the child begin in `directory`; `actions` is a `posix_spawn_file_actions_t`.
func begin(in directory: String, _ actions: UnsafeMutableRawPointer) -> Int32 {
  studio_begin_in(actions, directory)
}

extension SystemCall {
  /// Makes this process the parent of its descendants' orphans, so that none escapes it.
  ///
  /// - Returns: whether the system did so.
  package static func adoptOrphans() -> Bool { studio_adopt_orphans() == 0 }

  /// A descriptor that stands for a process, readable once it has ended; negative when there is none.
  package static func openProcess(_ pid: Int32) -> Int32 { studio_open_process(pid) }

  /// Sends a signal to the process that a descriptor stands for, and to no other.
  @discardableResult
  package static func signal(_ signal: Int32, process descriptor: Int32) -> Bool {
    studio_signal_process(descriptor, signal) == 0
  }
}

/// A descriptor from which the signals of a `sigset_t` are read; they have to be blocked.
func signalDescriptor(_ set: UnsafeRawPointer) -> Int32 { studio_signal_descriptor(set) }
