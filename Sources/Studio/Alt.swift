/// The line that a client without Studio shows for an event.
package enum Alt {
  /// Names the type and the room and nothing else, as 4A asks: no text of anybody's (4A 1.13, 13).
  package static func neutral(kind: Int, slug: String) -> String {
    let name =
      switch kind {
      case Card.number: "card"
      case Track.number: "track"
      case DispatchIntent.number: "dispatch"
      case Comment.number: "comment"
      case Question.number: "question"
      case Answer.number: "answer"
      case Room.number: "room"
      default: "event of kind \(kind)"
      }
    return "Studio \(name) in \(slug)"
  }
}
