import FourA
import Nostr
import TestKit
import Testing

struct BLAKE3Tests {
  @Test func `the tag of an empty text is the published one`() {
    #expect(BLAKE3.tag("") == "bk-v4jutopv7gq2nicajxvdnxgjjgn4wjojvxarfn6mtkj4vza7gjra")
  }

  @Test func `the tag of abc is the published one`() {
    #expect(BLAKE3.tag("abc") == "bk-mq33hlbyizith75whn2soounwvemkwcglv45wa75gwogzvn5twcq")
  }

  @Test func `a tag has 55 characters, whatever the text`() {
    for count in [0, 1, 63, 64, 65, 1023, 1024, 1025, 5000] {
      #expect(BLAKE3.tag(String(repeating: "é", count: count)).utf8.count == 55)
    }
  }

  @Test(.enabled(if: Vectors.present))
  func `every published input hashes as published`() throws {
    let file = try #require(try JSON(parsing: Vectors.bytes("blake3.vectors.json")).object)
    let cases = try #require(file["cases"]?.array)
    #expect(cases.count >= 30)
    for entry in cases {
      let length = Int(try #require(entry["input_len"]?.integer))
      let expected = try #require(entry["hash"]?.string).prefix(64)
      let input = (0..<length).map { UInt8($0 % 251) }
      #expect(BLAKE3.hash(input).hex == expected, "input of \(length) bytes")
    }
  }
}
