import Testing

@testable import Relay

@Suite struct FrameReaderTests {
  @Test func `any split of the bytes gives the same frames`() throws {
    for seed in UInt64(0)..<100 { try split(Generator(state: seed)) }
  }

  private func split(_ start: Generator) throws {
    var generator = start
    let (bytes, expected) = conversation(using: &generator)
    #expect(try read([bytes]) == expected)
    #expect(try read(bytes.map { [$0] }) == expected)
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 0...300, using: &generator))
      pieces.append(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    #expect(try read(pieces) == expected)
  }

  @Test func `bytes of chance end in the same fault, split or whole`() {
    for seed in UInt64(0)..<200 { disturb(Generator(state: 7_000 + seed)) }
  }

  private func disturb(_ start: Generator) {
    var generator = start
    var (bytes, _) = conversation(using: &generator)
    for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
        in: .min ... .max, using: &generator)
    }
    let whole = Result { try read([bytes], limit: 2_000) }
    let split = Result { try read(bytes.map { [$0] }, limit: 2_000) }
    switch (whole, split) {
    case (.success(let one), .success(let other)): #expect(one == other)
    case (.failure(let one), .failure(let other)):
      #expect(one as? FrameFault == other as? FrameFault)
    default: Issue.record("\(whole) is not \(split)")
    }
  }

  @Test(arguments: [
    ([0xc1, 0], FrameFault.reserved), ([0xa1, 0], .reserved), ([0x91, 0], .reserved),
    ([0x83, 0], .opcode), ([0x87, 0], .opcode), ([0x8b, 0], .opcode), ([0x8f, 0], .opcode),
    ([0x81, 0x81, 1, 2, 3, 4, 5], .masked), ([0x89, 0x80], .masked),
    ([0x81, 126, 0, 125], .length), ([0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], .length),
    ([0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], .length),
    ([0x09, 0], .control), ([0x08, 0], .control), ([0x89, 126, 0, 126], .control),
    ([0x80, 0], .continuation), ([0x01, 1, 0x78, 0x80, 0, 0x80, 0], .continuation),
    ([0x01, 1, 0x78, 0x81, 0], .interrupted), ([0x01, 0, 0x01, 0], .interrupted),
    ([0x82, 0], .binary), ([0x02, 0], .binary),
    ([0x88, 1, 3], .close), ([0x88, 2, 0x03, 0xe7], .close), ([0x88, 2, 0x03, 0xed], .close),
    ([0x88, 2, 0x07, 0xcf], .close), ([0x88, 2, 0x13, 0x88], .close),
    ([0x88, 3, 0x03, 0xe8, 0xff], .text),
    ([0x81, 1, 0xff], .text), ([0x81, 2, 0xc3, 0x28], .text), ([0x81, 3, 0xed, 0xa0, 0x80], .text),
    ([0x81, 2, 0xc0, 0x80], .text), ([0x01, 1, 0xc3, 0x80, 0], .text),
    ([0x81, 126, 0x03, 0xe9], .tooLong(1_000)),
    ([0x01, 1, 0x78, 0x80, 126, 0x03, 0xe8], .tooLong(1_000)),
    ([0x81, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .tooLong(1_000)),
  ])
  func `every breach of the protocol has its name`(bytes: [UInt8], fault: FrameFault) {
    #expect(throws: fault) { try read([bytes], limit: 1_000) }
    #expect(throws: fault) { try read(bytes.map { [$0] }, limit: 1_000) }
  }

  @Test func `a character may be cut by fragments and pings`() throws {
    let bytes: [UInt8] = [0x01, 1, 0xc3, 0x89, 2, 0x68, 0x69, 0x80, 1, 0xa9]
    #expect(try read([bytes]) == [.ping([0x68, 0x69]), .message(Array("é".utf8))])
  }

  @Test(arguments: [
    ([0x88, 0], Received.close(code: nil, reason: "")),
    ([0x88, 2, 0x03, 0xe8], .close(code: 1000, reason: "")),
    ([0x88, 4, 0x0b, 0xb8, 0x6e, 0x6f], .close(code: 3000, reason: "no")),
  ])
  func `a close frame tells its code and words`(bytes: [UInt8], said: Received) throws {
    #expect(try read([bytes]) == [said])
  }

  @Test(arguments: [0, 1, 7, 8, 63, 64, 65, 127, 128, 1_000])
  func `a byte that is no ASCII is found wherever it stands`(length: Int) {
    let text = [UInt8](repeating: 0x78, count: length)
    #expect(UTF8Check.isValid(text))
    for place in text.indices {
      var broken = text
      broken[place] = 0x80
      #expect(!UTF8Check.isValid(broken))
      broken.replaceSubrange(place...place, with: Array("ü".utf8))
      #expect(UTF8Check.isValid(broken))
    }
  }

  private func read(_ pieces: [[UInt8]], limit: Int = 200_000) throws -> [Received] {
    var reader = FrameReader(limit: limit)
    var all: [Received] = []
    for piece in pieces {
      try piece.withUnsafeBytes { try reader.read($0) { all.append($0) } }
    }
    return all
  }

  /// Messages in one frame or many, with control frames wherever they may stand.
  private func conversation(using generator: inout Generator) -> ([UInt8], [Received]) {
    var bytes: [UInt8] = []
    var expected: [Received] = []
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let sizes = [0, 1, 125, 126, 300, 1_000, 65_535, 65_536]
      let size =
        sizes.prefix(generator.next() % 8 == 0 ? 8 : 6).randomElement(using: &generator) ?? 0
      let text = (0..<size).map { UInt8(0x20 + $0 % 90) }
      var rest = text[...]
      var isFirst = true
      repeat {
        let isWhole = Bool.random(using: &generator)
        let piece = isWhole ? rest : rest.prefix(Int.random(in: 0...400, using: &generator))
        rest = rest.dropFirst(piece.count)
        append(Array(piece), isFirst ? 1 : 0, isFinal: rest.isEmpty, to: &bytes)
        isFirst = false
        if rest.isEmpty { expected.append(.message(text)) }
        if generator.next() % 4 == 0 {
          append([0x21], 9, isFinal: true, to: &bytes)
          expected.append(.ping([0x21]))
        }
        if generator.next() % 8 == 0 {
          append([], 10, isFinal: true, to: &bytes)
          expected.append(.pong)
        }
      } while !rest.isEmpty
    }
    return (bytes, expected)
  }

  private func append(
    _ payload: [UInt8], _ opcode: UInt8, isFinal: Bool, to bytes: inout [UInt8]
  ) {
    bytes.append((isFinal ? 0x80 : 0) | opcode)
    switch payload.count {
    case ..<126: bytes.append(UInt8(payload.count))
    case ..<65_536: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
    default:
      bytes += [127, 0, 0, 0, 0] + (0..<4).map { UInt8(payload.count >> (24 - $0 * 8) & 0xff) }
    }
    bytes += payload
  }
}

/// Numbers of chance that are the same in every run (SplitMix64).
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
