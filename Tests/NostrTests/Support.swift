import Foundation
import Testing

@testable import Nostr

/// Ours; Swift Testing has a `Tag` too.
typealias Tag = Nostr.Tag

/// Fixed people; their keys are the scalars 3, 5 and 7.
enum People {
  static let alice = key(3)
  static let bob = key(5)
  static let carol = key(7)

  private static func key(_ scalar: UInt8) -> SecretKey {
    do {
      return try SecretKey(bytes: [UInt8](repeating: 0, count: 31) + [scalar])
    } catch { fatalError("\(error)") }
  }
}

func note(
  by author: SecretKey = People.alice, at time: Int64 = 1_700_000_000, kind: Int = 1,
  tags: [Tag] = [], _ content: String = "hello"
) throws -> Event {
  try UnsignedEvent(
    pubkey: author.publicKey, createdAt: time, kind: kind, tags: tags, content: content
  ).signed(by: author)
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func fromHex(_ text: some StringProtocol) -> [UInt8] {
  let digits = text.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
  return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Runs `body` and gives the code of the error it throws, or `nil`.
func code<R>(_ body: () throws -> R) -> NostrError.Code? {
  do {
    _ = try body()
    return nil
  } catch { return (error as? NostrError)?.code }
}

/// Published vectors, which the repository does not carry.
enum Vectors {
  static let folder: String? = {
    let fileManager = FileManager.default
    if let named = ProcessInfo.processInfo.environment["STUDIO_VECTORS"] {
      return fileManager.fileExists(atPath: named) ? named : missing(named)
    }
    var place = URL(fileURLWithPath: #filePath)
    while place.path != "/" {
      place.deleteLastPathComponent()
      let candidate = place.appendingPathComponent("shared/vectors").path
      if fileManager.fileExists(atPath: candidate) { return candidate }
    }
    return missing("shared/vectors beside the repository")
  }()

  private static func missing(_ place: String) -> String? {
    print("SKIPPED: no published vectors at \(place); set STUDIO_VECTORS to their folder")
    return nil
  }

  static func has(_ name: String) -> Bool {
    guard let folder else { return false }
    return FileManager.default.fileExists(atPath: folder + "/" + name)
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    let folder = try #require(folder)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
  }

  static func json(_ name: String) throws -> JSON { try JSON(parsing: bytes(name)) }
}

/// A small generator with a seed, so that every run makes the same mistakes.
struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
