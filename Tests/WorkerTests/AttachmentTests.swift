import FourA
import Foundation
import Home
import Nostr
import Relay
import Replica
import Studio
import TestKit
import Testing
import Threads

@testable import Worker
@testable import Workspace

/// What belongs to a card: from where it comes, how it is checked, and where it ends up.
@Suite struct AttachmentTests {
  private static let key = (0..<32).map { UInt8($0) }
  private static let nonce = (0..<12).map { UInt8(100 + $0) }
  private static let text = Array("A plan for the garden.\n".utf8)
  private static let sealed = ChaChaPoly.seal(text, key: key, nonce: nonce)

  private func file(
    _ mirrors: [String], name: String = "plan.txt", size: Int? = nil,
    sha256: String? = nil, blake3: String? = nil
  ) -> JSON {
    [
      "type": "file", "createdBy": "x", "filename": .string(name), "mime_type": "text/plain",
      "size_bytes": .integer(Int64(size ?? Self.text.count)),
      "sha256": .string(sha256 ?? SHA256.hash(Self.sealed).hex),
      "blake3": .string(blake3 ?? BLAKE3.hash(Self.sealed).hex),
      "mirrors": .array(mirrors.map { .string($0) }),
      "decrypt_hint": ["kind": "audience-epoch+file-key", "epoch_n": 1, "wrapped_key": "x"],
    ]
  }

  private func card(_ yard: Yard, _ blocks: [JSON]) throws -> CardRow {
    let event = try yard.publish(
      .card(
        Card(
          kind: "task", track: "backend", title: "Garden", body: "Read it",
          blocks: blocks.compactMap { $0.object.flatMap { Block($0) } },
          assignees: [try Person.atlas.key], createdBy: "x")),
      d: "garden", by: .bob)
    return try yard.row(event)
  }

  private func rules(_ sources: String...) -> AttachmentRules {
    var rules = AttachmentRules()
    rules.sources = sources.compactMap { WebAddress($0) }
    return rules
  }

  private func plans(_ blocks: [JSON], _ rules: AttachmentRules) throws -> [RunAttachment] {
    guard case .fetched(let plans) = rules.judge(try card(try Yard(), blocks)) else {
      Issue.record("it was refused")
      return []
    }
    return plans
  }

  /// Fetches what the blocks name, and tells what then lies in the folder.
  private func fetch(
    _ blocks: [JSON], from server: FileServer, key: [UInt8] = key + nonce
  ) throws -> (error: StudioError?, files: [String: [UInt8]]) {
    let folder = NSTemporaryDirectory() + "in-" + UUID().uuidString
    try SystemCall.makeDirectory(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let plans = try plans(blocks, rules("\(server.origin)/"))
    var failure: StudioError?
    do throws(StudioError) {
      try AttachmentFetch(into: folder, get: FileServer.get) { _, _ in key }.run(plans)
    } catch {
      failure = error
    }
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      files[name] = try SystemCall.read("\(folder)/\(name)", limit: 1 << 20)
      let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[
        .posixPermissions]
      #expect(mode as? Int == 0o600)
    }
    return (failure, files)
  }

  private func server() throws -> FileServer {
    try FileServer { path, send in
      let length = "Content-Length: \(Self.sealed.count)\r\n"
      switch path {
      case "/good": _ = send(FileServer.head("200 OK", length) + Self.sealed)
      // Until it is closed.
      case "/plain": _ = send(FileServer.head("200 OK") + Self.sealed)
      case "/short": _ = send(FileServer.head("200 OK", length) + Self.sealed.dropLast())
      case "/other":
        _ = send(FileServer.head("200 OK", length) + Self.sealed.map { $0 ^ 1 })
      case "/endless":
        guard send(FileServer.head("200 OK")) else { return }
        while send([UInt8](repeating: 7, count: 4_096)) {}
      case "/elsewhere":
        _ = send(FileServer.head("302 Found", "Location: /good\r\nContent-Length: 0\r\n"))
      default: _ = send(FileServer.head("404 Not Found", "Content-Length: 0\r\n"))
      }
    }
  }

  @Test(arguments: ["/good", "/plain"])
  func `a file is fetched, checked, opened and kept for its owner alone`(path: String) throws {
    let server = try server()
    let (error, files) = try fetch([file(["\(server.origin)\(path)"])], from: server)
    #expect(error == nil && files == ["plan.txt": Self.text])
  }

