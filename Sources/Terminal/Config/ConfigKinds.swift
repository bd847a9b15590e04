package import ConfigLines

extension ConfigPlaces.Kind {
  package static let theme = Self(
    folder: "themes", suffix: ".theme", builtin: Theme.shippedNames, hidden: ["base"],
    text: { Theme.shipped($0) })

  package static let keymap = Self(
    folder: "keymaps", suffix: ".keymap", builtin: Keymap.shippedNames,
    text: { Keymap.shipped($0) })
}
