private import Glibc

/// How many colours the terminal shows.
package enum ColorDepth: Int, Comparable, Sendable {
  case mono, sixteen, indexed, direct
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Workspace 4.4: `NO_COLOR` wins, then `COLORTERM`, then what terminfo says.
  package static func decide(environment: [String: String], terminfoColors: Int) -> ColorDepth {
    if let none = environment["NO_COLOR"], !none.isEmpty { return .mono }
    if terminfoColors >= 256 {
      let claim = environment["COLORTERM"]
      return claim == "truecolor" || claim == "24bit" ? .direct : .indexed
    }
    return terminfoColors >= 8 ? .sixteen : .mono
  }
}

/// A colour: the terminal's own, one of its sixteen, or exact with stand-ins for lesser terminals.
package struct Color: Hashable, Sendable {
  enum Base: Hashable, Sendable { case standard, ansi(UInt8), exact(UInt32) }

  let base: Base
  /// 16...255, for terminals with 256 colours.
  let indexed: UInt8
  /// 0...15, nil for the terminal's own.
  let ansi: UInt8?

  private init(base: Base, indexed: UInt8, ansi: UInt8?) {
    self.base = base
    self.indexed = indexed
    self.ansi = ansi
  }

  /// The terminal's own foreground or background.
  package static let standard = Color(base: .standard, indexed: 0, ansi: nil)

  /// One of the sixteen, which the user's scheme defines.
  package static func ansi(_ number: UInt8) -> Color {
    Color(base: .ansi(number & 15), indexed: number & 15, ansi: number & 15)
  }

  /// `0xRRGGBB`; stand-ins not given are the nearest in OKLab.
  package static func exact(_ rgb: UInt32, indexed: UInt8? = nil, ansi: UInt8?? = nil) -> Color {
    Color(
      base: .exact(rgb & 0xFFFFFF),
      indexed: indexed ?? UInt8(nearestIndex(to: rgb, in: 16...255)),
      ansi: ansi ?? UInt8(nearestIndex(to: rgb, in: 0...15)))
  }

  static let names: [String: Color] = {
    let plain = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
    var names = ["default": Color.standard]
    for (number, name) in plain.enumerated() {
      names[name] = .ansi(UInt8(number))
      names["bright-" + name] = .ansi(UInt8(number + 8))
    }
    return names
  }()

  /// The value of a colour of xterm's 256.
  static func rgb(ofIndex index: Int) -> UInt32 {
    let basic: [UInt32] = [
      0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
      0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ]
    if index < 16 { return basic[index] }
    if index >= 232 {
      let gray = UInt32(8 + 10 * (index - 232))
      return gray << 16 | gray << 8 | gray
    }
    func level(_ step: Int) -> UInt32 { step == 0 ? 0 : UInt32(55 + 40 * step) }
    let cube = index - 16
    return level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6)
  }

  private static func nearestIndex(to rgb: UInt32, in range: ClosedRange<Int>) -> Int {
    let target = lab(rgb)
    func distance(_ index: Int) -> Double {
      let delta = lab(Self.rgb(ofIndex: index)) - target
      return (delta * delta).sum()
    }
    return range.min { distance($0) < distance($1) } ?? range.lowerBound
  }

  /// OKLab, by Björn Ottosson's published matrices.
  private static func lab(_ rgb: UInt32) -> SIMD3<Double> {
    func linear(_ shift: UInt32) -> Double {
      let value = Double(rgb >> shift & 0xFF) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let (r, g, b) = (linear(16), linear(8), linear(0))
    let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return SIMD3(
      0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)
  }
}
