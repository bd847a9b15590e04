import Home
import Testing

@testable import Workspace

@Suite struct SavedViewsTests {
  @Test func `a bad line costs that line and says where it is wrong`() throws {
    let views = SavedViews(
      parsing: Array(
        """
        # What I look at in the morning.
        view mine  is:open agent:me   # not a comment: 1

          view review\tcol:done "two words" | is:waiting\r
        view mine is:done
        vew x y
        view broken is:open trak:x
        view a/b is:open
        view alone
        """.utf8) + [0x0A, 0xFF, 0xFE, 0x0A] + Array("view last sort:title".utf8))
    #expect(views.views.map(\.name) == ["review", "mine", "last"])
    #expect(views.views.first?.text == "col:done \"two words\" | is:waiting")
    let faults = views.faults.map { "\($0.line):\($0.column): \($0.message)" }
    #expect(
      faults == [
        "2:31: “#” has no letter and no digit to look for",
        "6:1: a line is: view NAME QUERY",
        "7:21: unknown field “trak”",
        "8:6: a view's name is 1 to 40 letters, digits, “-” and “_”",
        "9:11: a line is: view NAME QUERY",
        "10:1: this is not UTF-8",
      ])
    #expect(views.faults.map(\.suggestion) == [nil, "view", "track", nil, nil, nil])
  }

  @Test func `names are there once, and a wrong one is told`() throws {
    let views = SavedViews(parsing: Array("view a is:open\nview a is:done\nview bee x".utf8))
    #expect(views.views.map(\.name) == ["a", "bee"])
    #expect(views.faults.map(\.line) == [2])
    #expect(try views.named("bee").text == "x")
    let error = #expect(throws: StudioError.self) { try views.named("bea") }
    #expect(error?.code == "view_not_found")
    #expect(error?.message.contains("“bee”") == true)
    #expect(SavedViews(parsing: []).views.isEmpty)
    let many = (0..<201).map { "view v\($0) x" }.joined(separator: "\n")
    #expect(SavedViews(parsing: Array(many.utf8)).faults.count == 1)
  }
}
