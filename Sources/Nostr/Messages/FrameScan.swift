/// A first look at a frame, before it is worth parsing.
package enum FrameScan {
  /// The subscription and the claimed id of an EVENT frame, or `nil` for any other frame. Nothing
  /// is checked: the answer only tells whether the id was seen and verified before.
  package static func eventID(in frame: [UInt8]) -> (subscription: String, id: EventID)? {
    guard frame.count <= MessageLimits.frameBytes else { return nil }
    return frame.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      return try? find(&scanner)
    }
  }

  private static func find(
    _ scanner: inout JSONScanner
  ) throws(NostrError) -> (subscription: String, id: EventID)? {
    guard scanner.consume(0x5b),
      scanner.bytes(try scanner.stringSpan(in: "message")).elementsEqual("EVENT".utf8)
    else { return nil }
    let subscription = try scanner.nextString(in: "subscription")
    guard scanner.consume(0x2c), scanner.consume(0x7b) else { return nil }
    repeat {
      let key = scanner.bytes(try scanner.stringSpan(in: "event"))
      guard scanner.consume(0x3a) else { return nil }
      guard key.elementsEqual("id".utf8) else {
        try scanner.stepOver()
        continue
      }
      guard let id = Bytes32(hexBytes: scanner.bytes(try scanner.stringSpan(in: "id"))) else {
        return nil
      }
      return (subscription, EventID(id))
    } while scanner.consume(0x2c)
    return nil
  }
}

extension JSONScanner {
  /// Steps over a value by its brackets and quotes alone.
  fileprivate mutating func stepOver() throws(NostrError) {
    var open = 0
    while let byte = peek() {
      switch byte {
      case 0x22: _ = try stringSpan(in: "event")
      case 0x5b, 0x7b:
        open += 1
        advance()
      case 0x5d, 0x7d:
        guard open > 0 else { return }
        open -= 1
        advance()
      case 0x2c where open == 0: return
      default: advance()
      }
      if open == 0, peek() == 0x2c { return }
    }
  }
}
