import Foundation
import Nostr
import Testing
import Threads

@testable import Relay

@Suite(.serialized) struct SocketFaultTests {
  @Test func `a message in fragments of one byte arrives whole`() throws {
    let server = try PlainServer { socket in
      let text = Array("[\"EOSE\",\"s\"]".utf8)
      for (index, byte) in text.enumerated() {
        let opcode: UInt8 = index == 0 ? 0x01 : 0x00
        let final: UInt8 = index == text.count - 1 ? 0x80 : 0
        socket.write([final | opcode, 1, byte])
      }
    }
    let peer = try Peer(server.url, keeping: server)
    #expect(try peer.message() == "[\"EOSE\",\"s\"]")
  }

  @Test func `a message that claims 4 GiB is refused with its first bytes`() throws {
    let server = try PlainServer { socket in
      socket.write([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0])
      socket.write([UInt8](repeating: 0x78, count: 40_000))
      socket.end()
    }
    let peer = try Peer(server.url, keeping: server)
    #expect(try peer.close().code == 1009)
  }

  @Test func `a flood that goes on after the refusal does no harm`() throws {
    let server = try PlainServer { socket in
      socket.write([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0])
      for _ in 0..<40 { socket.write([UInt8](repeating: 0x78, count: 100_000)) }
      socket.end()
    }
    let peer = try Peer(server.url, keeping: server)
    #expect(try peer.close().code == 1009)
  }

  @Test func `fragments that add up past the limit are refused`() throws {
    var limits = SocketLimits()
    limits.inboundFrame = 100
    let server = try PlainServer { socket in
      let piece = [UInt8](repeating: 0x78, count: 60)
      socket.write([0x01, 60] + piece)
      socket.write([0x80, 60] + piece)
      socket.end()
    }
    let peer = try Peer(server.url, limits: limits, keeping: server)
    #expect(try peer.close().code == 1009)
  }

  @Test func `a binary message is refused`() throws {
    let server = try PlainServer { socket in
      socket.write([0x82, 1, 0x78])
      socket.end()
    }
    let peer = try Peer(server.url, keeping: server)
    #expect(try peer.close().code == 1003)
  }

  @Test func `a close frame tells its code and its words`() throws {
    let server = try PlainServer { $0.write([0x88, 6, 0x03, 0xf3] + Array("full".utf8)) }
    let close = try Peer(server.url, keeping: server).close()
    #expect(close.code == 1011 && close.reason == "full")
  }

  @Test func `a ping is answered with its own bytes, a close with its own code`() throws {
    let answers = Inbox<[UInt8]>()
    let server = try PlainServer { socket in
      socket.write([0x89, 3, 1, 2, 3])
      if let answer = socket.readFrame() { answers.post([answer.opcode] + answer.payload) }
      socket.write([0x88, 2, 0x03, 0xf3])
      if let answer = socket.readFrame() { answers.post([answer.opcode] + answer.payload) }
      if socket.readFrame() == nil { answers.post([]) }
    }
    let peer = try Peer(server.url, keeping: server)
    #expect(try peer.close().code == 1011)
    var said: [[UInt8]] = []
    while said.count < 3 {
      let more = answers.wait(until: .now + patience)
      guard !more.isEmpty else { break }
      said += more
    }
    #expect(said == [[10, 1, 2, 3], [8, 0x03, 0xf3], []])
  }

