import FourA
import Foundation
import Nostr
import TestKit
import Testing

// Testing has a type of this name too.
typealias Tag = Nostr.Tag

/// The keys of the published 4A events: SHA-256 of a label.
enum Published {
  static func secret(_ label: String) throws -> SecretKey {
    try SecretKey(bytes: SHA256.hash("4a-v0.5-fixture:\(label)").bytes)
  }

  static var room: SecretKey { get throws { try secret("aud_id team-design") } }
  static var epoch1: SecretKey { get throws { try secret("aud_epoch_1 team-design") } }
  static var epoch2: SecretKey { get throws { try secret("aud_epoch_2 team-design") } }
  static var evan: SecretKey { get throws { try secret("evan@github 12345") } }
  static var allison: SecretKey { get throws { try secret("allison@github 67890") } }
  static var invite: SecretKey { get throws { try secret("invite_priv epoch1 team-design") } }

  static var audience: Audience {
    get throws { try #require(Audience(key: room.publicKey, slug: "team-design")) }
  }
}

extension Vectors {
  static func event(_ name: String) throws -> Event {
    try Event(parsing: bytes("4a-v0.5/\(name).json"))
  }
}

/// A signed event with any kind, tags and content.
func event(
  _ kind: Int, _ tags: [Tag], _ content: String = "{}", by key: SecretKey, at time: Int64 = 1000
) throws -> Event {
  try UnsignedEvent(
    pubkey: key.publicKey, createdAt: time, kind: kind, tags: tags, content: content
  ).signed(by: key)
}

extension Event {
  /// The same event with one tag changed (`nil` removes it), signed again.
  func changing(_ name: String, to value: String?, by key: SecretKey) throws -> Event {
    let tags = tags.compactMap { tag -> Tag? in
      guard tag.name == name else { return tag }
      return value.map { Tag(name, $0) }
    }
    return try FourATests.event(kind, tags, content, by: key, at: createdAt)
  }
}

/// The error code that `body` ends with.
func code(_ body: () throws -> Void) -> FourAError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? FourAError)?.code }
}

/// The field that the error of `body` names.
func field(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch { return (error as? FourAError)?.field }
}
