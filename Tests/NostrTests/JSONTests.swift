import Testing

@testable import Nostr

@Suite struct JSONTests {
  @Test func `a value survives its text`() throws {
    let value: JSON = [
      "a": [1, -2, 2.5, true, false, nil], "b": ["c": "x\"\\\n\u{1}é"], "": .object([:]), "z": [],
    ]
    let text = #"{"a":[1,-2,2.5,true,false,null],"b":{"c":"x\"\\\n\u0001é"},"":{},"z":[]}"#
    #expect(value.text == text)
    #expect(try JSON(parsing: text) == value)
  }

  @Test func `whole numbers stay apart from fractions and exponents`() throws {
    #expect(try JSON(parsing: "1") == .integer(1))
    #expect(try JSON(parsing: "1.0") == .number(1))
    #expect(try JSON(parsing: "1e3") == .number(1_000))
    #expect(try JSON(parsing: "-9223372036854775808") == .integer(.min))
    #expect(try JSON(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(code { try JSON(parsing: "1e999") } == .outOfRange)
    #expect(JSON.number(.infinity).text == "null")
    #expect(try JSON(parsing: JSON.number(1e-7).text) == .number(1e-7))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "-", "1.", ".5", "1e", "+1", "tru", "nul",
    "\"", "\"\\", "\"\\u00\"", "[1 2]", "1 2", "\u{feff}1", "{\"a\"}", "[}", "NaN",
  ])
  func `what is not JSON is refused`(text: String) {
    #expect(throws: NostrError.self) { try JSON(parsing: text) }
  }

  @Test func `a key given twice is refused at any depth`() {
    #expect(code { try JSON(parsing: #"[{"a":1,"\u0061":2}]"#) } == .duplicateKey)
    let many = (0..<40).map { "\"k\($0)\":0" }.joined(separator: ",")
    #expect(code { try JSON(parsing: "{\(many),\"k3\":1}") } == .duplicateKey)
  }

  @Test func `nesting is allowed to sixty-four and no further`() throws {
    let depth = JSONLimits.depth
    let fine = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(try JSON(parsing: fine).array?.count == 1)
    #expect(code { try JSON(parsing: "[\(fine)]") } == .tooDeep)
  }

  @Test func `a text over the limit is refused`() {
    #expect(code { try JSON(parsing: "[1,2]", limits: JSONLimits(bytes: 4)) } == .tooLarge)
  }

  @Test(arguments: [3, 40])
  func `an object keeps its order, and finds, changes and removes keys`(count: Int) throws {
    var object = JSONObject()
    for index in 0..<count { object["k\(index)"] = .integer(Int64(index)) }
    object["k1"] = "changed"
    #expect(object.keys == (0..<count).map { "k\($0)" })
    #expect(object["k1"]?.string == "changed")
    #expect(object.remove("k0") == .integer(0))
    #expect(object["k0"] == nil)
    object["k0"] = "last"
    #expect(object.keys.last == "k0")
    #expect(object.count == count)
    for (key, value) in object { #expect(object[key] == value) }
  }

  @Test func `objects are equal in any order`() throws {
    let one = try JSON(parsing: #"{"a":1,"b":2}"#)
    let two = try JSON(parsing: #"{"b":2,"a":1}"#)
    #expect(one == two)
    #expect(one.hashValue == two.hashValue)
    #expect(one.text != two.text)
  }

  @Test func `a special byte is found at every place of a long string`() throws {
    for count in 0..<40 {
      for special in ["\"", "\\", "\n", "\u{1f}"] {
        let text =
          String(repeating: "é", count: count / 2) + String(repeating: "~", count: count % 2)
        let value = JSON.string(text + special + "tail")
        #expect(try JSON(parsing: value.bytes) == value)
      }
    }
  }
}
