import Nostr
import Studio
import Testing

struct DTagTests {
  private let fixed: DTag.Random = { _ in [0x1a, 0x2b, 0x3c, 0x4d] }
  private let hex = Known.event.hex

  @Test(arguments: [
    ("Wire the invite link", "wire-the-invite-link"), ("  --a__B!! ", "a-b"), ("", ""),
    ("日本語", ""), ("É9", "9"), ("a\r\nb", "a-b"),
  ])
  func `a slug is lower case, its runs of others one dash`(text: String, slug: String) {
    #expect(DTag.slugify(text) == slug)
  }

  @Test func `a card is its title and eight hex`() {
    #expect(DTag.card(title: "Fix it", random: fixed) == "fix-it-1a2b3c4d")
    #expect(DTag.card(title: "日本", random: fixed) == "x-1a2b3c4d")
    let long = DTag.card(title: String(repeating: "a", count: 99), random: fixed)
    #expect(long == String(repeating: "a", count: 56) + "-1a2b3c4d")
    let cut = DTag.card(title: String(repeating: "a", count: 55) + " b", random: fixed)
    #expect(cut == String(repeating: "a", count: 55) + "-1a2b3c4d")
  }

  @Test func `two cards of one title have two names`() {
    #expect(DTag.card(title: "x") != DTag.card(title: "x"))
  }

  @Test func `names of comments begin with what they are on`() {
    #expect(DTag.comment(target: Known.event, random: fixed) == "\(hex):1a2b3c4d")
    #expect(DTag.comment(target: hex.uppercased(), random: fixed) == "\(hex):1a2b3c4d")
    let address = "30530:\(Known.alice.hex):x-y"
    let plain = "30530\(Known.alice.hex)".prefix(32)
    #expect(DTag.comment(target: address, random: fixed) == "\(plain):1a2b3c4d")
    let change = DTag.statusChange(card: Known.event, random: fixed)
    #expect(change == "status-change:\(hex):1a2b3c4d")
    #expect(DTag.answer(question: Known.event, random: fixed) == "\(hex):1a2b3c4d")
  }

  @Test func `a question is the start of its body`() {
    #expect(DTag.question(body: "Mobile-first?", random: fixed) == "mobile-first-1a2b3c4d")
    let long = DTag.question(body: String(repeating: "ab ", count: 99), random: fixed)
    #expect(long.utf8.count <= 48 + 9)
    #expect(!long.contains("--"))
  }

  @Test func `names that are the thing itself`() {
    #expect(DTag.track(name: "backend") == "backend")
    #expect(DTag.room(slug: "team") == "team")
    #expect(DTag.profile(Known.alice) == "profile:\(Known.alice.hex)")
    #expect(DTag.dispatch(eventID: hex.uppercased()) == hex)
    #expect(DTag.dispatch(eventID: "studio-auto-run:\(hex)") == "studio-auto-run-\(hex)")
    #expect(DTag.run(card: Known.event) == "studio-auto-run-\(hex)")
  }

  @Test func `a channel has one name for one author, and another for another case`() {
    let hash = SHA256.hash("arc:Wiki v44").hex.prefix(8)
    #expect(DTag.channel(name: "arc:Wiki v44") == "channel-arc-wiki-v44-\(hash)")
    #expect(DTag.channel(name: "a") != DTag.channel(name: "A"))
  }

  @Test func `the other names of the grammar`() {
    #expect(DTag.contract(name: "Website redesign") == "website-redesign")
    #expect(DTag.stream(name: "Site", role: "execution") == "site-execution")
    #expect(DTag.stream(name: "Site log") == "site-log")
    #expect(DTag.agent(connection: "7914462A-0000") == "agent-7914462a-0000")
    #expect(DTag.schema(name: "Agent Contract") == "schema-agent-contract")
    #expect(DTag.scratchpad(arc: "w") == "scratchpad-w-\(SHA256.hash("w").hex.prefix(8))")
    let progress = DTag.progress(card: Known.event, run: "0123456789", segment: 2)
    #expect(progress == "\(hex):p-01234567-2")
    let beat = DTag.heartbeat(connection: "7914462a-f", channel: "x")
    #expect(beat == "hb-7914462a-\(SHA256.hash("x").hex.prefix(8))")
    let patch = DTag.contractPatch(contract: Known.event, revision: 3, random: fixed)
    #expect(patch == "\(hex):patch-3-1a2b3c4d")
    #expect(DTag.route("To ops", random: fixed) == "route-to-ops-1a2b3c4d")
  }

  @Test(arguments: ["Fix /etc/passwd ../..", "日本語", "a:b_c", "", "\u{1b}[31m"])
  func `6-1-12 what may be addressed is letters, digits and dashes, for any title`(title: String) {
    let names = [
      DTag.card(title: title), DTag.contract(name: title), DTag.channel(name: title),
      DTag.schema(name: title), DTag.scratchpad(arc: title), DTag.question(body: title),
    ]
    for name in names {
      let isPlain = name.utf8.allSatisfy {
        (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
      }
      #expect(isPlain, "\(name)")
      #expect(!name.hasPrefix("-") && !name.hasSuffix("-"))
    }
  }

  @Test func `the line for other clients names type and room alone`() {
    #expect(Alt.neutral(kind: 30530, slug: "team") == "Studio card in team")
    #expect(Alt.neutral(kind: 30536, slug: "team") == "Studio room in team")
    let lines = (30530...30536).map { Alt.neutral(kind: $0, slug: "team") }
    #expect(Set(lines).count == 7)
  }
}
