import ConfigLines

/// The values that lines of `worker.conf` and of adapters have.
extension ConfigLine {
  /// The one word after the key.
  func value(_ usage: String) throws(ConfigProblem) -> ConfigWord {
    guard words.count == 2, !words[1].text.isEmpty else {
      throw problem("expected: \(usage)", at: words.count > 2 ? words[2] : words[0])
    }
    return words[1]
  }

  /// One of several words.
  ///
  /// - Parameter stronger: words for what does not exist here: whoever asks for it gets nothing less in its place.
  func choice<Value>(
    _ usage: String, _ read: (String) -> Value?, _ known: [String], stronger: [String] = []
  ) throws(ConfigProblem) -> Value {
    let word = try value(usage)
    guard let value = read(word.text) else {
      guard !stronger.contains(word.text) else {
        throw problem(
          "\(words[0].text): there is no “\(word.text)” here, and nothing weaker runs in its place; "
            + "expected one of \(known.joined(separator: ", "))", at: word)
      }
      throw problem(
        "expected one of \(known.joined(separator: ", "))", at: word,
        suggestion: nearest(word.text, among: known))
    }
    return value
  }

  func count(_ range: ClosedRange<Int64>) throws(ConfigProblem) -> Int64 {
    let word = try value("\(words[0].text) NUMBER")
    guard let number = Int64(word.text), range.contains(number) else {
      throw problem("expected a number from \(range.lowerBound) to \(range.upperBound)", at: word)
    }
    return number
  }

  func amount() throws(ConfigProblem) -> Double {
    let word = try value("\(words[0].text) AMOUNT")
    guard let number = Double(word.text), number.isFinite, (0...1_000_000).contains(number) else {
      throw problem("expected an amount such as 2.50", at: word)
    }
    return number
  }

  /// `90`, `90s`, `15m`, `2h` or `7d`.
  func seconds() throws(ConfigProblem) -> Double { try seconds(value("\(words[0].text) TIME")) }

  func seconds(_ word: ConfigWord) throws(ConfigProblem) -> Double {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    let unit = word.text.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? word.text : String(word.text.dropLast())),
      (0...31_536_000).contains(number * (unit ?? 1))
    else { throw problem("expected a time such as 90s, 15m, 2h or 7d", at: word) }
    return number * (unit ?? 1)
  }

  /// `500m`, `10g`.
  func bytes() throws(ConfigProblem) -> Int64 {
    let word = try value("\(words[0].text) SIZE")
    let units: [Character: Int64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
    guard let unit = word.text.last.flatMap({ units[$0] }),
      let number = Int64(word.text.dropLast()), (0...100_000).contains(number)
    else { throw problem("expected a size such as 500m or 10g", at: word) }
    return number * unit
  }

  func variables(_ usage: String) throws(ConfigProblem) -> [String] {
    guard words.count > 1 else { throw problem("expected: \(usage)", at: words[0]) }
    for word in words.dropFirst() where !RunSpec.isVariable(word.text) {
      throw problem("“\(word.text)” is no name of a variable", at: word)
    }
    return words.dropFirst().map(\.text)
  }

  func variable() throws(ConfigProblem) -> (name: String, value: String) {
    guard words.count == 3 else { throw problem("expected: env NAME VALUE", at: words[0]) }
    guard RunSpec.isVariable(words[1].text), !words[1].text.hasPrefix("STUDIO") else {
      throw problem("“\(words[1].text)” is no name for a variable of one's own", at: words[1])
    }
    return (words[1].text, words[2].text)
  }
}
