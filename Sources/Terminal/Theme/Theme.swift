package import ConfigLines

/// A look for every style. Read from lines `theme`, `inherit`, `color` and `style`, and nothing
/// else, so a theme from a stranger can only change how things look.
package struct Theme: Sendable {
  package let name: String
  /// What the file says after its name; nil when it suits both.
  package let isDark: Bool?
  /// Whether it promises 7:1.
  package let isHighContrast: Bool
  private let looks: [Look]

  /// The look of a style. In `.mono` the colours are the terminal's own.
  package func look(of style: Style, depth: ColorDepth = .direct) -> Look {
    var look = looks[style.key]
    if depth == .mono {
      look.foreground = .standard
      look.background = .standard
      look.attributes = look.mono ?? look.attributes
    }
    return look
  }

  /// Reads a theme. Every problem costs one line; what is left is always a whole theme.
  /// `source` gives the inherited theme of a name: everything of that name, the nearest first.
  package static func parse(
    _ text: String, file: String,
    source: @escaping (String) -> [ConfigSource] = { ConfigPlaces.builtin.candidates(.theme, $0) }
  ) -> (theme: Theme, problems: [ConfigProblem]) {
    let reading = ThemeReading(
      ConfigSource(file: file, text: text), names: shippedNames, source: source)
    return (reading.theme, reading.problems)
  }

  /// The names of the themes in the binary, the default first.
  package static let shippedNames = [
    "terminal", "dark", "light", "high-contrast-dark", "high-contrast-light", "mono",
    "solarized-dark", "solarized-light", "gruvbox-dark", "gruvbox-light", "nord",
    "catppuccin-mocha", "catppuccin-latte", "tokyo-night", "modus-deuteranopia",
    "modus-deuteranopia-light",
  ]

  /// The text of a theme in the binary: one of `shippedNames`, or `base`, which they inherit.
  package static func shipped(_ name: String) -> String? {
    let bytes: [UInt8]
    switch name {
    case "base": bytes = PackageResources.base_theme
    case "terminal": bytes = PackageResources.terminal_theme
    case "dark": bytes = PackageResources.dark_theme
    case "light": bytes = PackageResources.light_theme
    case "high-contrast-dark": bytes = PackageResources.high_contrast_dark_theme
    case "high-contrast-light": bytes = PackageResources.high_contrast_light_theme
    case "mono": bytes = PackageResources.mono_theme
    case "solarized-dark": bytes = PackageResources.solarized_dark_theme
    case "solarized-light": bytes = PackageResources.solarized_light_theme
    case "gruvbox-dark": bytes = PackageResources.gruvbox_dark_theme
    case "gruvbox-light": bytes = PackageResources.gruvbox_light_theme
    case "nord": bytes = PackageResources.nord_theme
    case "catppuccin-mocha": bytes = PackageResources.catppuccin_mocha_theme
    case "catppuccin-latte": bytes = PackageResources.catppuccin_latte_theme
    case "tokyo-night": bytes = PackageResources.tokyo_night_theme
    case "modus-deuteranopia": bytes = PackageResources.modus_deuteranopia_theme
    case "modus-deuteranopia-light": bytes = PackageResources.modus_deuteranopia_light_theme
    default: return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The default: the sixteen colours of the user's own scheme.
  package static let terminal = parse(shipped("terminal") ?? "", file: "terminal.theme").theme
  /// Exact colours on a dark ground.
  package static let dark = parse(shipped("dark") ?? "", file: "dark.theme").theme

  /// No colours; for tests and as a last resort.
  package static let plain = parse("theme plain\n", file: "plain.theme").theme

  init(name: String, isDark: Bool?, isHighContrast: Bool, looks: [Look]) {
    self.name = name
    self.isDark = isDark
    self.isHighContrast = isHighContrast
    // A theme without any colour is a theme for terminals without any.
    let hasColor = looks.contains { $0.foreground != .standard || $0.background != .standard }
    self.looks =
      hasColor
      ? looks
      : looks.map {
        var look = $0
        look.attributes = look.mono ?? look.attributes
        return look
      }
  }
}
