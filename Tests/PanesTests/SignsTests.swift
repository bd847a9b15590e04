import Foundation
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// Without colour everything that differs must still read differently: every state has a sign or a
/// word that no other has.
@Suite struct SignsTests {
  /// What is shown of a state.
  private struct Look: Hashable {
    let sign: String
    let word: String
  }

  /// States that nobody can tell apart.
  private static func alike(_ looks: [(state: String, look: Look)]) -> [[String]] {
    Dictionary(grouping: looks, by: \.look).values.map { $0.map(\.state).sorted() }
      .filter { $0.count > 1 }
  }

  /// One of each state, as somebody may be in it.
  private static var people: [(state: String, text: PresenceText)] {
    let now = World.now
    func life(
      _ ago: Int64, word: PresenceEvidence.Word? = nil, asked: Int64? = nil, work: Bool = true,
      card: PresenceEvidence.CardState? = nil, progress: Int64? = nil
    ) -> PresenceEvidence {
      PresenceEvidence(
        lifeAt: now - ago, progressAt: now - (progress ?? ago), word: word, askedAt: asked,
        workSince: work ? 0 : nil, card: card)
    }
    let all: [(PresenceEvidence, PresenceLink)] = [
      (life(5, asked: now - 60), .up), (life(5), .up), (life(300), .up), (life(900), .up),
      (life(9_000), .up), (life(5, card: .blocked), .up), (life(5, word: .paused), .up),
      (life(5, word: .idle, work: false), .up), (life(5, word: .done, work: false), .up),
      (life(5), .down(since: now)), (life(5, progress: 2_000), .up),
    ]
    return all.map { evidence, link in
      let presence = Presence(evidence, link: link, now: now)
      let row = PresenceRow(
        id: .init(Person.anyKey), name: "atlas", short: "12345678", evidence: evidence)
      return (
        presence.isStalled ? "stalled" : presence.state.rawValue,
        PresenceText(
          member: TeamMember(row: row, presence: presence), names: Names(me: Person.anyKey),
          moments: Moments(now: now, isUTC: true))
      )
    }
  }

  private static var presences: [(state: String, look: Look)] {
    people.map { ($0.state, Look(sign: $0.text.glyph.string, word: $0.text.word.string)) }
  }

  private static var statuses: [(state: String, look: Look)] {
    CardStatus.lifecycle.map {
      let look = StatusLook($0.rawValue)
      return ($0.rawValue, Look(sign: look.glyph.string, word: look.word.string))
    }
  }

  @Test func `every state is told apart by its sign and its word`() {
    #expect(
      Set(Self.presences.map(\.state))
        == Set(PresenceState.allCases.map(\.rawValue) + ["stalled"]))
    #expect(Self.alike(Self.presences) == [])
    #expect(Self.alike(Self.statuses) == [])
    // Signs are one cell each, so that nothing moves when a state changes.
    for (state, look) in Self.presences + Self.statuses {
      #expect(SafeText(untrusted: look.sign).width == 1, "\(state)")
      #expect(!look.word.isEmpty, "\(state)")
    }
  }

  @Test func `what a card has room for tells every state apart too`() {
    // Who works is told by the sign alone; of all others the word is there.
    let briefs = Self.people.map { state, text in
      (state, Look(sign: text.glyph.string, word: text.brief.string.filter(\.isLetter)))
    }
    #expect(Self.alike(briefs) == [])
  }

  @Test func `two states of one look are found`() {
    var looks = Self.presences
    let silent = looks.first { $0.state == "silent" }
    let index = looks.firstIndex { $0.state == "idle" }
    guard let silent, let index else {
      Issue.record("there is no such state")
      return
    }
    looks[index].look = Look(sign: silent.look.sign, word: "idle")
    #expect(Self.alike(looks) == [])
    looks[index].look = silent.look
    #expect(Self.alike(looks) == [["idle", "silent"]])
  }

  // MARK: Screens

  /// By the name of a style, the signs and words one of which stands with what it colours.
  private static let signs: [String: [String]] = {
    var signs: [String: [String]] = [:]
    for (_, text) in people {
      signs[text.style.rawValue, default: []] += [text.glyph.string, text.word.string]
    }
    for status in CardStatus.lifecycle {
      let look = StatusLook(status.rawValue)
      signs[look.style.rawValue, default: []] += [look.glyph.string, look.word.string]
    }
    signs[StyleName.badgeQuestion.rawValue] = ["?", "goes in", "queued"]
    signs[StyleName.badgeUnread.rawValue] = ["•", "new"]
    signs[StyleName.badgeTrouble.rawValue, default: []] += ["!", "DANGER"]
    signs[StyleName.badgeMention.rawValue] = ["@", "admit"]
    signs[StyleName.linkLive.rawValue] = ["live"]
    signs[StyleName.linkWaiting.rawValue] = ["starting", "connecting", "live", "syncing"]
    signs[StyleName.linkOffline.rawValue] = ["offline", "engine", "locked"]
    return signs
  }()

  /// Runs of a screen that colour alone tells: neither in their row nor in the one above is a sign
  /// of theirs; and how many were looked at.
  private static func untold(_ screen: String) -> (runs: [String], looked: Int) {
    var (above, row, runs, looked) = ("", "", [String](), 0)
    for line in screen.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("~~~ ") else {
        (above, row) = (row, String(line))
        continue
      }
      for name in line.split(separator: " ").dropFirst(2) {
        guard let signs = signs[String(name)] else { continue }
        looked += 1
        if !signs.contains(where: { row.contains($0) || above.contains($0) }) {
          runs.append("\(name): \(row)")
        }
      }
    }
    return (runs, looked)
  }

  @Test func `on the kept screens nothing is told by colour alone`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Goldens/Panes")
    var looked = 0
    for file in try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    {
      let found = Self.untold(try String(contentsOf: file, encoding: .utf8))
      #expect(found.runs == [], "\(file.lastPathComponent)")
      looked += found.looked
    }
    #expect(looked > 100, "the screens must show states")
  }

  @Test func `a screen on which colour alone tells is found`() {
    let told = " ○ Flaky suite  12m silent\n~~~ 1-1 state.silent"
    #expect(Self.untold(told).runs == [])
    let untold = told.replacing("○", with: " ").replacing("silent\n", with: "\n")
    #expect(Self.untold(untold).runs.count == 1)
  }
}

extension Person {
  fileprivate static var anyKey: PublicKey { PublicKey(SHA256.hash("anybody")) }
}
