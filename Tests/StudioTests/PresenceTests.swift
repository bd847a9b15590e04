import Nostr
import Studio
import TestKit
import Testing

@Suite struct PresenceTests {
  static let now: Int64 = 1_767_362_580

  private func working(
    age: Int64, promise: Int64? = nil, progress: Int64? = nil, isAgent: Bool = true
  ) -> PresenceEvidence {
    PresenceEvidence(
      lifeAt: Self.now - age, progressAt: progress.map { Self.now - $0 } ?? Self.now - age,
      promise: promise, workSince: 0, isAgent: isAgent)
  }

  @Test(
    arguments: [
      (0, .working), (119, .working), (120, .quiet), (599, .quiet), (600, .silent),
      (1_799, .silent), (1_800, .gone), (90_000, .gone), (-30, .working),
    ] as [(Int64, PresenceState)])
  func `an agent with work in hand is judged by its last sign of life`(
    age: Int64, state: PresenceState
  ) {
    let found = Presence(working(age: age), now: Self.now)
    #expect(found.state == state)
    #expect(found.since == Self.now - age)
  }

  @Test(
    arguments: [
      (300, 719, .working), (300, 720, .quiet), (300, 1_500, .silent), (300, 4_500, .gone),
      (120, 287, .working), (120, 600, .silent), (120, 1_800, .gone),
    ] as [(Int64, Int64, PresenceState)])
  func `whoever promised to speak every so often is judged by that`(
    promise: Int64, age: Int64, state: PresenceState
  ) {
    #expect(Presence(working(age: age, promise: promise), now: Self.now).state == state)
  }

  @Test func `nobody is silent about work that they were only just given`() {
    let evidence = PresenceEvidence(lifeAt: Self.now - 9_000, workSince: Self.now - 30)
    #expect(Presence(evidence, now: Self.now).state == .working)
    #expect(Presence(evidence, now: Self.now + 600).state == .silent)
  }

  @Test func `people, and agents with nothing in hand, are idle and never silent`() {
    #expect(Presence(working(age: 86_400, isAgent: false), now: Self.now).state == .idle)
    let idle = PresenceEvidence(lifeAt: Self.now - 86_400)
    #expect(Presence(idle, now: Self.now).state == .idle)
  }

  @Test func `signs of life without progress are told apart from progress`() {
    let stalled = Presence(working(age: 10, progress: 900), now: Self.now)
    #expect(stalled.state == .working && stalled.isStalled)
    #expect(!Presence(working(age: 10, progress: 899), now: Self.now).isStalled)
    // Of a promise of ten minutes three times that.
    #expect(!Presence(working(age: 10, promise: 600, progress: 1_799), now: Self.now).isStalled)
    #expect(Presence(working(age: 10, promise: 600, progress: 1_800), now: Self.now).isStalled)
  }

  @Test func `what events say goes before ages`() {
    var evidence = working(age: 5_000)
    evidence.askedAt = Self.now - 240
    #expect(Presence(evidence, now: Self.now).state == .waiting)
    #expect(Presence(evidence, now: Self.now).since == Self.now - 240)
    evidence.askedAt = nil
    for (card, state) in [
      (.done, .done), (.blocked, .blocked), (.paused, .paused),
    ] as [(PresenceEvidence.CardState, PresenceState)] {
      evidence.card = card
      #expect(Presence(evidence, now: Self.now).state == state)
    }
    evidence.card = nil
    evidence.word = .stopped
    evidence.lifeAt = Self.now - 1
    #expect(Presence(evidence, now: Self.now).state == .gone)
  }

  // MARK: Hysteresis

  @Test func `a worse state is taken five seconds after its threshold, a better one at once`() {
    let evidence = working(age: 0)
    var presence = Presence(evidence, now: Self.now)
    for (seconds, state) in [
      (119, .working), (120, .working), (124, .working), (125, .quiet), (604, .quiet),
      (605, .silent), (1_804, .silent), (1_805, .gone),
    ] as [(Int64, PresenceState)] {
      presence = Presence(after: presence, evidence, now: Self.now + seconds)
      #expect(presence.state == state, "after \(seconds) s")
    }
    var alive = evidence
    alive.lifeAt = Self.now + 1_900
    presence = Presence(after: presence, alive, now: Self.now + 1_900)
    #expect(presence.state == .working)
  }

