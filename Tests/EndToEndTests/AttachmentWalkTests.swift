import FourA
import Foundation
import Home
import Nostr
import Replica
import Studio
import TestKit
import Threads
import Testing

/// A card with a file and an image, from its author to the program that reads them.
@Suite struct AttachmentWalkTests {
  @Test
  func `what a card brings along is fetched where the owner allows, and opened by the engine`()
    throws
  {
    let key = (0..<44).map { UInt8($0) }
    let plan = Array("Beans before peas.\n".utf8)
    let sealed = ChaChaPoly.seal(plan, key: Array(key[..<32]), nonce: Array(key[32...]))
    let image = [UInt8](repeating: 7, count: 4_321)
    let world = SealedImage()
    let server = try FileServer { path, send in
      let bytes = path == "/blobs/plan" ? sealed : world.bytes ?? []
      _ = send(FileServer.head("200 OK", "Content-Length: \(bytes.count)\r\n") + bytes)
    }
    let shop = try Shop(
      """
      { cat "$STUDIO_RUN_DIR/in/plan.txt"; wc -c < "$STUDIO_RUN_DIR/in/image-2.png"; } > "$STUDIO_RUN_DIR/out/result.md"
      """, settings: "attachments \(server.origin)/blobs\n")
    let home = Home(directory: shop.ann.path)
    let secret = try #require(try Identity.open(home))
    let reader = try Reader(path: home.replicaFile)
    let room = try #require(try reader.rooms().first)
    let conversation = try ConversationKey(
      secret: secret, peer: try #require(room.epochKey))
    world.bytes = [UInt8](
      try #require(Data(base64Encoded: try NIP44.encrypt(image, with: conversation))))
    func block(_ type: String, _ path: String, _ bytes: [UInt8], _ more: JSONObject) -> Block? {
      var object: JSONObject = [
        "type": .string(type), "createdBy": .string(shop.ann.key),
        "sha256": .string(SHA256.hash(bytes).hex), "blake3": .string(BLAKE3.hash(bytes).hex),
        "mirrors": [.string("https://elsewhere.example/x"), .string("\(server.origin)\(path)")],
      ]
      for (name, value) in more { object[name] = value }
      return Block(object)
    }
    let blocks = [
      block(
        "file", "/blobs/plan", sealed,
        [
          "filename": "../plan.txt", "mime_type": "text/plain",
          "size_bytes": .integer(Int64(plan.count)),
          "decrypt_hint": [
            "kind": "audience-epoch+file-key", "epoch_n": .integer(Int64(room.epoch)),
            "wrapped_key": .string(try NIP44.encrypt(key, with: conversation)),
          ],
        ]),
      block(
        "image", "/blobs/image", world.bytes ?? [],
        [
          "mime_type": "image/png",
          "decrypt_hint": ["kind": "audience-epoch", "epoch_n": .integer(Int64(room.epoch))],
        ]),
    ].compactMap(\.self)
    let card = Payload.card(
      Card(
        kind: "task", track: "todo", title: "Garden", body: "Read the plan", blocks: blocks,
        assignees: [try #require(PublicKey(hex: shop.bot.key))], createdBy: shop.ann.key))
    try Desk(path: home.replicaFile).submit(
      KeyedOrder(
        "garden",
        .posts([.init(room: room.audience, kind: card.kind, d: "garden", payload: card.json)])),
      now: SystemCall.now())
    try shop.ann.json("sync")
    let run = try shop.wait("done")
    #expect(run["outcome"]?.string == "completed", "\(run)")
    let id = try #require(run["card"]?.string)
    try shop.ann.waitUntil("the result is here") {
      try shop.ann.cardShow(id).rows("comments").contains {
        $0["intent"]?.string == "result" && $0["body"]?.string == "Beans before peas.\n4321"
      }
    }
    // Never the key of the epoch, nor that of the file, on the disk.
    let name = try #require(run["run"]?.string)
    let spec = try #require(
      try SystemCall.read("\(shop.bot.path)/runs/\(name)/run.json", limit: 1 << 20))
    #expect(!String(decoding: spec, as: UTF8.self).contains(key.hex))
  }
}

/// What the server gives, known only once the room is there.
private final class SealedImage: Sendable {
  private let shared = Shared<[UInt8]?>(nil)

  var bytes: [UInt8]? {
    get { shared.value }
    set { shared.set(newValue) }
  }
}
