import FourA
import Home
package import Nostr
package import Replica
import Studio

// The objects that recur in the command line's results, made from rows of the replica.

extension Workspace {
  func json(of room: RoomRow) throws -> JSON {
    [
      "slug": .string(room.slug), "title": .string(room.title ?? room.slug),
      "address": .string(room.audience.address), "epoch": .integer(Int64(room.epoch)),
      "status": .string(room.status),
      "members": .array(try reader.members(room.id).map(\.json)),
      "pending": .array(room.relation == .founded ? try claims(of: room) : []),
    ]
  }

  /// Who can be given cards and works on them alone.
  func json(of load: AgentLoad, in room: RoomRow) throws -> JSON {
    [
      "name": try (reader.names(in: room.id)[load.pubkey] ?? load.name).map { .string($0) }
        ?? .null,
      "pubkey": .string(load.pubkey.hex), "owner": load.owner.map { .string($0.hex) } ?? .null,
      "program": load.program.map { .string($0) } ?? .null,
      "host": load.host.map { .string($0) } ?? .null, "paused": .bool(load.isPaused),
      "running": .integer(Int64(load.work.running)),
      "max_parallel": load.parallel.map { .integer(Int64($0)) } ?? .null,
      "waiting": .integer(Int64(load.work.waiting)), "queued": .integer(Int64(load.work.queued)),
      "card_kinds": .array(load.kinds.map { .string($0) }),
    ]
  }

  /// Claims that wait, as objects.
  func claims(of room: RoomRow) throws -> [JSON] {
    let invites = try reader.authority(of: room.id).current?.pending ?? []
    return try reader.pendingClaims(room.id, now: SystemCall.now()).map { claim in
      // A claim need not say when it ends; the invite it answers does.
      let end = claim.expiresAt ?? invites.first { $0.key == claim.inviteKey }?.expiresAt
      return [
        "pubkey": .string(claim.claimant.hex), "npub": .string(claim.claimant.npub),
        "name": claim.nickname.map { .string($0) } ?? .null, "short": .string(claim.claimant.short),
        "note": claim.note.map { .string($0) } ?? .null, "created_at": .integer(claim.createdAt),
        "expires_at": end.map { .integer($0) } ?? .null,
      ]
    }
  }

  /// The card with `comments[]`, `questions[]`, `versions[]` and `events[]`.
  func detail(of row: CardRow) throws -> JSON {
    guard var object = row.json.object else { return .null }
    let thread = try reader.thread(of: row.id, limit: 10_000)
    object["comments"] = .array(thread.filter { $0.kind == .comment }.map(\.commentJSON))
    object["questions"] = .array(
      try thread.filter { $0.kind == .question }.map { try questionJSON($0) })
    object["versions"] = .array(try reader.versions(of: row.id).map(\.json))
    object["events"] = .array(try reader.log(ofThread: row.id).map(\.json))
    return .object(object)
  }

  func questionJSON(_ row: EntryRow) throws -> JSON {
    // A question in a channel hangs on the channel's root, which is no card for anybody.
    let card = try row.root.flatMap { try reader.card($0) }.flatMap {
      $0.isShown || !sameBytes($0.kind, Card.channelKind) ? $0 : nil
    }
    var object: JSONObject = [
      "event_id": .string(row.eventID.hex), "body": .string(row.body),
      "card": card.map { .string($0.eventID.hex) } ?? .null,
      "track": (row.track ?? card?.track).map { .string($0) } ?? .null,
      "options": .array(row.choices.map { .string($0.label) }),
      "answered": .bool(row.isAnswered),
      "answers": .array(try reader.replies(to: row.id, kind: .answer).map(\.answerJSON)),
      "created_by": .string(row.author.hex), "created_at": .integer(row.createdAt),
    ]
    if row.takesSeveral { object["multi"] = true }
    return .object(object)
  }
}

extension RoomRow {
  package var slug: String { audience.slug }
}

extension MemberRow {
  package var json: JSON {
    [
      "pubkey": .string(pubkey.hex), "npub": .string(pubkey.npub),
      "name": name.map { .string($0) } ?? .null, "short": .string(pubkey.short),
      "role": .string(role),
    ]
  }
}

extension TrackRow {
  package var json: JSON {
    [
      "slug": .string(name), "title": .string(title),
      "layout": layout.map { .string($0) } ?? .null,
      "closed_at": closedAt.map { .integer($0) } ?? .null, "cards": .integer(Int64(cards)),
    ]
  }

