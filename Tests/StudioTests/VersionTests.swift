import FourA
import Nostr
import Studio
import Testing

struct VersionTests {
  @Test func `an edit names the versions before it, the last eight`() {
    let ids = (0..<10).map { EventID(SHA256.hash("\($0)")) }
    var edited = card()
    for id in ids { edited = edited.superseding(id) }
    #expect(edited.fabric?.previousIDs == Array(ids.suffix(8)))
    #expect(edited.superseding(ids[9]).fabric?.previousIDs == Array(ids.suffix(8)))
  }

  @Test func `G15 an extension object that another client dropped is kept`() {
    let ours = card(fabric: Fabric(type: "contract", fields: ["rev": 3]))
    let stripped = card(title: "New")
    let kept = stripped.keepingFabric(of: ours)
    #expect(kept.title == "New")
    #expect(kept.fabric == ours.fabric)
    #expect(stripped.lostFabric(of: ours))
    let own = card(fabric: Fabric(type: "task"))
    #expect(own.keepingFabric(of: ours).fabric == own.fabric)
    #expect(stripped.keepingFabric(of: card()).fabric == nil)
  }

  @Test func `a tombstone keeps all text and nobody's assignment`() {
    let gone = card(body: "words", assignees: [Known.bob]).deleted()
    #expect(gone.status == .deleted)
    #expect(gone.body == "words")
    #expect(gone.assignees.isEmpty)
  }
}

struct BlockTests {
  @Test func `6-2-28 unknown and malformed blocks are kept verbatim, and hide nothing`() throws {
    let blocks =
      #"[{"type":"text","body":"hi","x":1},{"type":"poll","q":[1,{"a":null}]},"#
      + #"{"type":"image","sha256":5}]"#
    let card = try #require(try readCard(Sample.changing(Sample.card, "blocks", blocks)))
    #expect(card.blocks.map(\.content) == [.text("hi"), .unknown, .unknown])
    let text = String(decoding: try Payload.card(card).encoded(), as: UTF8.self)
    #expect(text.contains("\"blocks\":\(blocks)"))
  }

  @Test func `the blocks that we write read back as what they are`() {
    #expect(Block.text("t").content == .text("t"))
    #expect(Block.code("x", language: "c").content == .code(language: "c", body: "x"))
    #expect(Block.link("https://a", label: "PR").content == .link(href: "https://a", label: "PR"))
    #expect(Block.link("a").content == .link(href: "a", label: nil))
    #expect(Block.field("k", "v").content == .field(key: "k", value: "v"))
  }

  @Test func `image and file blocks are read with their keys, or not at all`() throws {
    let sha = Known.event.hex
    let image =
      #"{"type":"image","sha256":"\#(sha)","mirrors":["https://a",1],"mime_type":"image/png","#
      + #""blake3":"x","decrypt_hint":{"kind":"audience-epoch","epoch_n":2}}"#
    let file =
      #"{"type":"file","filename":"a.txt","size_bytes":10,"sha256":"\#(sha)","mirrors":[],"#
      + #""mime_type":"text/plain","decrypt_hint":{"epoch_n":2,"wrapped_key":"k"}}"#
    let hostile = file.replacing("\"size_bytes\":10", with: "\"size_bytes\":-1")
    let text = try Sample.changing(Sample.card, "blocks", "[\(image),\(file),\(hostile)]")
    let contents = try #require(try readCard(text)).blocks.map(\.content)
    guard case .image(let picture) = contents[0], case .file(let attached) = contents[1] else {
      Issue.record("expected an image and a file, found \(contents)")
      return
    }
    #expect(picture.epoch == 2)
    #expect(picture.mirrors == ["https://a"])
    #expect(attached.size == 10)
    #expect(attached.filename == "a.txt")
    #expect(attached.wrappedKey == "k")
    #expect(contents[2] == .unknown)
  }
}

struct RoomTests {
  @Test func `6-1-6 a room payload that names another slug is about no room`() throws {
    let team = try #require(Audience(key: Known.alice, slug: "team"))
    let other = try #require(Audience(key: Known.alice, slug: "Team"))
    guard case .room(let room) = try read(30536, Sample.room) else {
      Issue.record("expected a room")
      return
    }
    #expect(room.isAbout(team))
    #expect(!room.isAbout(other))
  }
}
