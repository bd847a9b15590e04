import Glibc
import Nostr
import Testing

@testable import Home

@Suite struct ControlMessageTests {
  @Test func `every request and notice comes back as it was`() {
    for request: ControlRequest in [
      .status, .orders, .unlock(passphrase: "ü\n\"x"), .sync(seconds: 7), .verify,
      .leaveWithLastFace, .stop,
    ] {
      #expect(ControlRequest(json: request.json) == request)
    }
    for notice: ControlNotice in [
      .changed(seq: 9), .status(["a": 1]), .unlocked(nil),
      .unlocked(StudioError("c", "m", field: "f", value: "v", hint: "h")), .synced(["x": true]),
      .verified([:]), .leaving,
    ] {
      #expect(ControlNotice(json: notice.json) == notice)
    }
  }

  @Test func `what is no request is none`() throws {
    for text in ["{}", "[]", "1", #"{"ask":1}"#, #"{"ask":"dance"}"#, #"{"ask":"unlock"}"#] {
      #expect(ControlRequest(json: try JSON(parsing: text)) == nil, "\(text)")
    }
  }
}

@Suite struct ControlSocketTests {
  private func pair() throws -> (ControlSocket, Int32) {
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (ControlSocket(adopting: ends[0]), ends[1])
  }

  private func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
  }

  @Test func `lines come whole, however they were cut`() throws {
    let (socket, other) = try pair()
    defer { close(other) }
    write(#"{"ask":"st"#, to: other)
    #expect(try socket.receiveAvailable().isEmpty)
    write("atus\"}\n{\"ask\":\"orders\"}\n{", to: other)
    #expect(
      try socket.receiveAvailable().compactMap(ControlRequest.init(json:)) == [.status, .orders])
  }

  @Test func `lines that are no JSON are passed over, those after them count`() throws {
    let (socket, other) = try pair()
    defer { close(other) }
    write("\n\u{0}\u{1}\nnonsense\n{\"ask\":\"stop\"}\n{\"a\":1,\"a\":2}\n", to: other)
    #expect(try socket.receiveAvailable().compactMap(ControlRequest.init(json:)) == [.stop])
  }

  @Test func `a line without an end takes no more than its share of memory`() throws {
    let (socket, other) = try pair()
    defer { close(other) }
    let piece = String(repeating: "x", count: 30_000)
    for _ in 0..<40 {
      write(piece, to: other)
      #expect(try socket.receiveAvailable().isEmpty)
      #expect(socket.waiting <= 65_536)
    }
    write("\n{\"ask\":\"status\"}\n", to: other)
    #expect(try socket.receiveAvailable().compactMap(ControlRequest.init(json:)) == [.status])
  }

  @Test func `what was sent before the other side went is still heard, then its going`() throws {
    let (socket, other) = try pair()
    write("{\"ask\":\"stop\"}\n", to: other)
    close(other)
    #expect(try socket.receiveAvailable().count == 1)
    #expect { try socket.receiveAvailable() } throws: {
      ($0 as? StudioError)?.code == "engine_unreachable"
    }
    #expect(throws: StudioError.self) { try socket.send(ControlRequest.status.json) }
  }

  @Test func `nobody listens in a new home, somebody in a served one`() throws {
    let folder = try Folder()
    let home = Home(directory: folder.path)
    #expect(try ControlSocket.connect(to: home) == nil)
    let listener = try ControlSocket.listen(home: home)
    #expect(try mode(home.socketFile) == 0o600)
    let face = try #require(try ControlSocket.connect(to: home))
    let engine = try #require(ControlSocket.accept(from: listener))
    try face.send(ControlRequest.orders.json)
    #expect(engine.waitReadable(until: SystemCall.monotonicMilliseconds() + 5_000))
    #expect(try engine.receiveAvailable().compactMap(ControlRequest.init(json:)) == [.orders])
    #expect(ControlSocket.accept(from: listener) == nil)
    close(listener)
    #expect(try ControlSocket.connect(to: home) == nil, "a socket file left behind is a dead one")
  }
}