  /// The payload that says what this track is now.
  func payload(by author: PublicKey) -> Track {
    Track(
      name: name, title: title, description: description,
      layout: layout.flatMap(Track.Layout.init) ?? .column, closedAt: closedAt,
      createdBy: author.hex)
  }
}

extension CardRow {
  package var json: JSON {
    [
      "event_id": .string(eventID.hex), "address": .string(address), "d": .string(d),
      "track": .string(track), "kind": .string(kind), "title": .string(title),
      "body": .string(body), "status": .string(status),
      "assignees": .array(assignees.map { .string($0.hex) }), "created_by": .string(author.hex),
      "created_at": .integer(createdAt), "updated_at": .integer(updatedAt),
      "comments": .integer(Int64(comments)), "unread": .integer(Int64(unread)),
      "tags": .array(tags.map { .string($0) }),
    ]
  }
}

extension VersionRow {
  var json: JSON {
    [
      "event_id": .string(eventID.hex), "created_at": .integer(createdAt),
      "title": .string(title), "status": .string(status),
    ]
  }
}

extension EntryRow {
  /// One option of a question.
  package struct Choice: Sendable, Hashable {
    package let id: String
    package let label: String
  }

  /// Its machine's half (agents 2.13).
  private var machine: JSON? { fabric.flatMap { try? JSON(parsing: $0) } }

  /// Several options may be chosen at once.
  package var takesSeveral: Bool { choices.count > 1 && machine?["multi"]?.bool == true }

  /// The ids of the options that the one who asks would choose.
  package var suggested: Set<String> {
    guard let machine else { return [] }
    var ids: Set<String> = []
    if let id = machine["default"]?.string { ids.insert(id) }
    for (index, option) in (machine["options"]?.array ?? []).prefix(9).enumerated()
    where option["suggested"]?.bool ?? false {
      ids.insert(option["id"]?.string ?? "\(index + 1)")
    }
    return ids
  }

  /// What options say as an answer, in the order of the question.
  package func words(of options: [Int]) -> String {
    options.sorted().map { choices[$0 - 1].label }.joined(separator: ", ")
  }

  /// The options to choose from, at most nine; none for a question that wants words.
  package var choices: [Choice] {
    let options = (try? JSON(parsing: options))?.array ?? []
    return options.prefix(9).enumerated().compactMap { index, option in
      guard let label = option.string ?? option["label"]?.string, !label.isEmpty else { return nil }
      return Choice(id: option["id"]?.string ?? "\(index + 1)", label: label)
    }
  }

  var commentJSON: JSON {
    [
      "event_id": .string(eventID.hex),
      "target": (targetID?.hex ?? targetAddress).map { .string($0) } ?? .null,
      "body": .string(body), "intent": intent.map { .string($0) } ?? .null,
      "created_by": .string(author.hex), "created_at": .integer(createdAt),
      "edited": .bool(isEdited), "blocks": (try? JSON(parsing: blocks)) ?? [],
      "to_status": toStatus.map { .string($0) } ?? .null,
      "from_status": fromStatus.map { .string($0) } ?? .null,
    ]
  }

  var answerJSON: JSON {
    [
      "event_id": .string(eventID.hex), "body": .string(body), "created_by": .string(author.hex),
      "created_at": .integer(createdAt),
    ]
  }
}

extension LogRow {
  var json: JSON {
    [
      "event_id": .string(eventID.hex), "kind": .integer(Int64(kind)), "effect": .string(effect),
      "signer": .string(signer.hex), "name": name.map { .string($0) } ?? .null,
      "signed_at": .integer(signedAt), "received_at": .integer(receivedAt),
      "epoch": epoch.map { .integer(Int64($0)) } ?? .null, "verdict": .string(verdict.name),
      "reason": reason.map { .string($0) } ?? .null,
      "relays": .array(relays.map { .string($0) }),
    ]
  }
}

extension ChangeRow {
  package var json: JSON {
    var object = JSONObject()
    object["seq"] = .integer(seq)
    object["type"] = .string(type.name)
    object["at"] = .integer(at)
    if let eventID { object["event_id"] = .string(eventID.hex) }
    if let verdict { object["verdict"] = .string(verdict.name) }
    return .object(object)
  }
}

extension SearchHit {
  /// The matched words stand between U+0002 and U+0003 in the row; here they are plain.
  var json: JSON {
    [
      "type": .string(type), "id": .string(eventID.hex), "title": .string(title),
      "snippet": .string(
        String(snippet.unicodeScalars.filter { $0.value > 3 }.map(Character.init))),
      "at": .integer(at),
    ]
  }
}
