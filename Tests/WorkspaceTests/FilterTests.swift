import Home
import Replica
import TestKit
import Testing

@testable import Workspace

@Suite struct FilterTests {
  static func tree(_ text: String) throws -> String { try shape(FilterQuery(parsing: text).root) }

  /// The tree with every group in brackets.
  private static func shape(_ node: FilterNode) -> String {
    switch node {
    case .both(let parts): "[\(parts.map(shape).joined(separator: " & "))]"
    case .either(let parts): "[\(parts.map(shape).joined(separator: " | "))]"
    case .not(let part): "-\(shape(part))"
    case .term(let term):
      "\(term.field.name)\(term.comparison?.rawValue ?? "")<\(term.values.map(\.text).joined(separator: ","))>"
    }
  }

  @Test(arguments: [
    ("", "[]"),
    ("   ", "[]"),
    ("retry", "<retry>"),
    ("retry upload", "[<retry> & <upload>]"),
    ("\"retry policy\" x", "[<retry policy> & <x>]"),
    ("\"a \\\" b \\\\ c \\d\"", "<a \" b \\ c \\d>"),
    ("is:waiting", "is<waiting>"),
    ("is:in-progress", "is<in_progress>"),
    ("IS:Open", "is<open>"),
    ("is:open -label:chore agent:atlas,drift", "[is<open> & -label<chore> & agent<atlas,drift>]"),
    ("to:me assignee:none agent:x", "[agent<me> & agent<none> & agent<x>]"),
    ("tag:a status:Done", "[label<a> & col<done>]"),
    ("age:>2d col:in-progress", "[age><2d> & col<in_progress>]"),
    ("by:me has:draft", "[by<me> & has<draft>]"),
    ("text:\"retry policy\",x", "text<retry policy,x>"),
    ("(track:ops | label:ci) is:unread", "[[track<ops> | label<ci>] & is<unread>]"),
    ("a b | c", "[[<a> & <b>] | <c>]"),
    ("a | b | c", "[<a> | <b> | <c>]"),
    ("-(a b)", "-[<a> & <b>]"),
    ("-(-a)", "--<a>"),
    ("((a))", "<a>"),
    ("a (b c) d", "[<a> & <b> & <c> & <d>]"),
    ("-\"a b\"", "-<a b>"),
    ("unread:>5 unread:3 unread:=3", "[unread><5> & unread<3> & unread=<3>]"),
    (
      "updated:<10m updated:2026-01-31 updated:>=2026-01-01",
      "[updated<<10m> & updated<2026-01-31> & updated>=<2026-01-01>]"
    ),
    ("kind:note id:1f0c9a2e", "[kind<note> & id<1f0c9a2e>]"),
    ("track:\"two words\"", "track<two words>"),
    ("foo,bar 10:30 a-b :x retr*", "[<foo,bar> & <10:30> & <a-b> & <:x> & <retr*>]"),
    ("a\"b\"(c)", "[<a> & <b> & <c>]"),
    ("é:x ÅB", "[<é:x> & <ÅB>]"),
  ])
  func `every form is read`(text: String, expected: String) throws {
    #expect(try Self.tree(text) == expected)
  }

