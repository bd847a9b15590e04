import Testing

@testable import Worker

@Suite struct LineSplitterTests {
  @Test func `lines are the same however the bytes fall`() {
    let bytes = Array("one\ntwo ü\n\nthree".utf8)
    for size in 1...bytes.count {
      var splitter = LineSplitter()
      var lines: [[UInt8]] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        lines += splitter.feed(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      lines.append(splitter.finish() ?? [])
      #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "two ü", "", "three"])
    }
  }
}
