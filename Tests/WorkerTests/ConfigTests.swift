import ConfigLines
import Glibc
import Home
import Nostr
import Testing

@testable import Worker

@Suite struct WorkerConfigTests {
  private func parse(_ text: String) -> (WorkerConfig, [String]) {
    let (config, problems) = WorkerConfig.parse(ConfigSource(file: "worker.conf", text: text))
    return (config, problems.map(\.summary))
  }

  @Test func `every setting is read`() {
    let (config, problems) = parse(
      """
      profile builder
      adapter generic
      command /home/me/job.sh "two words"
      max_parallel 3
      per_author 2
      repo backend /src/backend
      repo site /src/site direct
      sandbox none
      bind ro /opt/tools
      budget_usd 2.50
      max_age 2d
      first_output 0
      idle 15m
      wall 2h
      set perm acceptEdits
      env_pass TOKEN OTHER
      env LANG C.UTF-8
      room lab on
      room den off
      kinds task lead
      rerun_on_edit yes
      net off
      retry none
      keep 2d
      quota 5g
      heartbeat 5m
      """)
    #expect(problems.isEmpty)
    #expect(config.profile == "builder" && config.command == ["/home/me/job.sh", "two words"])
    #expect(config.repository("site")?.mode == .direct && config.repository("none") == nil)
    #expect(config.maxAge == 172_800 && config.idle == 900 && config.firstOutput == 0)
    #expect(config.rooms == ["lab": .on, "den": .off] && config.kinds == ["task", "lead"])
    #expect(config.rerunsOnEdit && !config.hasNetwork && config.retries.isEmpty)
    #expect(config.keep == 172_800 && config.quota == 5 << 30 && config.heartbeat == 300)
    #expect(config.budget == 2.5 && config.passes == ["TOKEN", "OTHER"] && config.sandbox == .none)
  }

  @Test func `a wrong line costs that line and is told with its place`() {
    let (config, problems) = parse(
      "adaptor claude\nmax_parallel 0\nwall soon\nrepo a relative\nsandbox jail\nenv STUDIO_X 1\nmax_turns 7\nroom lab perhaps\nquota much\n"
    )
    #expect(
      problems == [
        "worker.conf:1:1: there is no setting “adaptor”",
        "worker.conf:2:14: expected a number from 1 to 64",
        "worker.conf:3:6: expected a time such as 90s, 15m, 2h or 7d",
        "worker.conf:4:8: expected a path from / or ~/",
        "worker.conf:5:9: expected one of none, bwrap",
        "worker.conf:6:5: “STUDIO_X” is no name for a variable of one's own",
        "worker.conf:8:1: expected: room SLUG on|off|default",
        "worker.conf:9:7: expected a size such as 500m or 10g",
      ])
    #expect(config.maxTurns == 7)
    // Whoever does not say that it goes without a sandbox has one.
    #expect(config.sandbox == .bwrap)
  }

  @Test func `a sandbox that is not built is refused by name, and nothing weaker is set`() {
    let (config, problems) = parse("sandbox user\nsandbox container\nnet proxy\n")
    #expect(
      problems == [
        "worker.conf:1:9: sandbox: there is no “user” here, and nothing weaker runs in its place; "
          + "expected one of none, bwrap",
        "worker.conf:2:9: sandbox: there is no “container” here, and nothing weaker runs in its place; "
          + "expected one of none, bwrap",
        "worker.conf:3:5: net: there is no “proxy” here, and nothing weaker runs in its place; "
          + "expected one of off, on",
      ])
    #expect(config.sandbox == .bwrap)
  }
}

@Suite struct AdapterTests {
  private static let store = AdapterStore(places: .builtin)

  private func launch(
    _ name: String, resume: String? = nil, _ change: (inout WorkerConfig) -> Void = { _ in }
  ) throws -> RunSpec {
    var config = WorkerConfig()
    config.sandbox = .none
    change(&config)
    var request = Launch.Request(
      run: String(repeating: "ab", count: 16), card: "30530:x:y", work: "/work")
    request.resumes = resume != nil
    request.session = resume
    let adapter = try #require(Self.store.load(name).adapter)
    return try Launch.spec(
      request, config: config, adapter: adapter, directory: RunDirectory(path: "/runs/r"),
      studio: "/usr/bin/studio", variables: ["PATH": "/usr/bin"])
  }

