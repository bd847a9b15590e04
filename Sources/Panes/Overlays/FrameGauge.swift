import Terminal

/// What the last frames cost, in a corner of the screen: it takes no keys, and draws nothing by itself.
struct FrameGauge {
  let log: FrameLog

  func draw(on surface: inout Surface, in area: Rect) {
    let size = (width: min(area.width, 44), height: 6)
    guard area.height >= size.height, size.width == 44 else { return }
    let rect = Rect(
      x: area.right - size.width, y: area.y, width: size.width, height: size.height)
    surface.fill(rect, Style(.overlay))
    let inside = surface.box(
      rect, title: "Frames", trailing: "the last \(log.count)", border: .overlayBorder,
      titleStyle: .overlayTitle)
    var lines: [SafeText] = [Self.line("", ["last", "p50", "p99", "most"])]
    lines.append(line("ms", { $0.time }, { Self.tenths($0 / .milliseconds(1)) }))
    lines.append(line("bytes", { $0.bytes }, { "\($0)" }))
    lines.append(line("cells", { $0.cells }, { "\($0)" }))
    for (y, line) in lines.enumerated() {
      surface.text(
        line, at: Point(x: inside.x + 1, y: inside.y + y), width: inside.width - 2,
        style: Style(y == 0 ? .dim : .overlay))
    }
  }

  private func line<Value: Comparable>(
    _ name: SafeText, _ value: (FrameLog.Frame) -> Value, _ text: (Value) -> SafeText
  ) -> SafeText {
    let values = [
      log.last.map(value), log.percentile(50, value), log.percentile(99, value),
      log.percentile(100, value),
    ]
    return Self.line(name, values.map { $0.map(text) ?? "-" })
  }

  private static func line(_ name: SafeText, _ columns: [SafeText]) -> SafeText {
    columns.reduce(name.padded(to: 6)) { "\($0)\($1.aligned(to: 8))" }
  }

  private static func tenths(_ value: Double) -> SafeText {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
