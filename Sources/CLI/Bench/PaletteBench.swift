import Terminal

/// A key in the palette among ten thousand things.
enum PaletteBench {
  static let items = 10_000

  static func run() throws -> [Figure] {
    var words = BenchWords(seed: 7)
    let items = (0..<items).map { index in
      Picker<Int>.Item(
        index, SafeText(untrusted: words.text(24 + index % 40)),
        detail: SafeText(untrusted: "\(index)"), bonus: index % 7)
    }
    let opened = Measure.seconds { _ = Picker(title: "All", items: items) }
    var picker = Picker(title: "All", items: items)
    var surface = Surface(Size(columns: 200, rows: 60))
    var times: [Double] = []
    for word in ["bada", "du ge", "99", "xyzzy", "s"] {
      for scalar in word.unicodeScalars {
        times.append(
          Measure.seconds {
            _ = picker.press(Key(.character(scalar)))
            picker.draw(on: &surface, in: surface.area)
          })
      }
      for _ in word.unicodeScalars { _ = picker.press(Key(.backspace)) }
      guard picker.shown.count == Self.items else { throw BenchError.wrong("items were lost") }
    }
    let sorted = times.sorted()
    return [
      Figure(
        id: "B7", name: "palette of 10000 things, opened", value: opened * 1e3, unit: "ms"),
      Figure(
        id: "B7", name: "palette of 10000 things, a key, median",
        value: Measure.median(times) * 1e3, unit: "ms"),
      Figure(
        id: "B7", name: "palette of 10000 things, the slowest key",
        value: (sorted.last ?? 0) * 1e3, unit: "ms", goal: "≤ 5 ms"),
    ]
  }
}
