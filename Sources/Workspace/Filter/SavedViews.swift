package import Home

/// A filter with a name.
package struct SavedView: Sendable, Hashable {
  package let name: String
  /// As it was written.
  package let text: String
  package let query: FilterQuery
}

/// The person's own views, of `views.conf`: `view NAME QUERY`, one a line; `#` begins a comment line.
/// A line that cannot be read costs that line.
package struct SavedViews: Sendable, Hashable {
  /// What is wrong with one line.
  package struct Fault: Sendable, Hashable {
    /// From 1.
    package let line: Int
    /// From 1, in scalars.
    package let column: Int
    /// Scalars that are wrong; at least 1.
    package let length: Int
    package let message: String
    package let suggestion: String?
    /// The line as it stands in the file.
    package let source: String
  }

  static let most = 200

  /// In the order of the file.
  package private(set) var views: [SavedView] = []
  package private(set) var faults: [Fault] = []

  package init(parsing bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard let text = String(validating: line, as: UTF8.self) else {
        note(FilterError("this is not UTF-8", column: 1), index + 1, "")
        continue
      }
      do throws(FilterError) {
        try read(text)
      } catch {
        note(error, index + 1, text)
      }
    }
  }

  private mutating func note(_ error: FilterError, _ line: Int, _ source: String) {
    faults.append(
      Fault(
        line: line, column: error.column, length: error.length, message: error.message,
        suggestion: error.suggestion, source: source))
  }

  /// What a home without such a file has, and what the file begins with.
  package static let initial = Array(
    """
    # Views: view NAME QUERY
    view mine agent:me -col:done,archived
    view silent is:silent

    """.utf8)

  /// The views of a home.
  package static func load(from home: Home) throws(StudioError) -> SavedViews {
    SavedViews(parsing: try SystemCall.read(path(in: home), limit: 262_144) ?? initial)
  }

  /// Where a home's views are.
  package static func path(in home: Home) -> String { "\(home.configDirectory)/views.conf" }

  private mutating func read(_ line: String) throws(FilterError) {
    let scalars = Array(line.unicodeScalars)
    var words: [(text: String, start: Int)] = []
    var index = 0
    while index < scalars.count, words.count < 3 {
      if FilterScan.isBlank(scalars[index]) {
        index += 1
        continue
      }
      let start = index
      // The third is the rest of the line.
      let end =
        words.count == 2
        ? scalars.count : scalars[start...].firstIndex(where: FilterScan.isBlank) ?? scalars.count
      words.append((String(String.UnicodeScalarView(scalars[start..<end])), start))
      index = end
    }
    guard let first = words.first, !first.text.hasPrefix("#") else { return }
    guard first.text == "view" else {
      throw FilterError(
        "a line is: view NAME QUERY", column: first.start + 1,
        suggestion: Nearest.word(first.text, among: ["view"]))
    }
    guard words.count == 3 else {
      throw FilterError("a line is: view NAME QUERY", column: scalars.count + 1)
    }
    let (name, query) = (words[1], words[2])
    guard Self.isName(name.text) else {
      throw FilterError(
        "a view's name is 1 to 40 letters, digits, “-” and “_”", column: name.start + 1)
    }
    guard !views.contains(where: { $0.name == name.text }) else {
      throw FilterError("a view is called “\(name.text)” already", column: name.start + 1)
    }
    guard views.count < Self.most else {
      throw FilterError("there are more than \(Self.most) views", column: 1)
    }
    do throws(FilterError) {
      let text = FilterQuery.trimmed(query.text)
      views.append(SavedView(name: name.text, text: text, query: try FilterQuery(parsing: text)))
    } catch {
      throw FilterError(
        error.message, column: query.start + error.column, length: error.length,
        suggestion: error.suggestion)
    }
  }

  private static func isName(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
          || $0 == 0x2d || $0 == 0x5f
      }
  }

  /// The view of that name.
  ///
  /// - Throws: `view_not_found`, with the names there are.
  package func named(_ name: String) throws(StudioError) -> SavedView {
    if let view = views.first(where: { $0.name == name }) { return view }
    let near = Nearest.word(name, among: views.map(\.name)).map { ", did you mean “\($0)”?" } ?? ""
    throw StudioError(
      "view_not_found", "views.conf has no view “\(name.prefix(80))”\(near)", field: "view",
      value: name,
      hint: views.isEmpty
        ? "a line is: view NAME QUERY" : "there is \(views.map(\.name).joined(separator: ", "))")
  }
}
