import FourA
import Home
import Nostr
import Studio

/// B1 and B2: the curve alone, and opening gift wraps beside it.
enum OpenBench {
  static func floor() throws -> [Figure] {
    let costs = try CurveCosts.measure(rounds: 9, repeats: 500)
    return [
      ("one secp256k1_ecdh", costs.agree), ("one schnorrsig_verify", costs.verify),
      ("one schnorrsig_sign32", costs.sign), ("one keypair", costs.keypair),
    ].map { Figure(id: "B1", name: $0.0, value: $0.1 * 1e6, unit: "µs") }
  }

  /// Opens wraps from their bytes to their checked payloads.
  private static func open(_ letters: ArraySlice<BenchRoom.Letter>, of room: BenchRoom) throws
    -> Int
  {
    let cache = ConversationKeyCache(capacity: 512)
    let keyring = Keyring()
    keyring.add(epochSecret: room.epochSecret, audience: room.audience, epoch: 1)
    var opened = 0
    for letter in letters {
      let rumor = try GiftWrap.open(Event(parsing: letter.json), with: room.reader, cache: cache)
        .rumor
      let payload = try keyring.open(rumor: rumor).payload
      _ = try Payload(kind: rumor.kind, parsing: payload, tags: rumor.tags)
      if payload == letter.payload && rumor.id == letter.rumor.id { opened += 1 }
    }
    return opened
  }

  static func run(count: Int, rounds: Int = 5) throws -> [Figure] {
    let room = try BenchRoom(founded: SystemCall.now() - 90 * 86_400)
    let letters = try room.allLetters(0..<count)
    let share = (letters.count + SystemCall.processors - 1) / SystemCall.processors
    var floors: [Double] = []
    var ones: [Double] = []
    let processors = Double(SystemCall.processors)
    var alls: [Double] = []
    for _ in 0..<rounds {
      let before = try CurveCosts.measure(rounds: 3, repeats: 100).opening
      var opened = 0
      let one = try Measure.processorSeconds { opened = try open(letters[...], of: room) }
      let after = try CurveCosts.measure(rounds: 3, repeats: 100).opening
      guard opened == letters.count else {
        throw BenchError.wrong("\(letters.count - opened) of \(letters.count) wraps did not open")
      }
      let everybody = try Measure.onAllProcessors { index in
        let start = min(index * share, letters.count)
        var opened = 0
        let seconds = try Measure.processorSeconds {
          opened = try open(letters[start..<min(start + share, letters.count)], of: room)
        }
        return (opened: opened, seconds: seconds)
      }
      guard everybody.map(\.opened).reduce(0, +) == letters.count else {
        throw BenchError.wrong("a thread could not open all its wraps")
      }
      floors.append(2 / (before + after))
      ones.append(Double(letters.count) / one)
      let all = everybody.map(\.seconds).reduce(0, +) / processors
      alls.append(Double(letters.count) / all)
    }
    return [
      Figure(
        id: "B2", name: "open a wrap, one thread", value: Measure.median(ones), unit: "wraps/s",
        floor: Measure.median(floors),
        ratio: Measure.median(zip(ones, floors).map { $0 / $1 }), goal: "≥ 0.75"),
      Figure(
        id: "B2", name: "open a wrap, \(SystemCall.processors) threads",
        value: Measure.median(alls), unit: "wraps/s", floor: processors * Measure.median(ones),
        ratio: Measure.median(zip(alls, ones).map { $0 / ($1 * processors) }), goal: "≥ 0.9"),
    ]
  }
}

extension BenchRoom {
  /// Letters made on all processors, in order.
  func allLetters(_ numbers: Range<Int>) throws -> [Letter] {
    // Fours stay together: a card and its comments.
    let fours = (numbers.count + 3) / 4
    let share = (fours + SystemCall.processors - 1) / SystemCall.processors * 4
    return try Measure.onAllProcessors { index in
      let start = min(numbers.lowerBound + index * share, numbers.upperBound)
      return try letters(start..<min(start + share, numbers.upperBound))
    }.flatMap { $0 }
  }
}
