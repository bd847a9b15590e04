import FourA
import Foundation
import Nostr
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

/// Published files, from `STUDIO_VECTORS` or the folder `shared/vectors` beside the repository.
enum Vectors {
  static let folder: String? = {
    if let named = ProcessInfo.processInfo.environment["STUDIO_VECTORS"] { return named }
    var place = URL(fileURLWithPath: #filePath)
    while place.path != "/" {
      place.deleteLastPathComponent()
      let folder = place.appendingPathComponent("shared/vectors").path
      if FileManager.default.fileExists(atPath: folder) { return folder }
    }
    print("SKIPPED: no published vectors; set STUDIO_VECTORS to their folder")
    return nil
  }()

  static var present: Bool { folder != nil }

  static func bytes(_ name: String) throws -> [UInt8] {
    let folder = try #require(folder)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
  }

  static func event(_ name: String) throws -> Event {
    try Event(parsing: bytes("4a-v0.5/\(name).json"))
  }
}

/// SplitMix64: the same numbers on every run.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
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
