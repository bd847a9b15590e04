/// What a terminal has told about itself; what is not told is as in the oldest of them.
package struct TerminalFeatures: Hashable, Sendable {
  /// Its name and version, printable ASCII; nil when it does not say.
  package var name: String?
  package var synchronizes = false
  package var hasKittyKeyboard = false
  /// It shows notifications by OSC 99.
  package var notifies = false
  /// The ground behind text; nil when it does not say.
  package var isDark: Bool?
  /// The clusters that it draws as wide as Unicode says; nil when it was not asked.
  package var emoji: EmojiPolicy?
  /// It gives two columns to signs such as ●.
  package var hasWideSigns = false

  package init() {}
}