  @Test(arguments: ["claude", "codex", "generic"])
  func `an adapter that comes with the program has no problem`(name: String) {
    let (adapter, problems) = Self.store.load(name)
    #expect(adapter != nil && problems.isEmpty)
  }

  @Test func `claude gets a session of ours, and limits only where there are any`() throws {
    let plain = try launch("claude")
    let session = try #require(plain.session)
    #expect(session.utf8.count == 36)
    #expect(
      plain.argv == [
        "claude", "-p", "--output-format", "stream-json", "--verbose", "--session-id", session,
        "--disallowedTools", "AskUserQuestion",
      ])
    #expect(plain.passes.contains("ANTHROPIC_API_KEY") && plain.stop == .int)
    #expect(plain.environment["TERM"] == "dumb" && plain.environment["CI"] == "1")
    let resumed = try launch("claude", resume: "s-1") {
      $0.budget = 2.509
      $0.maxTurns = 9
      $0.values["perm"] = "acceptEdits"
    }
    #expect(resumed.mode == .resume && resumed.limits.costUSD == 2.509 && resumed.limits.turns == 9)
    #expect(
      resumed.argv == [
        "claude", "-p", "--output-format", "stream-json", "--verbose", "--resume", "s-1",
        "--permission-mode", "acceptEdits", "--max-turns", "9", "--max-budget-usd", "2.50",
        "--disallowedTools", "AskUserQuestion",
      ])
  }

  @Test func `codex reads its prompt from standard input, fresh and resumed`() throws {
    let fresh = try launch("codex") { $0.values["sandbox"] = "workspace-write" }
    #expect(Array(fresh.argv.suffix(3)) == ["--sandbox", "workspace-write", "-"])
    #expect(fresh.argv.contains("/runs/r/last.txt") && fresh.argv.contains("/work"))
    #expect(Array(try launch("codex", resume: "t-1").argv.suffix(3)) == ["resume", "t-1", "-"])
  }

  @Test func `a generic agent is the owner's command, which is begun again to go on`() throws {
    let spec = try launch("generic") { $0.command = ["/bin/job", "--fast"] }
    #expect(spec.argv == ["/bin/job", "--fast"] && spec.limits.firstOutput == 0)
    #expect(throws: StudioError.self) { try launch("generic") }
    let resumed = try launch("generic", resume: "s") { $0.command = ["/bin/job"] }
    #expect(resumed.mode == .resume && resumed.argv == ["/bin/job"])
    #expect(resumed.environment["STUDIO_CARD"] == "30530:x:y")
  }

  @Test func `a wrong line of an adapter is told with its place`() {
    let text =
      "adapter mine\nargv run {sesion}\nargv run {session} {\"a\":1}\nparser xml\nstop kill\n"
    let (adapter, problems) = Adapter.parse(
      ConfigSource(file: "mine.adapter", text: text), name: "mine")
    #expect(
      problems.map(\.summary) == [
        "mine.adapter:2:10: nothing is called “sesion”",
        "mine.adapter:4:8: expected one of claude-stream, codex-jsonl, lines, silent",
        "mine.adapter:5:6: expected one of int, term",
      ])
    #expect(adapter?.argv == [Adapter.Words(["run", "{session}", "{\"a\":1}"])])
    #expect(Adapter.parse(ConfigSource(file: "x", text: "parser lines"), name: "x").adapter == nil)
  }

  @Test func `a sandbox that is not to be had refuses the run`() throws {
    var view = Sandbox.View(RunDirectory(path: "/runs/r"), work: "/work", studio: "/studio")
    view.binds = [.init(path: "/opt/t", isWritable: false)]
    view.masks = ["/etc"]
    view.lastMessage = "last.txt"
    #expect(throws: StudioError.self) { try Sandbox(.bwrap).wrap(["job"], view, program: nil) }
    #expect(throws: StudioError.self) { try Sandbox(.none, hasNetwork: false).wrap(["job"], view) }
    #expect(throws: StudioError.self) { try Sandbox(.none, hasNetwork: false).check() }
    let words = try Sandbox(.bwrap).wrap(["job", "-x"], view, program: "/bwrap")
    #expect(words.first == "/bwrap" && words.suffix(3) == ["--", "job", "-x"])
    #expect(!words.contains("/") && !words.contains("--unshare-net"))
    // The owner's binds, then what is hidden whatever they say, then what is the run's own.
    let places = ["/opt/t", "--tmpfs", "/runs/r", "/runs/r/out", "/runs/r/last.txt", "/work"]
    let order = places.map { words.lastIndex(of: $0) ?? -1 }
    #expect(order == order.sorted() && order.first != -1, "\(words)")
    #expect(words[words.firstIndex(of: "/runs/r").map { $0 - 1 } ?? 0] == "--ro-bind")
    let alone = try Sandbox(.bwrap, hasNetwork: false).wrap(["job"], view, program: "/bwrap")
    #expect(alone.contains("--unshare-net"))
    #expect(throws: StudioError.self) { try Sandbox(.bwrap).check(program: "/bin/false") }
  }

  @Test func `a spec is read as it was written`() throws {
    var spec = try launch("claude")
    spec.segment = 3
    #expect(try RunSpec(json: spec.json) == spec)
    #expect(throws: StudioError.self) { try RunSpec(json: ["v": 1, "run": "../../etc"]) }
  }
}

