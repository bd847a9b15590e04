/// What went wrong before a connection or a server could exist.
package enum RelayError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no relay address; the second value says what was expected.
  case badURL(String, String)
  /// libwebsockets could not be set up.
  case noContext(String)
  /// The server could not listen there.
  case cannotListen(host: String, port: Int)

  package var description: String {
    switch self {
    case .badURL(let text, let why): "“\(text)” is no relay address: \(why)"
    case .noContext(let why): "the socket library did not start: \(why)"
    case .cannotListen(let host, let port):
      "cannot listen on \(host) port \(port): it is taken, or not an address of this machine"
    }
  }
}
