import Nostr
import Studio
import TestKit

// Testing has types of these names too.
typealias Tag = Nostr.Tag
typealias Comment = Studio.Comment

/// Fixed people and ids.
enum Known {
  static let alice = PublicKey(SHA256.hash("alice"))
  static let bob = PublicKey(SHA256.hash("bob"))
  static let carol = PublicKey(SHA256.hash("carol"))
  static let dave = PublicKey(SHA256.hash("dave"))
  static let event = EventID(SHA256.hash("event"))
}

/// One complete, plain payload of each kind, as other clients write them.
enum Sample {
  static let head = #""@context":"https://sonata.4a4.ai/ns/studio-v0","createdBy":"npub1x""#
  static let card =
    #"{\#(head),"@type":"Card","kind":"task","track":"backend","title":"T","body":"B","blocks":[]}"#
  static let track =
    #"{\#(head),"@type":"Track","name":"backend","title":"T","layout":"column","closedAt":null}"#
  static let dispatch =
    #"{\#(head),"@type":"DispatchIntent","eventId":"studio-auto-run:1","candidates":["a","b"],"#
    + #""chosen":"a","reason":"R","signals":{"n":1,"x":1.5,"ok":true,"s":"t"},"createdAt":5}"#
  static let comment =
    #"{\#(head),"@type":"Comment","target":{"@id":"\#(Known.event.hex)"},"body":"B"}"#
  static let question = #"{\#(head),"@type":"Question","body":"B"}"#
  static let answer =
    #"{\#(head),"@type":"Answer","target":{"@id":"\#(Known.event.hex)"},"body":"B"}"#
  static let room =
    #"{\#(head),"@type":"Room","slug":"team","title":"T","project":"p","defaultTracks":["inbox"]}"#

  static let all: [(kind: Int, text: String)] = [
    (30530, card), (30531, track), (30532, dispatch), (30533, comment), (30534, question),
    (30535, answer), (30536, room),
  ]

  /// The payload with `key` set to a JSON text, or removed for `nil`.
  static func changing(_ text: String, _ key: String, _ value: String?) throws -> String {
    guard var object = try JSON(parsing: text).object else { return text }
    object[key] = try value.map { try JSON(parsing: $0) }
    return JSON.object(object).text
  }
}

func read(_ kind: Int, _ text: String, tags: [Tag] = []) throws(PayloadError) -> Payload {
  try Payload(kind: kind, parsing: Array(text.utf8), tags: tags)
}

func readCard(_ text: String, tags: [Tag] = []) throws -> Card? {
  if case .card(let card) = try read(30530, text, tags: tags) { card } else { nil }
}

func readComment(_ text: String) throws -> Comment? {
  if case .comment(let comment) = try read(30533, text) { comment } else { nil }
}

/// The error of `body`.
func problem(_ body: () throws -> Void) -> PayloadError? {
  do {
    try body()
    return nil
  } catch { return error as? PayloadError }
}

func card(
  kind: String = "task", title: String = "T", body: String = "B", assignees: [PublicKey] = [],
  fabric: Fabric? = nil
) -> Card {
  Card(
    kind: kind, track: "backend", title: title, body: body, assignees: assignees,
    createdBy: Known.alice.hex, fabric: fabric)
}
