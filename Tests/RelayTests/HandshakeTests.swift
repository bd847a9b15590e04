import Foundation
import Testing
import Threads

@testable import Relay

@Suite(.serialized) struct HandshakeTests {
  @Test func `the answer to a key is the one of RFC 6455`() {
    let handshake = Handshake(nonce: Array("the sample nonce".utf8))
    #expect(handshake.key == "dGhlIHNhbXBsZSBub25jZQ==")
    #expect(handshake.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }

  @Test func `no two upgrades share a key`() {
    #expect(Set((0..<100).map { _ in Handshake().key }).count == 100)
  }

  @Test(arguments: [
    ("Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade", nil),
    ("Connection: Upgrade", "without upgrading"),
    ("Upgrade: h2c\r\nConnection: Upgrade", "without upgrading"),
    ("Upgrade: websocket", "without upgrading"),
    ("Upgrade: websocket\r\nConnection: close", "without upgrading"),
    (
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate",
      "extension"
    ),
    ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: chat", "subprotocol"),
    ("Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 9", "body"),
    ("Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0", "body"),
    ("Upgrade: websocket\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked", "body"),
  ])
  func `an answer that opens no WebSocket is refused, and why`(headers: String, why: String?) throws
  {
    let server = try PlainServer(headers: headers) { $0.write([0x81, 2, 0x68, 0x69]) }
    guard let why else {
      #expect(try Peer(server.url, keeping: server).message() == "hi")
      return
    }
    let close = try Peer(dialling: server.url, keeping: server).close()
    #expect(close.reason.contains(why))
    #expect(close.httpStatus == nil)
  }

  @Test func `an answer with the wrong key, or with none, is refused`() throws {
    for accept in ["", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"] {
      let server = try PlainServer(
        answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + accept + "\r\n")
      let close = try Peer(dialling: server.url, keeping: server).close()
      #expect(close.reason.contains("wrong key"))
    }
  }

  @Test func `the request asks for an upgrade and for nothing else`() throws {
    let server = try PlainServer { _ in }
    let peer = try Peer(server.url, keeping: server)
    let request = try #require(server.requests.wait(until: .now + patience).first)
    let lines = request.components(separatedBy: "\r\n").map { $0.lowercased() }
    #expect(lines.first == "get / http/1.1")
    #expect(lines.filter { $0.hasPrefix("connection:") } == ["connection: upgrade"])
    #expect(lines.filter { $0.hasPrefix("upgrade:") } == ["upgrade: websocket"])
    #expect(lines.contains("sec-websocket-version: 13"))
    #expect(!lines.contains { $0.hasPrefix("sec-websocket-extensions") })
    _ = peer
  }

  @Test func `frames that come with the answer are not lost`() throws {
    let server = try PlainServer(
      headers: "Upgrade: websocket\r\nConnection: Upgrade",
      glued: [0x81, 2, 0x68, 0x69, 0x81, 3, 0x79]
    ) { $0.write([0x6f, 0x75]) }
    let peer = try Peer(server.url, keeping: server)
    #expect(try peer.message() == "hi")
    #expect(try peer.message() == "you")
  }
}
