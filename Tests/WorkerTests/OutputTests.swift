import Glibc
import Home
import Nostr
import Studio
import Testing

@testable import Worker

@Suite struct RedactorTests {
  static let nsec = "nsec1" + String(repeating: "q", count: 58)
  static let key = String(repeating: "0123456789abcdef", count: 4)

  @Test func `secrets of known looks are taken out, ordinary words are not`() {
    let redactor = Redactor(secrets: ["hunter2-hunter2"])
    for secret in [
      Self.nsec, Self.key, "hunter2-hunter2", "sk-ant-api03-" + String(repeating: "a", count: 40),
      "ghp_" + String(repeating: "A1", count: 18), "AKIAIOSFODNN7EXAMPLE",
    ] {
      #expect(redactor.redact("it is \(secret), yes") == "it is [redacted], yes")
    }
    for word in [
      "sk-short", Self.key + "00", "commit " + String(Self.key.prefix(40)), "skeleton", "nsec1",
    ] {
      #expect(redactor.redact(word) == word)
    }
  }

  @Test func `a secret is found wherever the pieces are cut`() {
    let text = Array("before \(Self.nsec) between hunter2-hunter2 after \(Self.key)\nend".utf8)
    let whole = Redactor(secrets: ["hunter2-hunter2"]).redact(String(decoding: text, as: UTF8.self))
    #expect(whole == "before [redacted] between [redacted] after [redacted]\nend")
    for cut in 0...text.count {
      var redactor = Redactor(secrets: ["hunter2-hunter2"])
      var out = redactor.feed(Array(text[..<cut]))
      out += redactor.feed(Array(text[cut...]))
      out += redactor.finish()
      #expect(String(decoding: out, as: UTF8.self) == whole)
    }
    var redactor = Redactor(secrets: ["hunter2-hunter2"])
    var out: [UInt8] = []
    for byte in text + [UInt8](repeating: 0x20, count: 2_000) { out += redactor.feed([byte]) }
    #expect(!out.isEmpty)
    #expect(String(decoding: out + redactor.finish(), as: UTF8.self).hasPrefix(whole))
  }
}

@Suite struct CoalescerTests {
  private func news(_ digest: inout RunDigest, _ text: String) { digest.take(.text("\(text).")) }

  @Test func `progress goes out at 5 s, then ever more rarely, and only when there is news`() {
    var coalescer = Coalescer(start: 0)
    var digest = RunDigest()
    #expect(coalescer.progressDue(digest) == nil)
    var now: Int64 = 0
    for expected: Int64 in [5_000, 60_000, 300_000, 1_200_000, 1_200_000] {
      news(&digest, "at \(now)")
      #expect(coalescer.progressDue(digest) == now + expected)
      now += expected
      coalescer.publishedProgress(digest, at: now)
      #expect(coalescer.progressDue(digest) == nil)
    }
  }

  @Test func `a changed checklist is told sooner`() {
    var coalescer = Coalescer(start: 0)
    var digest = RunDigest()
    var now: Int64 = 0
    for step in 0..<4 {
      news(&digest, "step \(step)")
      now = coalescer.progressDue(digest) ?? 0
      coalescer.publishedProgress(digest, at: now)
    }
    digest.take(.todo([RunFact.Todo(text: "One", isDone: true)]))
    #expect(coalescer.progressDue(digest) == now + 60_000)
  }

  @Test func `whatever a program prints, its life stays within the budget`() {
    var coalescer = Coalescer(start: 0)
    var digest = RunDigest()
    coalescer.publishedOther(2)
    for number in 0..<2_000 {
      digest.take(.tool(name: "Bash", detail: "\(number)"))
      digest.take(.todo([RunFact.Todo(text: "\(number)", isDone: false)]))
      if let due = coalescer.progressDue(digest) { coalescer.publishedProgress(digest, at: due) }
    }
    #expect(coalescer.progressDue(digest) == nil && !coalescer.allows(.p2) && coalescer.allows(.p0))
    #expect(coalescer.left == Coalescer.reserve)
    coalescer.publishedOther(Coalescer.reserve)
    #expect(coalescer.spent <= Coalescer.budget)
    #expect(coalescer.left == 0)
  }
}

@Suite struct DigestTests {
  @Test func `a digest is a page, not a log`() {
    var digest = RunDigest()
    digest.take(
      .todo(
        (1...300).map {
          RunFact.Todo(text: "step \($0) " + String(repeating: "x", count: 500), isDone: $0 < 100)
        }))
    digest.take(.text(String(repeating: "word ", count: 5_000) + "end."))
    for number in 0..<5_000 { digest.take(.tool(name: "Edit", detail: "/f\(number)")) }
    digest.take(.cost(1.239))
    let text = digest.text(elapsed: 3_725)
    #expect(text.count <= RunDigest.longest)
    #expect(text.contains("99 of 200 done") && text.contains("- [ ] step 100"))
    #expect(text.hasSuffix("5000 tools · 5000 files · $1.24 · 1 h 2 min"))
    #expect(digest.fabric.bytes.count < 8_192)
  }
}

@Suite struct ResultMessageTests {
  private func message(_ text: String, files: [String: String] = [:]) throws -> ResultMessage {
    let rig = try RunRig("succeed")
    for (name, text) in files {
      try SystemCall.replace(
        "\(rig.directory.outFolder)/\(name)", with: Array(text.utf8), mode: 0o600)
    }
    symlink("/etc/passwd", "\(rig.directory.outFolder)/zz-link")
    return try ResultMessage(text, in: rig.directory, redactor: Redactor(secrets: ["hunter2"]))
  }

  @Test func `a short result is the body alone`() throws {
    let message = try message("Done, hunter2.\n")
    #expect(
      message.body == "Done, [redacted]." && message.blocks.isEmpty && message.artifacts.isEmpty)
  }

  @Test func `a longer result goes on in blocks, whole`() throws {
    let text = (1...200).map { "paragraph \($0) says this and that" }.joined(separator: "\n")
    let message = try message(text)
    #expect(message.body.hasSuffix("… goes on below.") && message.body.utf16.count <= 4_000)
    let rest = message.blocks.compactMap { $0.object["body"]?.string }
    let whole = [String(message.body.dropLast("\n\n… goes on below.".count))] + rest
    #expect(whole.joined(separator: "\n") == text)
  }

  @Test func `what is too long for the wire is kept and listed with its digest`() throws {
    let text = String(repeating: "ü 🧵 \u{1F468}\u{200D}\u{1F469} \"quoted\"\\ ", count: 50_000)
    let message = try message(text)
    let full = try #require(message.artifacts.first)
    #expect(full.name == "result-full.md" && full.block == nil && full.bytes > 1_000_000)
    #expect(message.body.utf16.count <= 4_000)
    #expect(message.blocks.reduce(0) { $0 + $1.object.bytes.count } <= ResultMessage.blocksBytes)
  }

  @Test func `files are listed, small texts go along, links are not followed`() throws {
    let message = try message(
      "See the files.", files: ["a.diff": "-hunter2\n+b\n", "b.bin": "\u{0}\u{1}", "c.md": "# C"])
    #expect(message.artifacts.map(\.name) == ["a.diff", "b.bin", "c.md"])
    #expect(message.artifacts.map(\.block) == [0, nil, 1])
    #expect(message.blocks[0].object["body"] == "-[redacted]\n+b\n")
    #expect(message.omitted.count == 1 && message.omitted[0].hasPrefix("zz-link"))
  }
}
