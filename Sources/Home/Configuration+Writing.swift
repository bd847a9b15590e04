extension Configuration {
  /// Changes one setting in the file of a home: its last line with that setting, or a new one; comments and every
  /// other line stay as they are.
  package static func set(_ setting: String, to value: String, in home: Home) throws(StudioError) {
    let isLine = !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    guard settings.contains(setting), isLine, value.utf8.count <= 1_000 else {
      throw StudioError(
        "invalid_argument", "a setting of studio.conf is one line", field: setting, value: value)
    }
    let bytes = try SystemCall.read(home.configFile, limit: 65_536) ?? []
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let line = ArraySlice(Array("\(setting) \(value)".utf8))
    let index = lines.lastIndex { line in
      line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }.first?.elementsEqual(setting.utf8)
        ?? false
    }
    if let index { lines[index] = line } else { lines.append(line) }
    let all = lines.flatMap { Array($0) + [UInt8(ascii: "\n")] }
    try SystemCall.replace(home.configFile, with: all, mode: 0o600)
  }
}
