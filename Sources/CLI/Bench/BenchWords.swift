/// Words as unlike as those people use, the same on every run.
struct BenchWords {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  private mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// `count` bytes of words.
  mutating func text(_ count: Int) -> String {
    let consonants = Array("bdfgklmnprstvz".utf8)
    let vowels = Array("aeiou".utf8)
    var bytes: [UInt8] = []
    while bytes.count < count {
      // Few words are common, many are rare.
      var word = next() % (1 << (4 + next() % 10))
      repeat {
        bytes.append(consonants[Int(word % 14)])
        bytes.append(vowels[Int(word / 14 % 5)])
        word /= 70
      } while word > 0
      bytes.append(UInt8(ascii: " "))
    }
    bytes.removeLast(bytes.count - count)
    if bytes.last == UInt8(ascii: " ") { bytes[count - 1] = UInt8(ascii: ".") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
