/// What is switched on in a terminal, and how it is switched off again. Pure.
struct TerminalModes {
  /// How keys are told apart.
  package enum Keyboard: Hashable, Sendable {
    /// As terminals always did; also before the terminal has answered.
    case legacy
    /// xterm's modifyOtherKeys.
    case otherKeys
    /// The kitty keyboard protocol, ambiguities resolved.
    case kitty
  }

  /// The strings of terminfo; nil for what the terminal has not.
  let capability: (String) -> [UInt8]?
  /// Clicks and the wheel come as events.
  var mouse: Bool
  var keyboard = Keyboard.legacy
  var reportsScheme = false

  /// Whether the terminal has a screen of its own for programs. Others get no modes: they are old,
  /// and might draw what they do not know.
  var isModern: Bool { capability("smcup") != nil }

  /// The terminal's way of entering the other screen keeps the title already.
  private var keepsTitle: Bool {
    String(decoding: capability("smcup") ?? [], as: UTF8.self).contains("[22;")
  }

  private static let mouseModes = [1000, 1002, 1006]

  private static func set(_ modes: [Int], _ isOn: Bool) -> [UInt8] {
    (isOn ? modes : modes.reversed()).flatMap { Array("\u{1B}[?\($0)\(isOn ? "h" : "l")".utf8) }
  }

  /// Everything that is on now, from the beginning.
  var enter: [UInt8] {
    guard let start = capability("smcup") else { return [] }
    // The whole screen scrolls, whatever region another program has left.
    return start + "\u{1B}[r\(keepsTitle ? "" : "\u{1B}[22;2t")".utf8
      + Self.set([2004, 1004], true)
      + switchMouse + switchKeyboard + switchScheme
  }

  /// Clicks and the wheel, as `mouse` says.
  var switchMouse: [UInt8] { isModern ? Self.set(Self.mouseModes, mouse) : [] }

  /// The keys, as `keyboard` says; the session asks for them once.
  var switchKeyboard: [UInt8] {
    switch keyboard {
    case .legacy: []
    case .otherKeys: Array("\u{1B}[>4;1m".utf8)
    case .kitty: Array("\u{1B}[>1u".utf8)
    }
  }

  var switchScheme: [UInt8] { reportsScheme ? Self.set([Probe.schemeMode], true) : [] }

  /// Off again, in reverse. The same whatever is on, because the guard has it from the beginning:
  /// a terminal leaves off what is off, and its other screen has keyboard modes of its own.
  var leave: [UInt8] {
    var leave: [UInt8] = []
    if isModern {
      leave += "\u{1B}]8;;\u{1B}\\\u{1B}[?\(Probe.synchronizedMode)l".utf8
      leave += Self.set([Probe.schemeMode], false) + "\u{1B}[<u\u{1B}[>4;0m".utf8
      leave += Self.set([2004, 1004] + Self.mouseModes, false)
      if !keepsTitle { leave += "\u{1B}[23;2t".utf8 }
    }
    leave += capability("sgr0") ?? []
    leave += capability("cnorm") ?? []
    return leave + (capability("rmcup") ?? capability("clear") ?? [])
  }
}