@Suite struct WorktreeTests {
  @Test func `a run works on a branch of its own, which tells what it changed`() throws {
    let rig = try RunRig("succeed")
    let root = rig.spec.work
    func git(_ words: String...) throws {
      let done = try CapturedProcess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b"] + words, directory: "\(root)/repo",
        environment: ["PATH": "/usr/bin:/bin", "HOME": root])
      #expect(done.isSuccess, "\(String(decoding: done.errors, as: UTF8.self))")
    }
    try SystemCall.makeDirectory("\(root)/repo")
    try SystemCall.replace("\(root)/repo/a.txt", with: Array("one\ntwo\n".utf8), mode: 0o644)
    try git("init", "-q")
    try git("add", "-A")
    try git("commit", "-qm", "first")
    // A hook of the repository is not run on our behalf.
    try SystemCall.replace(
      "\(root)/repo/.git/hooks/post-checkout",
      with: Array("#!/bin/sh\ntouch \(root)/hooked\n".utf8), mode: 0o755)

    let tree = try Worktree.make(
      repository: "\(root)/repo", run: rig.spec.run, slug: "../Fix it!", parent: "\(root)/trees")
    #expect(tree.branch == "studio/Fixit-\(rig.spec.run.prefix(8))")
    #expect(access("\(root)/hooked", F_OK) != 0)
    #expect(try tree.change().files == 0)
    try SystemCall.replace("\(tree.path)/a.txt", with: Array("one\n".utf8), mode: 0o644)
    try SystemCall.replace("\(tree.path)/b.txt", with: Array("new\n".utf8), mode: 0o644)
    let change = try tree.change()
    #expect(change.files == 2 && change.added == 1 && change.deleted == 1 && change.isDirty)
    #expect(change.commit == tree.base)
    #expect(throws: StudioError.self) {
      try Worktree.remove(tree.path, of: tree.repository, force: false)
    }
    try tree.commit("Work of a run", name: "builder")
    #expect(try !tree.change().isDirty && tree.change().commit != tree.base)
    let again = try Worktree.make(
      repository: "\(root)/repo", run: rig.spec.run, slug: "../Fix it!", parent: "\(root)/trees")
    #expect(again.path == tree.path && again.base == tree.base)
    #expect(try !tree.isMerged())
    try Worktree.remove(tree.path, of: tree.repository, force: false)
    #expect(access(tree.path, F_OK) != 0)
  }
}
