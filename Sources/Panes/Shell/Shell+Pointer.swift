import Replica
import Terminal

/// Whose the mouse is. What divides panes and the cards of the board are dragged; any other drag
/// is a person who wants to select text: the mouse is the terminal's until the next key, or for ten seconds.
struct Pointer {
  static let lendingTime = Duration.seconds(10)

  /// The person wants clicks and the wheel to be the workspace's.
  var isOn = true
  /// When a mouse that was lent comes back.
  var backAt: Duration?
  /// Where the left button went down, and what is there to be dragged.
  var pressedAt: Point?
  var grip: Grip?
  /// A card is on its way.
  var isCarrying = false
  /// The button went down on what was selected: it opens when the button comes up there.
  var opens = false

  enum Grip {
    case divider(Layout.Divider)
    case card(CardRow)
  }

  /// Esc leaves a card that is on its way where it was.
  mutating func drop(by key: Key) -> Bool {
    defer { (grip, isCarrying) = (nil, false) }
    return isCarrying && key == Key(.escape)
  }
}

extension Shell {
  /// True for a drag and its end, which are nothing else.
  func drags(_ mouse: Mouse) -> Bool {
    switch mouse.action {
    case .press:
      pointer.pressedAt = mouse.button == 0 ? mouse.point : nil
      pointer.grip = mouse.button == 0 && overlays.isEmpty ? grip(at: mouse.point) : nil
      (pointer.isCarrying, pointer.opens) = (false, false)
    case .release:
      defer { (pointer.pressedAt, pointer.grip, pointer.isCarrying) = (nil, nil, false) }
      guard pointer.isCarrying, case .card(let row)? = pointer.grip else { break }
      toast = nil
      if let kind = column(at: mouse.point) { move(row, to: kind) }
      return true
    case .drag:
      // A hand that trembles is no drag.
      guard let start = pointer.pressedAt, mouse.button == 0,
        pointer.isCarrying || abs(mouse.point.x - start.x) > 1 || mouse.point.y != start.y
      else { return true }
      pointer.opens = false
      switch pointer.grip {
      case .divider(let divider)?:
        drag(divider, to: mouse.point)
        return true
      case .card?:
        pointer.isCarrying = true
        let words: SafeText = column(at: mouse.point).map { "drop on \($0.title)" } ?? "no column"
        say("\(words) · Esc leaves it")
        return true
      case nil: pointer.pressedAt = nil
      }
      pointer.backAt = clock.monotonic() + Pointer.lendingTime
      useMouse(false)
      toast = Toast(
        text: "select text now", style: .toastInfo, until: clock.monotonic() + Pointer.lendingTime)
      return true
    case .wheelUp, .wheelDown: break
    }
    return false
  }

  private func grip(at point: Point) -> Pointer.Grip? {
    if let divider = layout?.divider(at: point) { return .divider(divider) }
    guard layout?.pane(at: point) == .board, let inside = layout?.inside(.board) else { return nil }
    let place = Point(x: point.x - inside.x, y: point.y - inside.y)
    return inside.contains(point) ? board.card(at: place).map { Pointer.Grip.card($0) } : nil
  }

  private func column(at point: Point) -> BoardColumn.Kind? {
    guard place == .board, let inside = layout?.inside(.board), inside.contains(point) else {
      return nil
    }
    return board.column(at: Point(x: point.x - inside.x, y: point.y - inside.y))
  }

  private func drag(_ divider: Layout.Divider, to point: Point) {
    guard let layout else { return }
    var own = layout.sizes(sizes(of: place), dragging: divider, to: point)
    sidebarWidth = own.places
    own.places = nil
    sizes[place] = own
    stateChanged()
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
