/// What the last frames cost. A pure value.
package struct FrameLog: Sendable {
  /// One frame.
  package struct Frame: Hashable, Sendable {
    /// From the beginning of drawing until the terminal was handed its bytes.
    package let time: Duration
    package let bytes: Int
    /// How many are other than in the frame before.
    package let cells: Int

    package init(time: Duration, bytes: Int, cells: Int) {
      self.time = time
      self.bytes = bytes
      self.cells = cells
    }
  }

  /// How many are kept.
  package static let capacity = 200

  /// The last ones, in no order.
  private var frames: [Frame] = []
  private var next = 0
  package private(set) var last: Frame?

  package init() {}

  package var count: Int { frames.count }

  package mutating func add(_ frame: Frame) {
    last = frame
    if frames.count < Self.capacity {
      frames.append(frame)
    } else {
      frames[next] = frame
      next = (next + 1) % Self.capacity
    }
  }

  /// The value that so many percent of the frames do not exceed; `nil` without any.
  package func percentile<Value: Comparable>(_ percent: Int, _ value: (Frame) -> Value) -> Value? {
    let sorted = frames.map(value).sorted()
    guard !sorted.isEmpty else { return nil }
    return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
  }
}
