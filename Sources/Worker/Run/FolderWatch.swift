import Files
import Glibc
package import Home

/// Tells of files that have come to stand whole in some folders: renamed there, or closed after writing. Asleep
/// otherwise.
package final class FolderWatch {
  /// To poll for reading.
  package let descriptor: Int32
  private var folders: [Int32: String] = [:]

  package init() throws(StudioError) {
    descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard descriptor >= 0 else { throw .system("watching folders", errno: errno) }
  }

  deinit { close(descriptor) }

  /// Watches a folder; with `growing` also for files that are written to.
  package func add(_ folder: String, growing: Bool = false) throws(StudioError) {
    var mask = IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR
    if growing { mask |= IN_MODIFY }
    let number = inotify_add_watch(descriptor, folder, UInt32(bitPattern: Int32(mask)))
    guard number >= 0 else { throw .system("watching", path: folder, errno: errno) }
    folders[number] = folder
  }

  package func remove(_ folder: String) {
    for (number, name) in folders where name == folder {
      inotify_rm_watch(descriptor, number)
      folders[number] = nil
    }
  }

  /// What has come since, by folder. After an overflow every folder is there, without a name: look yourself.
  package func take() -> [String: Set<String>] {
    var came: [String: Set<String>] = [:]
    for event in Inotify.take(from: descriptor) {
      if event.isOverflow {
        for folder in folders.values { came[folder, default: []] = came[folder] ?? [] }
      } else if let folder = folders[event.watch] {
        came[folder, default: []].insert(event.name)
      }
    }
    return came
  }
}
