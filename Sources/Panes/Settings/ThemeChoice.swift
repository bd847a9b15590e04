/// Which theme is wanted: one, or one for a dark and one for a light ground, as in
/// `dark=nord light=solarized-light`.
package enum ThemeChoice: Hashable, Sendable {
  case one(String)
  case pair(dark: String, light: String)

  /// What follows `theme` in studio.conf. A half that is missing is the default of its kind.
  package init(_ text: String) {
    let words = text.split { $0 == " " || $0 == "\t" }
    func half(_ name: String) -> String? {
      words.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
    let (dark, light) = (half("dark"), half("light"))
    self =
      dark == nil && light == nil
      ? .one(text) : .pair(dark: dark ?? "dark", light: light ?? "light")
  }

  /// The theme for a ground; the dark one where the terminal does not tell.
  package func name(isDark: Bool?) -> String {
    switch self {
    case .one(let name): name
    case .pair(let dark, let light): isDark ?? true ? dark : light
    }
  }

  /// The same choice with another theme for this ground.
  func replacing(_ name: String, isDark: Bool?) -> ThemeChoice {
    switch self {
    case .one: .one(name)
    case .pair(let dark, let light):
      isDark ?? true ? .pair(dark: name, light: light) : .pair(dark: dark, light: name)
    }
  }

  /// Every theme in it.
  package var names: [String] {
    switch self {
    case .one(let name): [name]
    case .pair(let dark, let light): dark == light ? [dark] : [dark, light]
    }
  }

  /// As studio.conf writes it.
  package var text: String {
    switch self {
    case .one(let name): name
    case .pair(let dark, let light): "dark=\(dark) light=\(light)"
    }
  }
}
