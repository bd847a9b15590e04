/// A whole CSI sequence from the terminal.
struct ControlSequence {
  let parameters: [UInt8]
  let final: UInt8

  var event: InputEvent? {
    if parameters.first == UInt8(ascii: "<") { return mouse }
    if let reply { return .reply(reply) }
    if parameters.first == UInt8(ascii: "[") {
      let number = Int(final) - Int(UInt8(ascii: "A")) + 1
      return (1...5).contains(number) ? .key(Key(.function(number))) : nil
    }
    guard parameters.allSatisfy({ (0x30...0x3B).contains($0) }) else { return nil }
    let numbers = Self.numbers(parameters)
    if isRelease { return nil }
    switch final {
    case UInt8(ascii: "I") where parameters.isEmpty: return .focus(true)
    case UInt8(ascii: "O") where parameters.isEmpty: return .focus(false)
    case UInt8(ascii: "Z"): return .key(Key(.tab, .shift))
    case UInt8(ascii: "~"): return tilde(numbers)
    case UInt8(ascii: "u"):
      return isOfTheSystem(numbers, 1) ? nil : encoded(numbers.first ?? 0, modifier(numbers, 1))
    case UInt8(ascii: "P")...UInt8(ascii: "S"):
      // CSI n ; n R is also a late answer with the cursor's place: only 1;modifier is a key.
      guard numbers.isEmpty || (numbers.count == 2 && numbers[0] == 1) else { return nil }
      return .key(Key(.function(Int(final) - 0x4F), modifier(numbers, 1)))
    default:
      guard let code = Self.arrow(final) else { return nil }
      return .key(Key(code, modifier(numbers, 1)))
    }
  }

  static func numbers(_ bytes: [UInt8]) -> [Int] {
    guard !bytes.isEmpty else { return [] }
    return bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
      field in
      let digits = field.prefix { $0 != UInt8(ascii: ":") }
      return digits.count > 7 ? 0 : Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }
  }

  private func modifier(_ numbers: [Int], _ index: Int) -> Key.Modifiers {
    guard index < numbers.count, numbers[index] > 0 else { return [] }
    return Key.Modifiers(rawValue: UInt8((numbers[index] - 1) & 7))
  }

  /// Super, Hyper or Meta was held: the window manager's key and nobody else's.
  private func isOfTheSystem(_ numbers: [Int], _ index: Int) -> Bool {
    index < numbers.count && numbers[index] > 0 && (numbers[index] - 1) & 0x38 != 0
  }

  /// The kitty protocol's `:3` after what is held: the key went up.
  private var isRelease: Bool {
    let fields = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    return fields.count > 1 && fields[1].suffix(2).elementsEqual(":3".utf8)
  }

  static func arrow(_ byte: UInt8) -> Key.Code? {
    switch byte {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    default: nil
    }
  }

  private func tilde(_ numbers: [Int]) -> InputEvent? {
    guard let first = numbers.first else { return nil }
    if first == 27, numbers.count == 3 { return encoded(numbers[2], modifier(numbers, 1)) }
    let code: Key.Code
    switch first {
    case 1, 7: code = .home
    case 2: code = .insert
    case 3: code = .delete
    case 4, 8: code = .end
    case 5: code = .pageUp
    case 6: code = .pageDown
    case 11...15: code = .function(first - 10)
    case 17...21: code = .function(first - 11)
    case 23...26: code = .function(first - 12)
    case 28, 29: code = .function(first - 13)
    case 31...34: code = .function(first - 14)
    default: return nil
    }
    return .key(Key(code, modifier(numbers, 1)))
  }

  /// A key by its code point, from CSI u or modifyOtherKeys.
  private func encoded(_ value: Int, _ modifiers: Key.Modifiers) -> InputEvent? {
    switch value {
    case 13: return .key(Key(.enter, modifiers))
    case 9: return .key(Key(.tab, modifiers))
    case 27: return .key(Key(.escape, modifiers))
    case 8, 127: return .key(Key(.backspace, modifiers))
    case 0xE000...0xF8FF: return Self.keypad(value).map { .key(Key($0, modifiers)) }
    case 0..<0x20, 0x80...0x9F: return nil
    default:
      guard var scalar = UInt32(exactly: value).flatMap({ Unicode.Scalar($0) }) else { return nil }
      // Shift belongs to the character.
      if modifiers.contains(.shift),
        let upper = scalar.properties.uppercaseMapping.unicodeScalars.first,
        scalar.properties.uppercaseMapping.unicodeScalars.count == 1
      {
        scalar = upper
      }
      return .key(Key(.character(scalar), modifiers.subtracting(.shift)))
    }
  }

  /// The kitty protocol's numbers for the keypad, and for F13 to F24.
  private static func keypad(_ value: Int) -> Key.Code? {
    switch value {
    case 57_376...57_387: .function(value - 57_376 + 13)
    case 57_399...57_408: .character(Unicode.Scalar(UInt8(value - 57_399 + 0x30)))
    case 57_409: .character(".")
    case 57_410: .character("/")
    case 57_411: .character("*")
    case 57_412: .character("-")
    case 57_413: .character("+")
    case 57_414: .enter
    case 57_415: .character("=")
    case 57_416: .character(",")
    case 57_417: .left
    case 57_418: .right
    case 57_419: .up
    case 57_420: .down
    case 57_421: .pageUp
    case 57_422: .pageDown
    case 57_423: .home
    case 57_424: .end
    case 57_425: .insert
    case 57_426: .delete
    default: nil
    }
  }

  private var mouse: InputEvent? {
    let numbers = Self.numbers(Array(parameters.dropFirst()))
    guard numbers.count == 3, final == UInt8(ascii: "M") || final == UInt8(ascii: "m") else {
      return nil
    }
    let (bits, x, y) = (numbers[0], numbers[1] - 1, numbers[2] - 1)
    guard x >= 0, y >= 0 else { return nil }
    var modifiers: Key.Modifiers = []
    if bits & 4 != 0 { modifiers.insert(.shift) }
    if bits & 8 != 0 { modifiers.insert(.alt) }
    if bits & 16 != 0 { modifiers.insert(.control) }
    let action: Mouse.Action
    switch (bits & 64 != 0, bits & 3, bits & 32 != 0) {
    case (true, 0, _): action = .wheelUp
    case (true, 1, _): action = .wheelDown
    case (true, _, _): return nil
    case (false, 3, _): return nil
    case (false, _, true): action = .drag
    default: action = final == UInt8(ascii: "M") ? .press : .release
    }
    return .mouse(
      Mouse(
        action: action, button: bits & 64 != 0 ? 0 : bits & 3, point: Point(x: x, y: y),
        modifiers: modifiers))
  }
}
