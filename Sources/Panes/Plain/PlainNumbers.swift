import Replica

/// The numbers by which a session speaks of things: each gets the next one when it is first told, and keeps it.
struct PlainNumbers {
  enum Kind: Hashable { case card, question, post }

  private var all: [Kind: [ObjectID]] = [:]
  private var numbers: [ObjectID: Int] = [:]

  mutating func number(_ kind: Kind, _ id: ObjectID) -> Int {
    if let number = numbers[id] { return number }
    all[kind, default: []].append(id)
    numbers[id] = all[kind]?.count
    return all[kind]?.count ?? 0
  }

  func id(_ kind: Kind, _ number: Int) -> ObjectID? {
    guard let ids = all[kind], ids.indices.contains(number - 1) else { return nil }
    return ids[number - 1]
  }
}
