/// Every verb, in the order in which help shows them.
package enum Verbs {
  package static let all: [Verb] =
    identity + rooms + tracks + cards + runs + conversation + channels + inbox + team + problems
    + looking

  /// The verb of that name.
  package static func named(_ name: String) -> Verb? { all.first { $0.spec.name == name } }
}

extension Parameter {
  static let room = Parameter.option("room", "SLUG", "the room, instead of the one in use")
  static let mention = Parameter.option(
    "mention", "WHO", "whom it means, a member or a connection", repeated: true)
  static let wait = Parameter.optionalNumber(
    "wait", "SECONDS", "wait until a relay has taken every recipient's copy, 10 s unless given")
  static let connection = Parameter.option(
    "conn", "NAME", "the connection that speaks or reads; STUDIO_CONN, else the identity itself")
  static let id = Parameter.place(
    "id", "ID", "an event id or 8 of its characters, an address, or a d")
}