  @Test(arguments: [
    ("trak:ops", "col 1: unknown field “trak”, did you mean “track”?"),
    ("is:open col:doing lable:x", "col 19: unknown field “lable”, did you mean “label”?"),
    ("http://x", "col 1: unknown field “http”; in quotes it is a word"),
    ("a -run:>10m", "col 4: “run” is not known yet"),
    ("run:3", "col 1: “run” is not known yet"),
    ("prio:1 ", "col 1: “prio” is not known yet"),
    ("is:stalled", "col 4: “is:stalled” is not known yet"),
    ("has:diff", "col 5: “has:diff” is not known yet"),
    (
      "is:opne",
      "col 4: “is” takes open, in_progress, done, archived, waiting, unread, assigned, silent, not “opne”, did you mean “open”?"
    ),
    (
      "is:open,doing",
      "col 9: “is” takes open, in_progress, done, archived, waiting, unread, assigned, silent, not “doing”, did you mean “in_progress”?"
    ),
    (
      "has:coment",
      "col 5: “has” takes comment, question, label, assignee, draft, not “coment”, did you mean “comment”?"
    ),
    ("track:", "col 1: after “track:” comes a value"),
    ("track:a,", "col 1: after “track:a,” comes a value"),
    ("track: a", "col 1: after “track:” comes a value"),
    ("track:>a", "col 7: “track” takes =, not “>”"),
    ("text:~\"a.*\"", "col 6: “~” (a pattern) is not known yet"),
    ("track:a\"b\"", "col 8: after a value comes a space or a comma"),
    ("track:a(b)", "col 8: after a value comes a space or a comma"),
    ("age:2d", "col 5: “age” takes < or >, did you mean “age:>2d”?"),
    ("age:=2d", "col 5: “age” takes < > <= >=, not “=”"),
    ("age:>soon", "col 6: “age” takes a time such as 10m, 3h, 2d or 4w, not “soon”"),
    ("age:>2d,<3d", "col 9: “age” takes a time such as 10m, 3h, 2d or 4w, not “<3d”"),
    ("age:>2d,3d", "col 9: “age” takes one value"),
    ("age:>9999999d", "col 6: “age” takes a time such as 10m, 3h, 2d or 4w, not “9999999d”"),
    ("updated:2d", "col 9: “updated” takes < or > with a time, did you mean “updated:<2d”?"),
    (
      "updated:2026-02-30",
      "col 9: “updated” takes a time such as 10m or 2d, or a day such as 2026-01-31, not “2026-02-30”"
    ),
    ("unread:x", "col 8: “unread” takes a number from 0 to 100, not “x”"),
    ("unread:>101", "col 9: “unread” takes a number from 0 to 100, not “101”"),
    ("\"open", "col 1: this quote is not closed"),
    ("a \"b\\\"", "col 3: this quote is not closed"),
    ("(a", "col 1: this “(” is not closed"),
    ("a)", "col 2: nothing was opened that “)” could close"),
    ("()", "col 1: nothing is between the parentheses"),
    ("a | ", "col 3: after “|” comes a condition"),
    ("| a", "col 1: before “|” comes a condition"),
    ("a || b", "col 4: before “|” comes a condition"),
    ("(a |)", "col 4: after “|” comes a condition"),
    ("-", "col 1: after “-” comes what is not wanted"),
    ("a - b", "col 3: after “-” comes what is not wanted"),
    ("--a", "col 1: after “-” comes what is not wanted"),
    ("a OR b", "col 3: “OR” is written “|”; in quotes it is a word"),
    ("a AND b", "col 3: “AND” is written a space; in quotes it is a word"),
    ("NOT b", "col 1: “NOT” is written “-”; in quotes it is a word"),
    ("a && b", "col 3: “&&” has no letter and no digit to look for"),
    ("\"\"", "col 1: “” has no letter and no digit to look for"),
    ("text:\"?\"", "col 6: “?” has no letter and no digit to look for"),
    (
      "sort:age",
      "col 6: “sort” takes updated, created or title, with -asc or -desc, not “age”"
    ),
    ("sort:", "col 6: “sort” takes updated, created or title, with -asc or -desc, not “”"),
    ("-sort:title", "col 2: “sort” takes no “-”; the other way is title-asc or -desc"),
    ("(a sort:title)", "col 4: “sort” stands outside parentheses"),
    ("sort:title sort:created", "col 12: “sort” stands once"),
    ("a | sort:title", "col 3: after “|” comes a condition"),
    ("🎉 trak:x", "col 1: “🎉” has no letter and no digit to look for"),
    ("\"🎉x\" trak:x", "col 6: unknown field “trak”, did you mean “track”?"),
  ])
  func `what is wrong is told with its column and what to write`(
    text: String, expected: String
  ) throws {
    let error = #expect(throws: FilterError.self) { try FilterQuery(parsing: text) }
    #expect(error?.description == expected)
    if let error {
      #expect((1...text.unicodeScalars.count + 1).contains(error.column))
      #expect(error.error(for: text).exitCode == 2)
    }
  }

