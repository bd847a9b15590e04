import Foundation
import TestKit
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

extension Vectors {
  static func json(_ name: String) throws -> JSON { try JSON(parsing: bytes(name)) }
}
