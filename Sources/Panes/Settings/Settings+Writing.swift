package import Home
import Terminal

extension Settings {
  /// Changes one setting of `studio.conf`; every other line stays as it is.
  ///
  /// - Throws: `invalid_argument` for a theme or keymap that there is not.
  package static func set(_ setting: String, to value: String, in home: Home) throws(StudioError) {
    switch setting {
    case "theme": try check(value, among: themes(of: home).list().map(\.name), setting)
    case "keymap": try check(value, among: keymaps(of: home).list().map(\.name), setting)
    default: break
    }
    try Configuration.set(setting, to: value, in: home)
  }

  private static func check(
    _ value: String, among names: [String], _ setting: String
  ) throws(StudioError) {
    guard !names.contains(value) else { return }
    throw StudioError(
      "invalid_argument", "there is no \(setting) “\(value.prefix(80))”", field: setting,
      value: value, hint: "there is \(names.joined(separator: ", "))")
  }
}
