import Nostr
import Replica

/// Somewhere the person has been, as far as it takes to be there again.
struct Spot: Hashable {
  var place: Place
  var focus: PaneID
  /// The card that was shown.
  var card: ObjectID?
  var track: String?
  var filter = ""
  var channel: String?
  /// What was selected in the place's list.
  var selection: String?

  /// The same thing seen, whatever pane of it had the focus.
  func isSame(as other: Spot) -> Bool {
    var twin = other
    (twin.focus, twin.selection) = (focus, selection)
    if place != .card { twin.card = card }
    return twin == self
  }
}

/// Where the person was before, and where they came back from.
struct History: Hashable {
  static let most = 50

  private(set) var back: [Spot] = []
  private(set) var forward: [Spot] = []

  init(back: [Spot] = [], forward: [Spot] = []) {
    (self.back, self.forward) = (back.suffix(Self.most), forward.suffix(Self.most))
  }

  /// The person leaves a spot for a new one.
  mutating func leave(_ spot: Spot) {
    forward = []
    guard back.last.map({ !$0.isSame(as: spot) }) ?? true else { return }
    back = (back + [spot]).suffix(Self.most)
  }

  /// One step back from where the person is; `nil` at the beginning.
  mutating func goBack(from spot: Spot) -> Spot? {
    guard let last = back.popLast() else { return nil }
    forward = (forward + [spot]).suffix(Self.most)
    return last
  }

  /// One step forward again; `nil` at the end.
  mutating func goForward(from spot: Spot) -> Spot? {
    guard let next = forward.popLast() else { return nil }
    back = (back + [spot]).suffix(Self.most)
    return next
  }
}

// MARK: Kept in the database

extension Spot {
  var json: JSON {
    var object: JSONObject = ["place": .string(place.rawValue), "focus": .string(focus.rawValue)]
    if let card { object["card"] = .integer(card.rawValue) }
    if let track { object["track"] = .string(track) }
    if !filter.isEmpty { object["filter"] = .string(filter) }
    if let channel { object["channel"] = .string(channel) }
    if let selection { object["selection"] = .string(selection) }
    return .object(object)
  }

  init?(_ json: JSON) {
    guard let place = json["place"]?.string.flatMap(Place.init(rawValue:)) else { return nil }
    self.place = place
    focus = json["focus"]?.string.flatMap(PaneID.init(rawValue:)) ?? place.list
    card = json["card"]?.integer.map(ObjectID.init)
    track = json["track"]?.string
    filter = json["filter"]?.string ?? ""
    channel = json["channel"]?.string
    selection = json["selection"]?.string
  }
}