  @Test(arguments: [
    ("/other", "sha256"), ("/endless", "size_bytes"), ("/short", ""), ("/elsewhere", "mirrors"),
    ("/nowhere", "mirrors"),
  ])
  func `what is wrong with a file is named, and nothing of it stays`(
    path: String, field: String
  ) throws {
    let server = try server()
    let (error, files) = try fetch([file(["\(server.origin)\(path)"])], from: server)
    #expect(error?.code == "attachment_unavailable", "\(String(describing: error))")
    if !field.isEmpty { #expect(error?.field == field, "\(String(describing: error))") }
    #expect(files.isEmpty)
    #expect(server.asked.drain() == [path], "nothing was followed")
  }

  @Test func `both hashes count, and the key`() throws {
    let server = try server()
    let good = "\(server.origin)/good"
    let zeros = String(repeating: "0", count: 64)
    #expect(try fetch([file([good], sha256: zeros)], from: server).error?.field == "sha256")
    #expect(try fetch([file([good], blake3: zeros)], from: server).error?.field == "blake3")
    let wrong = try fetch([file([good])], from: server, key: Self.nonce + Self.key)
    #expect(wrong.error?.field == "decrypt_hint.wrapped_key" && wrong.files.isEmpty)
  }

  @Test func `of three mirrors the first good one serves, and a fourth is not asked`() throws {
    let server = try server()
    let bad = "\(server.origin)/nowhere"
    let good = "\(server.origin)/good"
    let (error, files) = try fetch([file([bad, good])], from: server)
    #expect(error == nil && files.count == 1)
    #expect(server.asked.drain() == ["/nowhere", "/good"])
    #expect(try fetch([file([bad, bad, bad, good])], from: server).error != nil)
    #expect(server.asked.drain().count == 3)
  }

  @Test func `an image is opened with the keys of its one message`() throws {
    let epoch = try SecretKey(bytes: SHA256.hash("epoch").bytes)
    let conversation = try ConversationKey(secret: epoch, peer: Person.bob.key)
    let image = [UInt8](repeating: 9, count: 5_000)
    let base64 = try NIP44.encrypt(image, with: conversation)
    let sealed = [UInt8](try #require(Data(base64Encoded: base64)))
    let server = try FileServer { _, send in _ = send(FileServer.head("200 OK") + sealed) }
    let block: JSON = [
      "type": "image", "mime_type": "image/png", "sha256": .string(SHA256.hash(sealed).hex),
      "blake3": .string(BLAKE3.hash(sealed).hex), "mirrors": [.string("\(server.origin)/i")],
      "decrypt_hint": ["kind": "audience-epoch", "epoch_n": 1],
    ]
    let key = try #require(
      NIP44.messageKey(nonce: Array(sealed[1..<33]), with: conversation))
    let (error, files) = try fetch([block], from: server, key: key)
    #expect(error == nil && files == ["image-1.png": image])
  }

  @Test func `names are of one part, not hidden, harmless to a shell, and unlike each other`()
    throws
  {
    let names = [
      "../../etc/passwd", "..", "C:\\x\\plan.txt", ".bashrc", "a\u{1B}[2Jb\n.txt", "PLAN.txt",
      "-rf", "$(id).sh", "\u{202E}gnp.exe", "",
    ]
    let plans = try plans(
      names.map { file(["https://blobs.example/x"], name: $0) }, rules("https://blobs.example/"))
    #expect(
      plans.map(\.name) == [
        "passwd", "file", "plan.txt", "bashrc", "a__2Jb_.txt", "PLAN-2.txt", "rf", "id_.sh",
        "gnp.exe", "file-2",
      ])
    for plan in plans { #expect(RunAttachment(json: plan.json) == plan) }
  }

  @Test func `nothing is fetched from where the owner has not allowed, nor too much`() throws {
    let yard = try Yard()
    let card = try card(yard, [file(["https://blobs.example/team/x", "https://evil.example/x"])])
    func words(_ rules: AttachmentRules) -> String {
      guard case .refused(let words) = rules.judge(card) else { return "" }
      return words
    }
    #expect(words(rules()).contains("“attachments https://blobs.example/” in worker.conf"))
    for source in [
      "https://blobs.example/tea", "https://blobs.example:444/", "http://127.0.0.1/",
      "https://example/",
    ] {
      #expect(!words(rules(source)).isEmpty, "\(source)")
    }
    var allowed = rules("https://blobs.example/team")
    guard case .fetched(let plans) = allowed.judge(card) else {
      Issue.record("it was refused")
      return
    }
    #expect(plans[0].mirrors.map(\.origin) == ["https://blobs.example"])
    allowed.each = 10
    #expect(words(allowed).contains("attachment_mb"))
    (allowed.each, allowed.total) = (100, 10)
    #expect(words(allowed).contains("attachments_mb"))
    // The worker passes it over, and says what would have to be said.
    try yard.step()
    let skip = try #require(try yard.reader.runRecords(on: card.id).first?.record)
    #expect(skip.code == "attachment_unavailable")
    #expect(skip.reason.contains("“attachments https://blobs.example/”"))
    yard.settings.attachments = rules("https://blobs.example/")
    yard.restart()
    try yard.step()
    let run = try #require(try yard.reader.workerRuns(on: card.id).first)
    let size = Self.text.count
    #expect(
      yard.driver.jobs[run.run]?.prompt.contains(
        "\"$STUDIO_RUN_DIR/in/plan.txt\" (\(size) bytes, text/plain)") == true)
  }

  @Test func `an address that could be read in two ways is none`() {
    for text in [
      "http://blobs.example/", "https://a@b.example/", "https://b.example/../x",
      "https://b.example/%2e%2e/x", "https://b.example//x", "https://b.example/a b", "ftp://x/",
      "https://", "https://b.example:0/", "https://b.example/#x", "https://[::1/", "https:///x",
      "file:///etc/passwd", "https://b.example\\@c/", "http://127.0.0.1.example/",
    ] {
      #expect(WebAddress(text) == nil, "\(text)")
    }
    #expect(WebAddress("HTTPS://Blobs.Example:8443/x?y=1")?.origin == "https://blobs.example:8443")
    #expect(WebAddress("http://[::1]:80/x")?.authority == "[::1]")
    #expect(WebAddress("http://localhost")?.path == "/")
  }
}

extension FileServer {
  /// As `studio _run` gets what it fetches.
  fileprivate static let get: AttachmentFetch.Get = {
    (address, seconds, take) throws(StudioError) in
    let place = Download.Place(
      isSecure: address.isSecure, host: address.host, port: address.port,
      authority: address.authority, path: address.path)
    do throws(Download.Failure) {
      try Download.get(place, within: seconds, take)
    } catch {
      throw StudioError("attachment_unavailable", "\(error)", field: "mirrors")
    }
  }
}
