import Foundation
import Testing

/// Help, the manual page and the documents speak of the same commands.
@Suite struct ManualTests {
  private func commands() throws -> [String] {
    let overview = try Process.run([Process.studio, "--help"]).out
    return overview.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("  -") }
      .compactMap { line in
        line.dropFirst(2).components(separatedBy: "  ").first
      }
  }

  @Test func `the manual page has every command, and every option that help tells`() throws {
    let page = try Process.run([Process.studio, "help", "--man"])
    #expect(page.status == 0)
    #expect(page.out.hasPrefix(".TH STUDIO 1"))
    let text = page.out.replacing("\\-", with: "-")
    let commands = try commands()
    #expect(commands.count > 40)
    for command in commands {
      #expect(
        text.contains("\n.B studio \(command) ") || text.contains("\n.B studio \(command)\n"),
        "\(command)")
    }
    for option in ["--home DIR", "--json", "--plain", "--script FILE"] {
      #expect(text.contains("\n.B \(option)\n"), "\(option)")
    }
    for line in [
      "assign ID WHO", "answer QUESTION", "save-view NAME", "card.assign", "command.line",
    ] {
      #expect(text.contains("\n.B \(line)"), "\(line)")
    }
    // No text begins a request by accident.
    let requests: Set<String> = [".TH", ".SH", ".TP", ".B", ".br"]
    for line in page.out.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(requests.contains(String(line.prefix { $0 != " " })), "\(line)")
    }
  }

  @Test func `help as a command says what --help says`() throws {
    for words in [["card", "assign"], ["room", "invite"], []] {
      let asCommand = try Process.run([Process.studio, "help"] + words)
      let asOption = try Process.run([Process.studio] + words + ["--help"])
      #expect(asCommand.out == asOption.out)
      #expect(asCommand.status == 0)
    }
    #expect(try Process.run([Process.studio, "help", "nothing"]).status == 2)
  }

  @Test func `the README and the documents name only commands that there are`() throws {
    let commands = Set(try commands())
    let folder = URL(filePath: Process.repository)
    let documents =
      [folder.appending(path: "README.md")]
      + (try FileManager.default.contentsOfDirectory(
        at: folder.appending(path: "docs"), includingPropertiesForKeys: nil))
    var checked = 0
    for document in documents where document.pathExtension == "md" {
      let text = try String(contentsOf: document, encoding: .utf8)
      for match in text.matches(
        of: /(?:^|[`\s(&])studio ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/.anchorsMatchLineEndings())
      {
        let before = text[..<match.range.lowerBound]
        // In code alone: prose may say that Studio does something.
        guard
          before.count(where: { $0 == "`" }) % 2 == 1 || match.0.hasPrefix("`")
            || before.components(separatedBy: "```").count % 2 == 0
        else {
          continue
        }
        let one = String(match.1)
        let two = match.2.map { "\(one) \($0)" }
        checked += 1
        #expect(
          commands.contains(one) || two.map(commands.contains) == true,
          "\(document.lastPathComponent) names “studio \(two ?? one)”")
      }
    }
    #expect(checked > 10)
  }
}
