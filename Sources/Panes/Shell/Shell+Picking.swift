import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Menus: what can be picked, and what follows.
extension Shell {
  /// Everybody who can be given a card, the most useful first, with what signed facts say of them.
  func pickAssignee(_ rows: [CardRow]) {
    guard let row = rows.first else { return }
    // Once, when it opens: a little longer than a frame is no harm.
    let facts =
      (try? workspace.reader.limited(
        toMilliseconds: 100, { try AssigneeFacts($0, in: row.room) })) ?? AssigneeFacts()
    let now = row.assignees.first
    let all = Assignee.all(scene, facts, kinds: rows.map(\.kind))
    let widths = Assignee.Widths(all)
    let items = all.map { who in
      Picker<String>.Item(who.key.hex, who.title(widths), detail: who.detail(isNow: who.key == now))
    }
    let nobody = Picker<String>.Item("none", "  nobody", detail: now == nil ? "now" : "")
    overlays.append(
      .pick(
        Picker(
          title: "\(Self.title("Assign", rows)), the most useful first", items: items + [nobody],
          selected: now?.hex, legend: "type to narrow: a name, agent, person, idle, paused"
        ), .assignee(cards: rows)))
  }

  private static func title(_ verb: SafeText, _ rows: [CardRow]) -> SafeText {
    guard rows.count == 1, let row = rows.first else { return "\(verb) \(rows.count) cards" }
    return "\(verb) \(quoted(row))"
  }

  /// A card as the title of a field names it.
  static func quoted(_ row: CardRow) -> SafeText {
    "“\(SafeText(untrusted: row.title, limit: 200).truncated(to: 28))”"
  }

  func pickStatus(_ rows: [CardRow]) {
    guard let row = rows.first else { return }
    let items = CardStatus.lifecycle.map { status in
      let look = StatusLook(status.rawValue)
      return Picker<String>.Item(
        status.rawValue, "\(look.glyph) \(look.word)",
        detail: sameBytes(status.rawValue, row.status) ? "now" : "",
        refusal: rows.contains { allows(status, on: $0) } ? nil : "not yours to set")
    }
    overlays.append(
      .pick(
        Picker(title: Self.title("Status", rows), items: items, selected: row.status),
        .status(cards: rows)))
  }

  func pickRoom() {
    let items = scene.rooms.map { room in
      Picker<String>.Item(
        room.audience.address, SafeText(untrusted: room.title ?? room.slug, limit: 200),
        detail: SafeText(untrusted: room.status == "active" ? room.slug : room.status, limit: 80))
    }
    overlays.append(
      .pick(
        Picker(title: "Rooms", items: items, selected: scene.room?.audience.address), .room))
  }

  func pickClaim() {
    guard let room = scene.room else { return }
    let now = clock.now()
    guard let claims = try? workspace.reader.pendingClaims(room.id, now: now), !claims.isEmpty
    else { return say("nobody waits", .toastWarning) }
    let all = Picker<String>.Item("--all", "everyone who waits (\(claims.count))")
    let items = claims.map { claim in
      Picker<String>.Item(
        claim.claimant.hex,
        "\(SafeText(untrusted: claim.nickname ?? "", limit: 80)) \(scene.names.short(claim.claimant))",
        detail: SafeText(untrusted: claim.note ?? "", limit: 80))
    }
    overlays.append(.pick(Picker(title: "Admit", items: [all] + items), .claim))
  }

  func pickTrack() {
    let items = scene.tracks.filter { $0.closedAt == nil }.map {
      Picker<String>.Item($0.name, SafeText(untrusted: $0.title.isEmpty ? $0.name : $0.title))
    }
    overlays.append(.pick(Picker(title: "On which track?", items: items), .track))
  }

  /// Everything in the sidebar, and all other places.
  func pickTarget() {
    places.refresh()
    var items = places.targets
    for place in Place.allCases where !items.contains(where: { $0.target == .place(place) }) {
      items.append((.place(place), place.title))
    }
    pick("Go to", items)
  }

  /// The tracks, for the board.
  func pickBoard() {
    let tracks = scene.tracks.map { track -> (target: Target, title: SafeText) in
      let title = SafeText(untrusted: track.title.isEmpty ? track.name : track.title, limit: 200)
      return (.track(track.name), title)
    }
    pick("Which track?", [(.track(nil), "all tracks")] + tracks, selected: .track(scene.track))
  }

  private func pick(
    _ title: SafeText, _ items: [(target: Target, title: SafeText)], selected: Target? = nil
  ) {
    let rows = items.enumerated().map { Picker<String>.Item("\($0.offset)", $0.element.title) }
    let index = items.firstIndex { $0.target == selected }
    overlays.append(
      .pick(
        Picker(title: title, items: rows, selected: index.map { "\($0)" }),
        .target(items.map(\.target))))
  }

  func picked(_ id: String, for purpose: PickPurpose) {
    switch purpose {
    case .found: found(id)
    case .assignee(let rows):
      for row in rows where row.author == scene.me { assign(row, to: id) }
      board.forgetMarks()
    case .status(let rows):
      for row in rows where allows(CardStatus(rawValue: id), on: row) { setStatus(id, of: row) }
      board.forgetMarks()
    case .room:
      (scene.filter, isZoomed) = ("", false)
      run("use", Arguments(["room": id]))
      setNeedsRefresh()
    case .claim:
      var arguments = Arguments()
      if id == "--all" { arguments.set("all", to: "") } else { arguments.add("who", id) }
      run("room admit", arguments) { [weak self] result in
        self?.say("admitted \(result.object?["admitted"]?.array?.count ?? 0)")
      }
    case .track: composeCard(on: id)
    case .cardFor(let key):
      let who = scene.names.brief(key)
      run("card assign", Arguments(["id": id, "who": key.hex])) { [weak self] _ in
        self?.say("assigned to \(who)")
      }
    case .snooze(let row): snooze(row, id)
    case .problem(let problem): snooze(problem, id)
    case .suggestion(let question, let all):
      all.first { $0.eventID.hex == id }.map { adopt($0, for: question) }
    case .consent(let need): allowAlways(need, id)
    case .retry(let card): retry(card, mode: id)
    case .handOver(let question): handOver(question, to: id)
    case .target(let targets):
      if let index = Int(id), targets.indices.contains(index) { go(to: targets[index]) }
    case .postKind: pickedPostKind(id)
    case .destination(let targets):
      if let index = Int(id), targets.indices.contains(index) { follow(targets[index]) }
    case .theme: keepTheme(id)
    case .configuration: configure(id)
    case .bind: PaneCommand(rawValue: id).map { overlays.append(.bind(KeyBinding(command: $0))) }
    case .copy(let texts):
      if let index = Int(id), texts.indices.contains(index) { copy(texts[index]) }
    }
  }
}
