import Terminal

/// Whose the mouse is. A drag that nobody here has a use for is a person who wants to select text:
/// the mouse is the terminal's until the next key, or for ten seconds.
struct Pointer {
  static let lendingTime = Duration.seconds(10)

  /// The person wants clicks and the wheel to be the workspace's.
  var isOn = true
  /// When a mouse that was lent comes back.
  var backAt: Duration?
  /// Where the left button went down.
  var pressedAt: Point?
}

extension Shell {
  /// True for a drag, which hands the mouse over.
  func lendsMouse(for mouse: Mouse) -> Bool {
    switch mouse.action {
    case .press: pointer.pressedAt = mouse.button == 0 ? mouse.point : nil
    case .release: pointer.pressedAt = nil
    case .drag:
      // A hand that trembles is no drag.
      guard let start = pointer.pressedAt, mouse.button == 0,
        abs(mouse.point.x - start.x) > 1 || mouse.point.y != start.y
      else { return true }
      pointer.pressedAt = nil
      pointer.backAt = clock.monotonic() + Pointer.lendingTime
      useMouse(false)
      toast = Toast(
        text: "select text now", style: .toastInfo, until: clock.monotonic() + Pointer.lendingTime)
      return true
    case .wheelUp, .wheelDown: break
    }
    return false
  }

  func takeMouseBack() {
    guard pointer.backAt != nil else { return }
    pointer.backAt = nil
    toast = nil
    useMouse(pointer.isOn)
  }

  /// `on`, `off`, or the other of the two.
  func switchMouse(_ word: String?) {
    guard word == nil || word == "on" || word == "off" else {
      return say("mouse on, or mouse off", .toastWarning)
    }
    pointer.backAt = nil
    pointer.isOn = word.map { $0 == "on" } ?? !pointer.isOn
    useMouse(pointer.isOn)
    say(pointer.isOn ? "the mouse is the workspace's" : "the mouse is the terminal's")
  }

  /// As studio.conf says, from the beginning or after it has changed.
  func setMouse(_ isOn: Bool) {
    guard isOn != pointer.isOn else { return }
    (pointer.isOn, pointer.backAt) = (isOn, nil)
    useMouse(isOn)
  }
}
