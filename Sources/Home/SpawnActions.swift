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
}
