/// The name of one connection attempt, chosen by whoever opens it; a new attempt wants a new one.
package struct LinkID: Hashable, Sendable, CustomStringConvertible {
  package let raw: UInt32

  package init(raw: UInt32) {
    self.raw = raw
  }

  package var description: String { "link \(raw)" }
}

/// What happens on a connection.
package enum LinkEvent: Sendable, Equatable {
  /// The upgrade succeeded. `serverDate` is the `Date` header in Unix seconds.
  case opened(serverDate: Int64?)
  /// A whole text message, not longer than the limit. A server's is UTF-8; a client's is not checked.
  case frame([UInt8])
  /// The connection is over, or never came to be. The last event of its link, and there is exactly one.
  case closed(LinkClose)
  /// Everything that was sent has been handed to the system.
  case drained
}

/// Why a connection ended.
package struct LinkClose: Hashable, Sendable {
  /// In plain words; the part that comes from the other side is at most 123 bytes of untrusted text.
  package var reason: String
  /// The code of the WebSocket close frame, the other side's or ours.
  package var code: UInt16?
  /// The HTTP status with which the upgrade was answered, when it was refused.
  package var httpStatus: Int?
  /// How long the answer asked us to stay away, in seconds (`Retry-After`).
  package var retryAfter: Int64?
  /// The `Date` header of a refused upgrade, in Unix seconds.
  package var serverDate: Int64?

  package init(
    reason: String, code: UInt16? = nil, httpStatus: Int? = nil, retryAfter: Int64? = nil,
    serverDate: Int64? = nil
  ) {
    self.reason = reason
    self.code = code
    self.httpStatus = httpStatus
    self.retryAfter = retryAfter
    self.serverDate = serverDate
  }
}

/// What a socket may use, and how long it may take.
package struct SocketLimits: Hashable, Sendable {
  /// Longest message that is received, in bytes; a longer one closes the connection with 1009.
  package var inboundFrame = 2_621_440
  /// Most bytes that may wait to be sent on one connection; more closes it.
  package var sendQueue = 32 * 1_048_576
  /// Most connections at a time.
  package var connections = 512
  /// Time for name lookup, connect and TLS.
  package var connectTimeout: Duration = .seconds(15)
  /// Time for the answer to the upgrade.
  package var upgradeTimeout: Duration = .seconds(10)
  /// Silence after which a ping is sent.
  package var pingAfter: Duration = .seconds(50)
  /// Silence after a ping after which the connection counts as dead.
  package var deadAfter: Duration = .seconds(20)
  /// Time in which the other side may answer our close frame.
  package var closeTimeout: Duration = .seconds(5)

  package init() {}
}
