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

  /// `0xRRGGBB`. Stand-ins not given: the nearest in OKLab of 256, and by hue of sixteen.
  package static func exact(_ rgb: UInt32, indexed: UInt8? = nil, ansi: UInt8?? = nil) -> Color {
    Color(
      base: .exact(rgb & 0xFFFFFF),
      indexed: indexed ?? nearestIndex(to: rgb), ansi: ansi ?? sixteenth(of: rgb))
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

  private static let cube: [SIMD3<Double>] = (16...255).map { lab(rgb(ofIndex: $0)) }

  private static func nearestIndex(to rgb: UInt32) -> UInt8 {
    let target = lab(rgb)
    func distance(_ index: Int) -> Double {
      let delta = cube[index] - target
      return (delta * delta).sum()
    }
    return UInt8(16 + (cube.indices.min { distance($0) < distance($1) } ?? 0))
  }

  /// The last hue in degrees of each of the sixteen's own; beyond the last it is red again.
  private static let hues: [(upTo: Double, ansi: UInt8)] = [
    (65, 1), (125, 3), (170, 2), (230, 6), (290, 4), (350, 5), (360, 1),
  ]

  /// By hue, and grey by lightness: the nearest of sixteen would be grey for every pastel.
  private static func sixteenth(of rgb: UInt32) -> UInt8 {
    let lab = lab(rgb)
    if lab.y * lab.y + lab.z * lab.z < 0.03 * 0.03 {
      return lab.x < 0.3 ? 0 : lab.x < 0.7 ? 8 : lab.x < 0.95 ? 7 : 15
    }
    var degrees = atan2(lab.z, lab.y) * 180 / .pi
    if degrees < 0 { degrees += 360 }
    return hues.first { degrees <= $0.upTo }?.ansi ?? 1
  }

  /// The value on a terminal of this depth; nil where the user's scheme decides.
  func value(at depth: ColorDepth) -> UInt32? {
    guard case .exact(let rgb) = base else { return nil }
    switch depth {
    case .direct: return rgb
    case .indexed: return Self.rgb(ofIndex: Int(indexed))
    case .sixteen, .mono: return nil
    }
  }

  /// The contrast of two colours (WCAG 2.1), 1 to 21.
  static func contrast(_ one: UInt32, _ other: UInt32) -> Double {
    let (a, b) = (luminance(one), luminance(other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private static func luminance(_ rgb: UInt32) -> Double {
    let linear = linear(rgb)
    return 0.2126 * linear.x + 0.7152 * linear.y + 0.0722 * linear.z
  }

  private static func linear(_ rgb: UInt32) -> SIMD3<Double> {
    func channel(_ shift: UInt32) -> Double {
      let value = Double(rgb >> shift & 0xFF) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return SIMD3(channel(16), channel(8), channel(0))
  }

  /// OKLab, by Björn Ottosson's published matrices.
  private static func lab(_ rgb: UInt32) -> SIMD3<Double> {
    let linear = linear(rgb)
    let (r, g, b) = (linear.x, linear.y, linear.z)
    let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return SIMD3(
      0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)
  }
}
