/// Cuts a stream of bytes into lines, however the pieces fall. A line over the limit is passed over whole.
struct LineSplitter: Sendable {
  static let longest = 16 << 20

  private var partial: [UInt8] = []
  private var skips = false
  /// Lines that were too long.
  private(set) var skipped = 0
  private var told = 0

  /// That lines were passed over since the last time it was asked; `nil` when none were.
  mutating func takeWarning() -> RunFact? {
    guard skipped > told else { return nil }
    told = skipped
    return .warning("a line over \(Self.longest) bytes was passed over")
  }

  mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      take(rest[..<end])
      rest = rest[(end + 1)...]
      if skips { skips = false } else { lines.append(partial) }
      partial = []
    }
    take(rest)
    return lines
  }

  /// The line that has no end; `nil` when there is none.
  mutating func finish() -> [UInt8]? {
    defer {
      partial = []
      skips = false
    }
    return partial.isEmpty || skips ? nil : partial
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) {
    guard !skips else { return }
    guard partial.count + bytes.count <= Self.longest else {
      skips = true
      skipped += 1
      partial = []
      return
    }
    partial += bytes
  }
}
