import Nostr
import Studio
import Testing

struct FabricTests {
  private func fabric(_ text: String) throws -> Fabric? { Fabric(try JSON(parsing: text)) }

  @Test func `a new object has version, type and connection`() {
    let fabric = Fabric(type: "run", connection: "c1", fields: ["run": "r", "v": 9])
    #expect(JSON.object(fabric.object).text == #"{"v":1,"t":"run","conn":"c1","run":"r"}"#)
    #expect(fabric.isKnown)
    #expect(fabric.connection == "c1")
  }

  @Test(arguments: ["2", "0", "-1", "\"1\"", "1.0", "null", "9223372036854775807"])
  func `a version that we do not know reads as plain, and is kept`(version: String) throws {
    let text =
      #"{"v":\#(version),"t":"run","prev_ids":["\#(Known.event.hex)"],"hold":true,"card":"x"}"#
    let fabric = try #require(try fabric(text))
    #expect(!fabric.isKnown)
    #expect(fabric.type == nil)
    #expect(fabric.previousIDs.isEmpty)
    #expect(!fabric.hold)
    let payload = try read(30530, try Sample.changing(Sample.card, "fabric", text))
    #expect(payload.extraTags.isEmpty)
    let again = try #require(try JSON(parsing: payload.encoded()).object)
    #expect(again["fabric"] == (try JSON(parsing: text)))
  }

  @Test func `hostile values read as absent`() throws {
    let fabric = try #require(
      try fabric(
        #"{"v":1,"t":"","conn":5,"addr":"x","card":"y","prev_ids":[1,"z","\#(Known.event.hex)"],"#
          + #""hold":"yes","run":{}}"#))
    #expect(fabric.type == nil)
    #expect(fabric.connection == nil)
    #expect(fabric.address == nil)
    #expect(fabric.card == nil)
    #expect(fabric.previousIDs == [Known.event])
    #expect(!fabric.hold)
    #expect(fabric.run == nil)
  }

  @Test(arguments: ["5", "[]", #""x""#, "null"])
  func `a malformed object is plain, and still the author's`(text: String) throws {
    let payload = try read(30530, try Sample.changing(Sample.card, "fabric", text))
    #expect(payload.fabric == nil)
    let again = try #require(try JSON(parsing: payload.encoded()).object)
    #expect(again["fabric"] == (try JSON(parsing: text)))
  }

  @Test func `an object above 8 KiB is neither read nor written`() throws {
    let filling = String(repeating: "x", count: 8_192)
    let text = #"{"v":1,"t":"run","x":"\#(filling)"}"#
    let payload = try read(30530, try Sample.changing(Sample.card, "fabric", text))
    #expect(payload.fabric == nil)
    let large = Fabric(type: "run", fields: ["x": .string(filling)])
    let found = problem { _ = try Payload.card(card(fabric: large)).encoded() }
    #expect(found?.code == "payload_too_large")
    #expect(found?.field == "fabric")
  }
}
