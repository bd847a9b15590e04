/// Turns what the terminal sends into events. Pure: bytes and the time go in, events come out.
///
/// A lone ESC is held back for `escapeDelay`, then it is the Esc key. Answers of the terminal are
/// replies whenever they come; sequences that it does not know are swallowed whole and never
/// become keys.
package struct KeyDecoder: Sendable {
  /// Most bytes of one paste; the rest of it is dropped.
  package static let pasteLimit = 1 << 20
  static let sequenceLimit = 4_096
  /// How long an ESC waits for what may follow.
  package static let escapeDelay = Duration.milliseconds(25)
  /// How long an unfinished sequence waits for its end.
  static let sequenceDelay = Duration.milliseconds(100)
  /// How long a paste without its end mark waits, so that a lost mark does not lock the keyboard.
  static let pasteDelay = Duration.seconds(1)

  private enum State {
    case ground
    case escape
    case single  // SS3: ESC O
    case control  // CSI: ESC [
    case string(escaped: Bool)  // OSC, DCS, APC, until ST or BEL; what began it is in the buffer
    case text  // the middle of a UTF-8 character
    case paste
  }

  private var state = State.ground
  private var buffer: [UInt8] = []
  private var expected = 0
  private var alt = false
  private var pasteTail = 0
  private var due: Duration?

  package init() {}

  /// When to call `feed([], now:)` although nothing came; nil when nothing is held back.
  package var deadline: Duration? { due }

  /// The events in these bytes, with what earlier calls held back.
  package mutating func feed(_ bytes: some Sequence<UInt8>, now: Duration) -> [InputEvent] {
    var events: [InputEvent] = []
    if let due, now >= due { expire(&events) }
    var any = false
    for byte in bytes {
      any = true
      take(byte, &events)
    }
    switch state {
    case .ground: due = nil
    case .paste: if any || due == nil { due = now + Self.pasteDelay }
    case .escape, .text: if any || due == nil { due = now + Self.escapeDelay }
    case .single, .control, .string: if any || due == nil { due = now + Self.sequenceDelay }
    }
    return events
  }

  private mutating func expire(_ events: inout [InputEvent]) {
    due = nil
    switch state {
    case .escape:
      events.append(.key(Key(.escape)))
      if alt { events.append(.key(Key(.escape))) }
    case .paste: events.append(.paste(String(decoding: buffer, as: UTF8.self)))
    case .single: events.append(.key(Key(.character("O"), .alt)))
    case .control where buffer.isEmpty: events.append(.key(Key(.character("["), .alt)))
    case .string where buffer.count == 1:
      events.append(.key(Key(.character(Unicode.Scalar(buffer[0])), .alt)))
    case .text: emit("\u{FFFD}", &events)
    default: break
    }
    reset()
  }

  private mutating func reset() {
    state = .ground
    buffer.removeAll(keepingCapacity: true)
    alt = false
  }

  private mutating func take(_ byte: UInt8, _ events: inout [InputEvent]) {
    switch state {
    case .ground: ground(byte, &events)
    case .escape: escape(byte, &events)
    case .single:
      if let key = Self.singleShift(byte) { events.append(.key(key)) }
      reset()
    case .control: control(byte, &events)
    case .string(let escaped): string(byte, escaped: escaped, &events)
    case .text: continueText(byte, &events)
    case .paste: paste(byte, &events)
    }
  }

  private mutating func ground(_ byte: UInt8, _ events: inout [InputEvent]) {
    let held: Key.Modifiers = alt ? .alt : []
    switch byte {
    case 0x1B: state = .escape
    case 0x0D, 0x0A:
      events.append(
        .key(byte == 0x0D ? Key(.enter, held) : Key(.character("j"), held.union(.control))))
      reset()
    case 0x09: key(Key(.tab, held), &events)
    case 0x7F, 0x08: key(Key(.backspace, byte == 0x08 ? held.union(.control) : held), &events)
    case 0x00: key(Key(.character(" "), held.union(.control)), &events)
    case 0x01...0x1A:
      key(Key(.character(Unicode.Scalar(byte + 0x60)), held.union(.control)), &events)
    case 0x1C...0x1F:
      key(Key(.character(Unicode.Scalar(byte + 0x40)), held.union(.control)), &events)
    case 0x20...0x7E: emit(Unicode.Scalar(byte), &events)
    case 0xC2...0xF4:
      expected = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      buffer = [byte]
      state = .text
    default: emit("\u{FFFD}", &events)
    }
  }

  private mutating func key(_ key: Key, _ events: inout [InputEvent]) {
    events.append(.key(key))
    reset()
  }

  private mutating func emit(_ scalar: Unicode.Scalar, _ events: inout [InputEvent]) {
    // C1 controls arrive only as encoded characters; they are no keys.
    if !(0x80...0x9F).contains(scalar.value) {
      events.append(.key(Key(.character(scalar), alt ? .alt : [])))
    }
    reset()
  }

  private mutating func escape(_ byte: UInt8, _ events: inout [InputEvent]) {
    switch byte {
    case UInt8(ascii: "["): state = .control
    case UInt8(ascii: "O"): state = .single
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"):
      buffer = [byte]
      state = .string(escaped: false)
    case 0x1B:
      if alt { events.append(.key(Key(.escape))) }
      alt = true
    default:
      alt = true
      state = .ground
      ground(byte, &events)
    }
  }

  private mutating func control(_ byte: UInt8, _ events: inout [InputEvent]) {
    switch byte {
    case 0x20...0x3F:
      if buffer.count < Self.sequenceLimit { buffer.append(byte) }
    case 0x40...0x7E:
      // The Linux console sends its first function keys as ESC [ [ A.
      if byte == UInt8(ascii: "["), buffer.isEmpty {
        buffer.append(byte)
        return
      }
      let parameters = buffer
      let held = alt
      reset()
      if parameters == Array("200".utf8), byte == UInt8(ascii: "~") {
        state = .paste
        pasteTail = 0
      } else if let event = ControlSequence(parameters: parameters, final: byte).event {
        if held, case .key(let key) = event {
          events.append(.key(Key(key.code, key.modifiers.union(.alt))))
        } else {
          events.append(event)
        }
      }
    case 0x1B:
      reset()
      state = .escape
    default:
      reset()
    }
  }

  private mutating func string(_ byte: UInt8, escaped: Bool, _ events: inout [InputEvent]) {
    if byte == 0x07 || (escaped && byte == UInt8(ascii: "\\")) {
      let sequence = StringSequence(introducer: buffer[0], body: buffer[1...])
      reset()
      if let reply = sequence.reply { events.append(.reply(reply)) }
    } else if byte == 0x18 || byte == 0x1A {
      reset()
    } else {
      // One byte past the limit marks a sequence as too long.
      if byte != 0x1B || escaped, buffer.count <= StringSequence.limit + 1 { buffer.append(byte) }
      state = .string(escaped: byte == 0x1B)
    }
  }

  private mutating func continueText(_ byte: UInt8, _ events: inout [InputEvent]) {
    guard (0x80...0xBF).contains(byte) else {
      emit("\u{FFFD}", &events)
      ground(byte, &events)
      return
    }
    buffer.append(byte)
    guard buffer.count == expected else { return }
    let scalars = String(decoding: buffer, as: UTF8.self).unicodeScalars
    emit(scalars.count == 1 ? scalars.first ?? "\u{FFFD}" : "\u{FFFD}", &events)
  }

  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  private mutating func paste(_ byte: UInt8, _ events: inout [InputEvent]) {
    if byte == Self.pasteEnd[pasteTail] {
      pasteTail += 1
      if pasteTail == Self.pasteEnd.count {
        events.append(.paste(String(decoding: buffer, as: UTF8.self)))
        reset()
      }
      return
    }
    // A false start of the end mark is text after all, but for its ESC.
    let kept = Self.pasteEnd[..<pasteTail].dropFirst()
    pasteTail = byte == 0x1B ? 1 : 0
    let added = byte == 0x1B ? Array(kept) : kept + [byte]
    buffer.append(contentsOf: added.prefix(max(0, Self.pasteLimit - buffer.count)))
  }

  private static func singleShift(_ byte: UInt8) -> Key? {
    switch byte {
    case UInt8(ascii: "P")...UInt8(ascii: "S"): Key(.function(Int(byte) - 0x4F))
    case UInt8(ascii: "M"): Key(.enter)
    default: ControlSequence.arrow(byte).map { Key($0) }
    }
  }
}
