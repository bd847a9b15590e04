private import CNcurses
private import Files
private import Glibc

/// Tells when the user's configuration has changed: inotify on the directories, because editors
/// replace files, and 100 ms of quiet, because they do it in steps. Costs nothing while nothing
/// happens. Confined to one thread.
package final class ConfigWatcher {
  /// How long nothing may happen before a change is told.
  package static let quiet = Duration.milliseconds(100)

  /// Readable when `changed` is to be called; for `EventLoop.watch`.
  package let descriptor: Int32

  private let notify: Int32
  private let timer: Int32
  private let directory: String
  private let files: Set<String>
  private let suffixes: [String]
  private var watched: [Int32: String] = [:]

  /// Watches the named files of a directory, also where they are links to elsewhere, and the files
  /// with these suffixes in its folders `themes` and `keymaps`, which may come later.
  package init(
    directory: String, files: Set<String> = ["studio.conf", "keys.conf"],
    suffixes: [String] = [".theme", ".keymap"]
  ) throws(TerminalError) {
    self.directory = directory
    self.files = files
    self.suffixes = suffixes
    notify = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    for one in [notify, timer] {
      var event = epoll_event()
      event.events = EPOLLIN.rawValue
      event.data.fd = one
      guard descriptor >= 0, one >= 0, epoll_ctl(descriptor, EPOLL_CTL_ADD, one, &event) == 0 else {
        let code = errno
        for open in [notify, timer, descriptor] where open >= 0 { close(open) }
        throw .system(call: "epoll", code: code)
      }
    }
    watch()
  }

  deinit {
    close(descriptor)
    close(timer)
    close(notify)
  }

  /// Takes what has happened. True once it has been quiet after a change: read the files again.
  package func changed() -> Bool {
    if takeEvents() {
      // A folder or a link may be new.
      watch()
      arm()
      return false
    }
    var expirations: UInt64 = 0
    return read(timer, &expirations, 8) == 8 && expirations > 0
  }

  private func arm() {
    let (seconds, fraction) = Self.quiet.components
    var time = itimerspec()
    time.it_value.tv_sec = Int(seconds)
    time.it_value.tv_nsec = Int(fraction / 1_000_000_000)
    timerfd_settime(timer, 0, &time, nil)
  }

  /// Adding a watch that stands already changes nothing.
  private func watch() {
    var directories = [directory, "\(directory)/themes", "\(directory)/keymaps"]
    for file in files {
      guard let path = realpath("\(directory)/\(file)", nil) else { continue }
      directories.append(Self.parent(of: String(cString: path)))
      free(path)
    }
    let events = [IN_CLOSE_WRITE, IN_MOVED_TO, IN_MOVED_FROM, IN_DELETE, IN_CREATE]
    let mask = events.reduce(UInt32(0)) { $0 | UInt32(bitPattern: Int32($1)) }
    for directory in directories {
      let number = inotify_add_watch(
        notify, directory, mask | UInt32(bitPattern: Int32(IN_ONLYDIR)))
      if number >= 0 { watched[number] = directory }
    }
  }

  private static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
  }

  /// True when one of them matters.
  private func takeEvents() -> Bool {
    // Each is looked at: the end of a watch has to be noted.
    !Inotify.take(from: notify).filter(matters).isEmpty
  }

  private func matters(_ event: Inotify.Event) -> Bool {
    // Better once too often.
    if event.isOverflow { return true }
    if event.isEnd {
      watched[event.watch] = nil
      return true
    }
    if files.contains(event.name) { return true }
    if watched[event.watch] == directory {
      return event.name == "themes" || event.name == "keymaps"
    }
    return suffixes.contains { event.name.hasSuffix($0) }
  }
}
