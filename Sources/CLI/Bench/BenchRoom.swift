import FourA
import Nostr
import Studio

/// A room with made-up people in it, and what they write to the one who reads.
struct BenchRoom: Sendable {
  static let senderCount = 20
  /// Members that an event names.
  static let named = 5
  static let payloadBytes = 1_200

  let reader: SecretKey
  let senders: [SecretKey]
  let audience: Audience
  let epochSecret: SecretKey
  private let audienceSecret: SecretKey
  /// When the room was founded, in Unix seconds.
  let founded: Int64

  /// - Parameter members: how many there are besides the reader.
  init(members: Int = BenchRoom.senderCount, founded: Int64) throws {
    reader = .random()
    senders = (0..<members).map { _ in .random() }
    audienceSecret = .random()
    epochSecret = .random()
    self.founded = founded
    guard let audience = Audience(key: audienceSecret.publicKey, slug: "bench") else {
      throw BenchError.wrong("a slug was refused")
    }
    self.audience = audience
  }

  var roster: [PublicKey] { [reader.publicKey] + senders.map(\.publicKey) }

  func declaration() throws -> Event {
    try Declaration(
      audience: audience, name: "Benchmark", epochKey: epochSecret.publicKey, members: roster
    ).event(signedBy: audienceSecret, createdAt: founded)
  }

  /// The epoch key for a member; the reader unless said otherwise.
  func grant(for member: SecretKey? = nil) throws -> Event {
    try KeyGrant.event(
      epochSecret: epochSecret, epoch: 1, audience: audience, to: (member ?? reader).publicKey,
      signedBy: audienceSecret, createdAt: founded)
  }

  /// One wrap for the reader, and what is in it.
  struct Letter: Sendable {
    let wrap: Event
    let json: [UInt8]
    let rumor: Event
    let payload: [UInt8]
  }

  /// The letters of `numbers`, which begin with a multiple of four: every fourth is a card, the others are
  /// comments on it. Made on one thread.
  func letters(_ numbers: Range<Int>) throws -> [Letter] {
    let keys = ConversationKeyCache(capacity: 64)
    var words = BenchWords(seed: UInt64(numbers.lowerBound))
    var letters: [Letter] = []
    letters.reserveCapacity(numbers.count)
    var card: (event: Event, address: Address)?
    for number in numbers {
      let author = senders[number % senders.count]
      let time = founded + 10 + Int64(number)
      let draft = try draft(number, by: author.publicKey, on: card, &words)
      let rumor = try rumor(draft.payload, d: draft.d, by: author, at: time).event
      if number % 4 == 0 { card = (rumor, rumor.address) }
      let seal = try GiftWrap.seal(
        rumor, from: author, key: try keys.key(secret: author, peer: reader.publicKey),
        to: reader.publicKey, createdAt: GiftWrap.jitteredPast(from: time))
      let wrap = try GiftWrap.wrap(
        seal, to: reader.publicKey, createdAt: GiftWrap.jitteredPast(from: time))
      letters.append(Letter(wrap: wrap, json: wrap.json, rumor: rumor, payload: draft.bytes))
    }
    return letters
  }

  private struct Draft {
    let payload: Payload
    let d: String
    let bytes: [UInt8]
  }

  private func draft(
    _ number: Int, by author: PublicKey, on card: (event: Event, address: Address)?,
    _ words: inout BenchWords
  ) throws -> Draft {
    func payload(_ body: String) -> (Payload, String) {
      if number % 4 == 0 {
        let title = "Card \(number)"
        return (
          .card(
            Card(
              kind: "task", track: "track-\(number / 4 % 8)", title: title, body: body,
              createdBy: author.hex)), DTag.card(title: title)
        )
      }
      let target = card?.event.id ?? EventID(Bytes32())
      var fabric = Fabric(type: "comment")
      if let card { fabric = fabric.setting("addr", .string(card.address.text)) }
      return (
        .comment(
          Comment(
            target: TargetReference(target), body: body, createdBy: author.hex, fabric: fabric)),
        DTag.comment(target: target)
      )
    }
    let bare = try payload("x").0.encoded().count
    let (whole, d) = payload(words.text(Self.payloadBytes - bare + 1))
    return Draft(payload: whole, d: d, bytes: try whole.encoded())
  }
}