  @Test func `nothing changes twice within five seconds, except to waiting`() {
    var evidence = working(age: 700)
    var presence = Presence(evidence, now: Self.now)
    evidence.lifeAt = Self.now + 10
    presence = Presence(after: presence, evidence, now: Self.now + 10)
    #expect(presence.state == .working)
    evidence.word = .stopped
    #expect(Presence(after: presence, evidence, now: Self.now + 14).state == .working)
    #expect(presence.nextChange(evidence, now: Self.now + 14) == Self.now + 15)
    #expect(Presence(after: presence, evidence, now: Self.now + 15).state == .gone)
    evidence.askedAt = Self.now + 11
    #expect(Presence(after: presence, evidence, now: Self.now + 11).state == .waiting)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `states never flap, whatever happens when`(seed: UInt64) {
    var random = SeededRandom(seed)
    var evidence = working(age: 0)
    var link = PresenceLink.up
    var time = Self.now
    var presence = Presence(evidence, now: time)
    var changes: [(at: Int64, to: PresenceState)] = []
    for _ in 0..<2_000 {
      time += Int64.random(in: 0...(Bool.random(using: &random) ? 6 : 900), using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1: evidence.lifeAt = time - Int64.random(in: 0...700, using: &random)
      case 2: evidence.askedAt = Bool.random(using: &random) ? time : nil
      case 3: link = Bool.random(using: &random) ? .up : .down(since: time)
      case 4: evidence.word = [nil, .stopped, .idle, .working].randomElement(using: &random) ?? nil
      case 5: evidence.workSince = Bool.random(using: &random) ? time : nil
      default: break
      }
      let next = Presence(after: presence, evidence, link: link, now: time)
      if next.state != presence.state { changes.append((time, next.state)) }
      presence = next
    }
    #expect(changes.count > 50)
    for (before, after) in zip(changes, changes.dropFirst()) where after.to != .waiting {
      #expect(after.at - before.at >= Presence.patience)
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `no state changes before the second that it names`(seed: UInt64) {
    var random = SeededRandom(seed)
    for _ in 0..<200 {
      let evidence = PresenceEvidence(
        lifeAt: Self.now - Int64.random(in: 0...2_000, using: &random),
        progressAt: Self.now - Int64.random(in: 0...2_000, using: &random),
        promise: [nil, 120, 300].randomElement(using: &random) ?? nil,
        workSince: Self.now - Int64.random(in: 0...2_000, using: &random),
        isAgent: Int.random(in: 0..<4, using: &random) > 0)
      var presence = Presence(evidence, now: Self.now)
      var time = Self.now
      for _ in 0..<20 {
        let next = presence.nextChange(evidence, now: time)
        let quiet = next.map { $0 - 1 } ?? time + 1_000_000
        for moment in [time + 1, (time + quiet) / 2, quiet] where moment > time && moment <= quiet {
          let there = Presence(after: presence, evidence, now: moment)
          #expect(there.state == presence.state)
          #expect(there.isStalled == presence.isStalled)
        }
        guard let next else { break }
        presence = Presence(after: presence, evidence, now: next)
        time = next
      }
    }
  }

  // MARK: Clocks

  @Test func `while our own connection is down everybody is unknown since then`() {
    let evidence = working(age: 10)
    var presence = Presence(evidence, now: Self.now)
    let link = PresenceLink.down(since: Self.now + 20)
    presence = Presence(after: presence, evidence, link: link, now: Self.now + 20)
    for seconds in [20, 700, 9_000] as [Int64] {
      presence = Presence(after: presence, evidence, link: link, now: Self.now + seconds)
      #expect(presence.state == .unknown)
      #expect(presence.since == Self.now + 20)
      #expect(!presence.isStalled)
    }
    var back = evidence
    back.lifeAt = Self.now + 8_990
    #expect(Presence(after: presence, back, now: Self.now + 9_001).state == .working)
  }

  @Test(
    arguments: [(0, 0), (3, 0), (900, 0), (-60, 0), (-120, 0), (-121, -121), (-86_400, -86_400)]
      as [(Int64, Int64)])
  func `a clock that goes wrong makes nobody younger, and what came late is as old as it says`(
    skew: Int64, expected: Int64
  ) {
    let heard = PresenceEvidence.heard(signed: Self.now + skew, received: Self.now)
    #expect(heard == Self.now + expected)
  }

  @Test func `an age reads differently exactly when it says so`() {
    for seconds in [Int64](0...200) + [Int64](stride(from: 201, to: 40_000_000, by: 7_919)) {
      let now = Self.now + seconds
      let age = Age(since: Self.now, now: now)
      #expect(age.text.count <= 4)
      #expect(Age(since: Self.now, now: now + age.untilNext - 1).text == age.text)
      if seconds < 13 * 86_400 {
        #expect(Age(since: Self.now, now: now + age.untilNext).text != age.text)
      }
    }
    let texts = [0, 8, 42, 60, 720, 7_200, 90_000, 15 * 86_400, 400 * 86_400].map {
      Age(since: 0, now: $0).text
    }
    #expect(texts == ["0s", "8s", "40s", "1m", "12m", "2h", "1d", "2w", "1y"])
  }
}

@Suite struct HeartbeatTests {
  @Test func `a heartbeat survives the wire in its post`() throws {
    let beat = Heartbeat(
      state: .working, since: 1_767_000_000, interval: 300, progressAt: 1_767_000_100,
      card: Address("30530:\(Known.alice.hex):card-1"), note: "tests 43/120")
    let mark = PostMark(channel: .general, kind: .heartbeat, heartbeat: beat)
    let read = try #require(Fabric(JSON(parsing: JSON.object(mark.fabric.object).text)))
    #expect(PostMark(reading: read) == mark)
    // A brief speaks of somebody else's work.
    #expect(PostMark(channel: .general, kind: .brief, heartbeat: beat).fabric["hb"] == nil)
  }

  @Test func `of a damaged heartbeat what is left is read`() {
    #expect(Heartbeat(["state": "dancing"]) == nil)
    #expect(Heartbeat(nil) == nil)
    let read = Heartbeat([
      "state": "idle", "since": "now", "interval": -5, "progress_at": 1_767_225_600_000,
      "card": "nonsense", "note": .string(String(repeating: "x", count: 500)),
    ])
    #expect(read?.interval == nil)
    #expect(read?.progressAt == 1_767_225_600)
    #expect(read?.card == nil)
    #expect(read.map { $0.note.utf16.count <= Heartbeat.noteLimit } == true)
    #expect(Heartbeat(["state": "idle", "interval": 5])?.interval == 120)
    #expect(Heartbeat(["state": "idle"])?.interval == 300)
  }

  @Test func `a run's record is read as far as it goes`() throws {
    func record(_ about: String, _ chosen: String, _ signals: JSONObject) -> RunRecord? {
      RunRecord(
        DispatchIntent(
          eventID: about, candidates: [chosen], chosen: chosen, reason: "r", signals: signals,
          createdAtMilliseconds: 1, createdBy: "x"))
    }
    let about = "studio-auto-run:\(Known.event.hex)"
    let run = try #require(
      record(
        about, "dispatch",
        [
          "state": "running", "host": "build-3", "interval_s": 300, "progress_at": 1_767_225_600,
          "step": 31, "steps": 40,
        ]))
    #expect(run.card == Known.event)
    #expect(run.isUnderWay)
    #expect((run.host, run.interval, run.step?.text) == ("build-3", 300, "31/40"))
    #expect(record(about, "completed", ["state": "running"])?.state == .done)
    #expect(record(about, "waiting", [:])?.state == .waiting)
    let bare = try #require(record(about, "dispatch", ["step": -1, "interval_s": "x", "conn": 7]))
    #expect(bare.isUnderWay && bare.step == nil && bare.interval == nil)
    #expect(record("studio-auto-run:zz", "dispatch", [:]) == nil)
    #expect(record("route:\(Known.event.hex)", "dispatch", [:]) == nil)
  }

  @Test func `a checklist tells how far the work is`() {
    let points: [JSON] = (0..<40).map { ["text": "p", "done": .bool($0 < 31)] }
    let fabric = Fabric(type: "run_update", fields: ["todo": .array(points)])
    #expect(fabric.todo?.text == "31/40")
    #expect(Fabric(type: "run_update", fields: ["todo": []]).todo == nil)
    #expect(WorkStep(done: 3, total: nil)?.text == "3/?")
    #expect(WorkStep(done: 3, total: 2)?.text == "3/?")
    #expect(WorkStep(done: 0, total: nil) == nil)
  }
}
