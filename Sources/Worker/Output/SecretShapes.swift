/// Secrets that are known by their looks.
enum SecretShapes {
  /// A secret's beginning, how many more such characters it takes at least, and which they are.
  private struct Shape {
    let prefix: [UInt8]
    let least: Int
    let allowed: @Sendable (UInt8) -> Bool

    init(_ prefix: String, _ least: Int, _ allowed: @escaping @Sendable (UInt8) -> Bool) {
      self.prefix = Array(prefix.utf8)
      self.least = least
      self.allowed = allowed
    }
  }

  private static let shapes: [Shape] = [
    // Bech32 in either case; the keys of this program.
    Shape("nsec1", 50, isAlphanumeric), Shape("NSEC1", 50, isAlphanumeric),
    Shape("ncryptsec1", 50, isAlphanumeric),
    Shape("sk-ant-", 20, isWord), Shape("sk-", 20, isWord), Shape("sk_live_", 16, isWord),
    Shape("rk_live_", 16, isWord), Shape("ghp_", 30, isAlphanumeric),
    Shape("gho_", 30, isAlphanumeric), Shape("ghu_", 30, isAlphanumeric),
    Shape("ghs_", 30, isAlphanumeric), Shape("ghr_", 30, isAlphanumeric),
    Shape("github_pat_", 40, isWord), Shape("glpat-", 16, isWord), Shape("xoxb-", 16, isWord),
    Shape("xoxp-", 16, isWord), Shape("xoxa-", 16, isWord), Shape("AKIA", 16, isUpper),
    Shape("ASIA", 16, isUpper), Shape("AIza", 30, isWord), Shape("npm_", 30, isAlphanumeric),
    Shape("hf_", 30, isAlphanumeric), Shape("pypi-", 40, isWord), Shape("eyJ", 40, isToken),
  ]

  private static let firsts = Set(shapes.map { $0.prefix[0] })
  private static let pem = Array("-----BEGIN ".utf8)
  private static let pemEnd = Array("-----END ".utf8)

  static func matches(in bytes: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = 0
    var isInside = false
    while index < bytes.count {
      let byte = bytes[index]
      if !isInside, let end = match(at: index, in: bytes) {
        found.append(index..<end)
        index = end
        isInside = isWord(bytes[end - 1])
        continue
      }
      isInside = isWord(byte)
      index += 1
    }
    return found
  }

  /// The end of a secret that begins here, where a word begins.
  private static func match(at start: Int, in bytes: [UInt8]) -> Int? {
    if isHex(bytes[start]) {
      let end = run(from: start, in: bytes, isHex)
      if end - start == 64, end == bytes.count || !isAlphanumeric(bytes[end]) { return end }
    }
    if bytes[start] == UInt8(ascii: "-"), bytes[start...].starts(with: pem) {
      return privateKey(from: start, in: bytes)
    }
    guard firsts.contains(bytes[start]) else { return nil }
    for shape in shapes where bytes[start...].starts(with: shape.prefix) {
      let from = start + shape.prefix.count
      let end = run(from: from, in: bytes, shape.allowed)
      if end - from >= shape.least { return end }
    }
    return nil
  }

  /// A private key in PEM: to the end of its last line, or as far as there is any.
  private static func privateKey(from start: Int, in bytes: [UInt8]) -> Int? {
    let line = bytes[start...].prefix { $0 != UInt8(ascii: "\n") }
    guard String(decoding: line, as: UTF8.self).contains("PRIVATE KEY-----") else { return nil }
    var index = line.endIndex
    while index < bytes.count, !bytes[index...].starts(with: pemEnd) { index += 1 }
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    return index
  }

  private static func run(
    from start: Int, in bytes: [UInt8], _ allowed: (UInt8) -> Bool
  ) -> Int {
    var end = start
    while end < bytes.count, allowed(bytes[end]) { end += 1 }
    return end
  }

  static func isWord(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  private static func isToken(_ byte: UInt8) -> Bool { isWord(byte) || byte == UInt8(ascii: ".") }

  @Sendable private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  @Sendable private static func isUpper(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}
