import Testing
import Threads

@testable import Relay

@Suite(.serialized) struct SocketsTests {
  @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 200_000, 2_621_440])
  func `a message of any length comes back as it was`(length: Int) throws {
    let server = try EchoServer()
    let peer = try Peer(server.url, keeping: server)
    let text = (0..<length).map { UInt8(0x20 + $0 % 90) }
    peer.sockets.send(text, on: peer.link)
    #expect(try peer.next() == .frame(text))
  }

  @Test func `many messages keep their order`() throws {
    let server = try EchoServer()
    let peer = try Peer(server.url, keeping: server)
    for number in 0..<2_000 { peer.send("\(number)") }
    for number in 0..<2_000 { #expect(try peer.message() == "\(number)") }
  }

  @Test func `a message over the limit closes the link with 1009`() throws {
    var limits = SocketLimits()
    limits.inboundFrame = 1_000
    let server = try EchoServer(limits: limits)
    let peer = try Peer(server.url, keeping: server)
    peer.send(String(repeating: "x", count: 1_001))
    let close = try peer.close()
    #expect(close.code == 1009)
    #expect(server.frames.drain().isEmpty)
  }

  @Test func `closing ends the story once`() throws {
    let server = try EchoServer()
    let peer = try Peer(server.url, keeping: server)
    peer.send("last words")
    peer.sockets.close(peer.link)
    #expect(try peer.close().code == 1000)
    peer.sockets.stop()
    #expect(peer.events.drain().isEmpty)
    #expect(server.frames.wait(until: .now + patience) == [Array("last words".utf8)])
  }
}