  @Test func `what breaks the protocol is told to the other side`() throws {
    let answers = Inbox<[UInt8]>()
    let server = try PlainServer { socket in
      socket.write([0x81, 0x80])
      if let answer = socket.readFrame() { answers.post([answer.opcode] + answer.payload) }
    }
    let close = try Peer(server.url, keeping: server).close()
    #expect(close.code == 1002 && close.reason == "a masked frame from a server")
    #expect(
      answers.wait(until: .now + patience)
        == [[8, 0x03, 0xea] + Array("a masked frame from a server".utf8)])
  }

  @Test func `messages go out while others keep coming`() throws {
    let server = try PlainServer { socket in
      let text = [0x81, 126, 0x03, 0xe8] + [UInt8](repeating: 0x78, count: 1_000)
      // The end comes when the other side is heard, in the midst of a flood.
      while !socket.hasMore { socket.write(text) }
      if socket.readFrame()?.payload == Array("stop".utf8) { socket.write([0x88, 2, 0x0b, 0xb8]) }
    }
    let peer = try Peer(server.url, keeping: server)
    peer.send("stop")
    #expect(try peer.close().code == 3000)
  }

  @Test func `a frame cut short by the end is not told`() throws {
    let server = try PlainServer { socket in
      socket.write([0x81, 10, 0x78, 0x78])
      socket.end()
    }
    let peer = try Peer(server.url, keeping: server)
    guard case .closed = try peer.next() else {
      Issue.record("half a frame was told")
      return
    }
  }

  @Test func `a connection that is broken off is told, with what was to be sent still waiting`()
    throws
  {
    let server = try PlainServer { socket in
      _ = socket.readFrame()
      socket.reset()
    }
    let peer = try Peer(server.url, keeping: server)
    for _ in 0..<64 { peer.send(String(repeating: "x", count: 60_000)) }
    guard case .closed = try peer.next() else {
      Issue.record("something was told before the end")
      return
    }
  }

  @Test func `a server that ends without having read is left, with bytes still waiting`() throws {
    let mayEnd = Inbox<Bool>()
    let server = try PlainServer { socket in
      _ = mayEnd.wait(until: .now + patience)
      socket.end()
    }
    let peer = try Peer(server.url, keeping: server)
    // Until the system takes no more: the deadline is the proof.
    repeat {
      peer.send(String(repeating: "x", count: 50_000))
    } while peer.events.wait(until: .now + .milliseconds(300), limit: 1).first == .drained
    mayEnd.post(true)
    guard case .closed = try peer.next() else {
      Issue.record("something was told before the end")
      return
    }
    peer.sockets.stop()
  }

  @Test func `a client that ends without reading holds nobody up`() throws {
    var limits = SocketLimits()
    limits.sendQueue = 64 << 20
    let server = try EchoServer(limits: limits, flood: 32 << 20)
    let deaf = try PlainClient(port: server.thread.port)
    deaf.send("flood")
    // Until the system takes no more: the deadline is the proof.
    var pieces = server.taken.wait(until: .now + patience).count
    while case let more = server.taken.wait(until: .now + .milliseconds(300)), !more.isEmpty {
      pieces += more.count
    }
    #expect(pieces > 0 && pieces < 600)
    deaf.end()
    for _ in 0..<3 {
      let other = try Peer(server.url)
      other.send("hello")
      #expect(try other.message() == "hello")
    }
    withExtendedLifetime(deaf) {}
  }

  @Test func `a refused upgrade tells status, Retry-After and Date`() throws {
    let server = try PlainServer(
      answer: "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 900\r\n"
        + "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n")
    let close = try Peer(dialling: server.url, keeping: server).close()
    #expect(close.httpStatus == 429)
    #expect(close.retryAfter == 900)
    #expect(close.serverDate == 784_111_777)
  }

  @Test func `a redirect is not followed`() throws {
    let elsewhere = try EchoServer()
    let server = try PlainServer(
      answer: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(elsewhere.thread.port)/\r\n"
        + "Content-Length: 0\r\n\r\n")
    let peer = try Peer(dialling: server.url, keeping: server)
    #expect(try peer.close().httpStatus == 302)
    #expect(server.requests.wait(until: .now + patience).count == 1)
  }

  @Test func `a page of HTML is not a relay`() throws {
    let server = try PlainServer(
      answer: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nLogin")
    let close = try Peer(dialling: server.url, keeping: server).close()
    #expect(close.httpStatus == 200)
  }

  @Test func `the request names the program and the host`() throws {
    let server = try PlainServer { _ in }
    let peer = try Peer(server.url, keeping: server)
    let request = try #require(server.requests.wait(until: .now + patience).first)
    #expect(request.contains("User-Agent: studio\r\n"))
    #expect(request.lowercased().contains("host: 127.0.0.1:\(server.port)\r\n"))
    _ = peer
  }

  @Test func `an upgrade that is never answered ends in time`() throws {
    var limits = SocketLimits()
    limits.upgradeTimeout = .milliseconds(200)
    let server = try PlainServer(answer: nil)
    let close = try Peer(dialling: server.url, limits: limits, keeping: server).close()
    #expect(close.reason.contains("in time"))
  }

  @Test func `a peer that falls silent after a ping is given up`() throws {
    var limits = SocketLimits()
    limits.pingAfter = .milliseconds(100)
    limits.deadAfter = .milliseconds(100)
    let server = try PlainServer { _ in }
    let close = try Peer(server.url, limits: limits, keeping: server).close()
    #expect(close.reason.contains("after a ping"))
  }

  @Test func `pings are answered by both sides, so a quiet connection lives`() throws {
    var limits = SocketLimits()
    limits.pingAfter = .milliseconds(100)
    limits.deadAfter = .milliseconds(250)
    let server = try EchoServer(limits: limits)
    let peer = try Peer(server.url, limits: limits, keeping: server)
    // Nothing may come; the deadline is the proof.
    #expect(throws: Late.self) { try peer.next(within: .milliseconds(900)) }
    peer.send("still here")
    #expect(try peer.message() == "still here")
  }

  @Test func `a host that refuses, and one without an address, end the link`() throws {
    let port = try EchoServer().thread.port
    #expect(try Peer(dialling: "ws://127.0.0.1:\(port)").close().httpStatus == nil)
    let close = try Peer(dialling: "ws://no-such-host.invalid").close()
    #expect(close.reason.contains("no address"))
  }

  @Test func `a paused link is not read, and read on after resume`() throws {
    let server = try EchoServer()
    let peer = try Peer(server.url, keeping: server)
    peer.sockets.pause(peer.link)
    let text = [UInt8](repeating: 0x78, count: 100_000)
    for _ in 0..<200 { peer.sockets.send(text, on: peer.link) }
    _ = server.frames.wait(until: .now + patience)
    let early = peer.events.drain().count { if case .frame = $0 { true } else { false } }
    #expect(early < 200)
    peer.sockets.resume(peer.link)
    var got = early
    while got < 200 {
      guard case .frame = try peer.next() else { continue }
      got += 1
    }
  }

  @Test func `a reader that does not read is closed at the bound`() throws {
    let rig = try RelayRig { $0.pendingOutput = 1_048_576 }
    let slow = try rig.client()
    #expect(try slow.stored(Filter(limit: 0)) == [])
    slow.sockets.pause(slow.link)
    let fast = try rig.client()
    let text = String(repeating: "x", count: 100_000)
    // What the system buffers for a socket is a few MiB; twice 100 events is far more.
    for number in 0..<200 { #expect(try fast.publish(event("\(number)" + text)).accepted) }
    slow.sockets.resume(slow.link)
    var events = 0
    while case .frame = try slow.next() { events += 1 }
    #expect(events < 200)
    #expect(try fast.stored(Filter(limit: 1)).count == 1)
  }
}

@Suite(.serialized) struct CertificateTests {
  @Test func `a certificate is believed when its authority is, and for its name alone`() throws {
    try withTemporaryDirectory { directory in
      let files = try Certificate(in: directory)
      let server = try EchoServer(certificate: (files.chain, files.key))
      let url = "wss://localhost:\(server.thread.port)"

      let stranger = try Peer(dialling: url)
      #expect(try stranger.close().reason.contains("certificate"))

      let friend = try Peer(url, extraAuthority: files.chain)
      friend.send("hello")
      #expect(try friend.message() == "hello")
      let long = String(repeating: "long ", count: 300_000)
      for _ in 0..<3 { friend.send(long) }
      for _ in 0..<3 { #expect(try friend.message() == long) }

      let misled = try Peer(
        dialling: "wss://127.0.0.1:\(server.thread.port)", extraAuthority: files.chain)
      #expect(try misled.close().reason.contains("certificate"))
      #expect(server.frames.drain().count == 4)
    }
  }
}

/// A self-signed certificate for `localhost`, made by `openssl`.
struct Certificate {
  let chain: String
  let key: String

  init(in directory: String) throws {
    chain = directory + "/cert.pem"
    key = directory + "/key.pem"
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
      "-keyout", key, "-out", chain,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Late(description: "openssl failed") }
  }
}
