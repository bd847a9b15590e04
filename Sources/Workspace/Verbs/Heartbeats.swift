import Home
import Nostr
import Replica
import Studio

extension Workspace {
  /// What a post says of its author's own state (agents 2.5); `nil` unless it is a heartbeat or
  /// names a state.
  func heartbeat(
    _ text: String, _ kind: PostKind, by connection: ConnectionID?, in room: RoomRow,
    _ arguments: Arguments
  ) throws -> Heartbeat? {
    let word = arguments.text("state")
    guard word != nil || kind == .heartbeat else { return nil }
    guard kind.carriesHeartbeat else {
      throw StudioError(
        "invalid_argument", "only a heartbeat or a status says how its author is", field: "state",
        value: word ?? "", hint: "--kind heartbeat")
    }
    guard let state = Heartbeat.State(rawValue: word ?? Heartbeat.State.working.rawValue) else {
      throw StudioError(
        "invalid_argument", "a state is one of \(Heartbeat.State.allCases.words)", field: "state",
        value: word ?? "")
    }
    let every = try arguments.number("every", in: 0...Int(Heartbeat.longestInterval))
    let now = SystemCall.now()
    let own = try reader.presence(room.id, now: now).first {
      $0.id.pubkey == me && $0.id.connection == connection
    }
    let last = own?.beat
    let card = try own?.card.flatMap { try reader.card($0.id) }
    return Heartbeat(
      state: state, since: last?.state == state ? last?.since ?? now : now,
      interval: every.map { Int64($0) } ?? Heartbeat.standardInterval,
      progressAt: own?.evidence.progressAt,
      card: card.map { Address(kind: 30530, pubkey: $0.author, d: $0.d) },
      note: Self.note(text))
  }

  /// The beginning of the first line.
  private static func note(_ text: String) -> String {
    var note = ""
    for character in text.prefix(while: { !$0.isNewline }) {
      guard note.utf16.count + character.utf16.count <= Heartbeat.noteLimit else { break }
      note.append(character)
    }
    return note
  }
}
