import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Where the person was, kept over a restart.
extension Shell {
  private static let stateName = "workspace.place"

  /// Something of it has changed: it is kept a second later, or at the end.
  func stateChanged() { stateDue = stateDue ?? clock.monotonic() + .seconds(1) }

  func saveState() {
    stateDue = nil
    var object: JSONObject = ["spot": spot.json]
    if let room = scene.room { object["room"] = .string(room.audience.address) }
    object["hiding"] = .integer(Int64(hiding.rawValue))
    object["sizes"] = sizesJSON
    object["back"] = .array(history.back.map(\.json))
    object["forward"] = .array(history.forward.map(\.json))
    var selections = JSONObject()
    for place in Place.allCases {
      if let selection = keptSelections[place] ?? pane(place.list).selection {
        selections[place.rawValue] = .string(selection)
      }
    }
    object["selections"] = .object(selections)
    let text = JSON.object(object).text
    guard !sameBytes(text, savedState) else { return }
    savedState = text
    try? workspace.desk.setSetting(Self.stateName, text)
  }

  private var sizesJSON: JSON {
    var object = JSONObject()
    if let sidebarWidth { object["sidebar"] = .integer(Int64(sidebarWidth)) }
    for (place, sizes) in sizes {
      var own = JSONObject()
      if let width = sizes.width { own["width"] = .integer(Int64(width)) }
      if let height = sizes.height { own["height"] = .integer(Int64(height)) }
      object[place.rawValue] = .object(own)
    }
    return .object(object)
  }

  private func readSizes(_ json: JSON?) {
    func cells(_ json: JSON?) -> Int? {
      json?.integer.flatMap { (1...10_000).contains($0) ? Int($0) : nil }
    }
    sidebarWidth = cells(json?["sidebar"])
    for place in Place.allCases {
      guard let own = json?[place.rawValue] else { continue }
      sizes[place] = Layout.Sizes(width: cells(own["width"]), height: cells(own["height"]))
    }
  }

  /// Is where the person was when they left; what is gone since then is passed over.
  func restoreState() {
    guard let text = try? workspace.reader.setting(Self.stateName),
      let json = try? JSON(parsing: text), let spot = json["spot"].flatMap(Spot.init)
    else { return }
    savedState = text
    hiding = Layout.Hiding(rawValue: Int(clamping: json["hiding"]?.integer ?? 0) & 3)
    readSizes(json["sizes"])
    scene.readRooms()
    guard let room = scene.room, json["room"]?.string == room.audience.address else {
      place = spot.place
      focus = place.list
      return
    }
    history = History(
      back: json["back"]?.array?.compactMap(Spot.init) ?? [],
      forward: json["forward"]?.array?.compactMap(Spot.init) ?? [])
    for place in Place.allCases {
      keptSelections[place] = json["selections"]?[place.rawValue]?.string
    }
    travel(spot)
    stateDue = nil
  }
}
