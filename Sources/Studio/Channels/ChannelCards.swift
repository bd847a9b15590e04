package import Nostr

// The two cards that channels stand on: the root that posts hang on, and the registry card that
// names a connection. Neither is work, so no list of cards shows them.

extension Card {
  /// The kind of channel roots.
  package static let channelKind = "channel"
  /// The kind of registry cards.
  package static let agentKind = "_agent"

  /// The root of a channel, readable and open to replies in clients that know nothing of channels
  /// (agents 2.4). Its name is `DTag.channel(name:)`.
  package static func channelRoot(
    _ name: ChannelName, topic: String = "", createdBy: String
  ) -> Card {
    Card(
      kind: channelKind, track: "channels", title: name.description,
      body: "Channel \(name.text). Reply here to post.", createdBy: createdBy,
      fabric: Fabric(
        type: "channel", fields: ["name": .string(name.text), "topic": .string(topic)]))
  }

  /// The name of the channel whose root this claims to be; `nil` for any other card. Whether the
  /// claim holds is for `isChannelRoot` to say.
  package var channelName: ChannelName? {
    guard sameBytes(kind, Self.channelKind), let fabric, let type = fabric.type,
      sameBytes(type, "channel")
    else { return nil }
    return fabric["name"]?.string.flatMap { ChannelName($0) }
  }

  /// Whether a card named `d` can be the root of `channel`: the name of the card is made from that
  /// of the channel, so that no later version moves a channel's posts to another one.
  package static func isChannelRoot(_ channel: ChannelName, d: String) -> Bool {
    sameBytes(d, DTag.channel(name: channel.text))
  }

  /// The registry card of a connection (agents 2.3). Its name is `DTag.agent(connection:)`. `owner` is the
  /// person whose machine it runs on, who may stop what it does.
  package static func agent(
    _ connection: ConnectionID, name: String, role: String = "interactive",
    owner: PublicKey? = nil, fields: JSONObject = [:], createdBy: String
  ) -> Card {
    var fields = fields
    fields["name"] = .string(name)
    fields["role"] = .string(role)
    fields["state"] = "active"
    fields["owner"] = owner.map { .string($0.hex) }
    return Card(
      kind: agentKind, track: "system", title: name,
      body: "\(name) #\(connection.short())", createdBy: createdBy,
      fabric: Fabric(type: "agent", connection: connection.text, fields: fields))
  }

  /// What a registry card says; `nil` for any other card.
  package var agentRecord: AgentRecord? {
    guard sameBytes(kind, Self.agentKind), let fabric, let type = fabric.type,
      sameBytes(type, "agent"), let connection = fabric.connectionID
    else { return nil }
    let name = fabric["name"]?.string ?? ""
    return AgentRecord(
      connection: connection,
      name: (1...Limits.title).contains(name.utf16.count) ? name : title,
      role: fabric["role"]?.string ?? "",
      isRetired: fabric["state"]?.string.map { sameBytes($0, "retired") } ?? false,
      owner: fabric["owner"]?.string.flatMap { PublicKey(hex: $0) })
  }
}

/// What a registry card says of a connection of its own signer.
package struct AgentRecord: Sendable, Hashable {
  /// The connection.
  package let connection: ConnectionID
  /// What it is called, 1 to 200 UTF-16 units.
  package let name: String
  /// `worker`, `interactive` or `human`; any other text says nothing.
  package let role: String
  /// It does not speak any more; what it said keeps its name.
  package let isRetired: Bool
  /// Whose machine it runs on, as its signer says.
  package let owner: PublicKey?

  /// Whether the card named `d` is the registry card of this connection, the only one of its
  /// author.
  package func isRegistered(d: String) -> Bool {
    sameBytes(d, DTag.agent(connection: connection.text))
  }
}
