package import ConfigLines

/// The themes that can be chosen, wherever they are.
package struct ThemeStore: Sendable {
  /// One of them.
  package struct Entry: Hashable, Sendable {
    /// As `theme NAME` in studio.conf names it.
    package let name: String
    /// What the file calls itself.
    package let title: String
    /// nil when it suits both.
    package let isDark: Bool?
    package let origin: ConfigPlaces.Origin
    /// Its path, or the name of the file in the binary.
    package let file: String
  }

  package static let defaultName = "terminal"

  package let places: ConfigPlaces

  package init(places: ConfigPlaces) { self.places = places }

  /// Every theme: those of the binary in their order, then the others by name.
  package func list() -> [Entry] {
    let order = Theme.shippedNames
    let names = places.names(.theme).sorted {
      (order.firstIndex(of: $0.name) ?? order.count, $0.name)
        < (order.firstIndex(of: $1.name) ?? order.count, $1.name)
    }
    return names.compactMap { name, origin in
      guard let source = source(name) else { return nil }
      let theme = ThemeReading(source, names: order, source: candidates).theme
      return Entry(
        name: name, title: theme.name, isDark: theme.isDark, origin: origin, file: source.file)
    }
  }

  /// The nearest theme of a name.
  package func source(_ name: String) -> ConfigSource? { candidates(name).first }

  /// Reads a theme; read it again after its file has changed. An unknown name gives the default and
  /// a problem.
  package func load(_ name: String) -> (theme: Theme, problems: [ConfigProblem]) {
    guard let source = source(name) else {
      let message = "no theme named “\(name)”"
      return (
        .terminal,
        [
          ConfigProblem(
            file: "theme", message: message,
            suggestion: nearest(name, among: places.names(.theme).map(\.name)))
        ]
      )
    }
    let reading = ThemeReading(
      source, names: places.names(.theme).map(\.name), source: candidates)
    return (reading.theme, reading.problems)
  }

  /// Reads a theme and looks at it as `Theme.check` does.
  package func check(_ source: ConfigSource) -> ThemeReport {
    Theme.check(source, candidates: candidates)
  }

  private var candidates: (String) -> [ConfigSource] {
    let places = places
    return { places.candidates(.theme, $0) }
  }
}
