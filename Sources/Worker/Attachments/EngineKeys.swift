import Glibc
import Home
import Nostr

/// Asks the engine of a home for what opens one attachment: here is no key, and none is kept.
enum EngineKeys {
  /// Seconds that an engine may take to come back after it was started anew, and to answer.
  private static let patience: Int64 = 30

  static func key(
    _ attachment: RunAttachment, nonce: [UInt8]?, engine: String
  ) throws(StudioError) -> [UInt8] {
    let deadline = SystemCall.monotonicMilliseconds() + patience * 1_000
    let request = ControlRequest.attachment(
      event: attachment.event, block: Int(attachment.block), nonce: nonce)
    while SystemCall.monotonicMilliseconds() < deadline {
      if let socket = try ControlSocket.connect(path: engine, name: "the engine"),
        let answer = try? ask(socket, request, until: deadline)
      {
        if let error = answer["error"].flatMap(StudioError.init(json:)) { throw error }
        if let key = answer["key"]?.string.flatMap({ [UInt8](hex: $0) }) { return key }
      }
      // It is being started by whoever needs it next: the worker, for one.
      usleep(200_000)
    }
    throw StudioError(
      "engine_unreachable", "the engine of this home gives no key for “\(attachment.name)”",
      field: "decrypt_hint")
  }

  private static func ask(
    _ socket: ControlSocket, _ request: ControlRequest, until deadline: Int64
  ) throws(StudioError) -> JSON? {
    try socket.send(request.json)
    while socket.waitReadable(until: deadline) {
      for line in try socket.receiveAvailable() {
        if case .attachment(let answer)? = ControlNotice(json: line) { return answer }
      }
    }
    return nil
  }
}