  @Test func `too long and too deep is refused`() {
    let long = String(repeating: "a ", count: 501)
    #expect(throws: FilterError.self) { try FilterQuery(parsing: long) }
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
    }
    #expect(throws: Never.self) { try FilterQuery(parsing: nested(20)) }
    #expect(throws: FilterError.self) { try FilterQuery(parsing: nested(21)) }
  }

  @Test func `an order is read wherever it stands outside parentheses`() throws {
    for text in ["sort:title a | b", "a | b sort:title-asc", "a sort:TITLE | b"] {
      let query = try FilterQuery(parsing: text)
      #expect(query.order == CardOrder(.title, descending: false))
      #expect(query.description == "a | b sort:title-asc")
    }
    #expect(try FilterQuery(parsing: "sort:created").order == CardOrder(.created, descending: true))
    #expect(try FilterQuery(parsing: "sort:updated-asc").description == "sort:updated-asc")
  }

  @Test func `while it is typed a short last word is left out`() throws {
    func typed(_ text: String) throws -> String { try FilterQuery(typing: text).description }
    #expect(try typed("retry fl") == "retry")
    #expect(try typed("retry -fl") == "retry")
    #expect(try typed("retry -") == "retry")
    #expect(try typed("retry fla") == "retry fla")
    #expect(try typed("fl ") == "fl")
    #expect(try typed("a is:open") == "a is:open")
    #expect(try typed("\"a b\"") == "\"a b\"")
    #expect(throws: FilterError.self) { try typed("\"a b") }
  }

  @Test(arguments: 0..<4)
  func `what is printed is read back as it was`(seed: UInt64) throws {
    var random = SeededRandom(seed)
    for _ in 0..<400 {
      let query = RandomFilter.query(&random, RandomFilter.grammar)
      let text = query.description
      let again = try FilterQuery(parsing: text)
      #expect(again == query, "\(text)")
      #expect(again.description == text)
    }
  }

  @Test(arguments: 0..<4)
  func `whatever is typed is read or refused in its place, and reads back`(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let pieces = [
      "is:", "open", "a", " ", " ", "(", ")", "|", "-", "\"", "\\", ",", ":", "<", ">=", "~",
      "age:",
      "2d", "sort:", "title", "é", "e\u{301}", "🎉", "\u{0}", "\t", "\n", "\u{202E}", "track:",
      "updated:", "2026-01-31", "unread:", "5", "OR", "*", "text:", "id:", "x", "\u{FEFF}",
    ]
    for _ in 0..<3_000 {
      let text = (0..<Int.random(in: 0...14, using: &random))
        .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      do throws(FilterError) {
        let query = try FilterQuery(parsing: text)
        let again = try FilterQuery(parsing: query.description)
        #expect(again == query, "\(text.debugDescription): \(query)")
      } catch {
        #expect((1...text.unicodeScalars.count + 1).contains(error.column), "\(text): \(error)")
      }
      let completion = FilterCompletion(text, FilterVocabulary(tracks: ["a b"], people: ["é"]))
      #expect(completion.length <= text.unicodeScalars.count)
    }
  }

  @Test func `completions are fields, then the values of the field`() {
    let words = FilterVocabulary(tracks: ["ops", "other one", "web"], people: ["atlas", "anna"])
    func next(_ text: String) -> [String] { FilterCompletion(text, words).candidates }
    #expect(next("tr") == ["track:"])
    #expect(next("a -la") == ["label:"])
    #expect(next("(a") == ["agent:", "age:"])
    #expect(next("track:o") == ["ops", "\"other one\""])
    #expect(next("is:open,do") == ["done"])
    #expect(next("TO:a") == ["atlas", "anna"])
    #expect(next("sort:ti") == ["title-desc", "title-asc"])
    #expect(next("nothing:") == [])
    #expect(next("\"tr") == [])
    #expect(next("is:done") == [])
    let track = FilterCompletion("x -track:o", words)
    #expect(track.applied(track.candidates[0], to: "x -track:o") == "x -track:ops")
    #expect(FilterCompletion("sort:ti", words).shared == "title-")
    #expect(FilterCompletion("sort:title-", words).shared == nil)
  }
}
