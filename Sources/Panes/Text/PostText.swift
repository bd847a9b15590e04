import Nostr
import Replica
import Studio
import Terminal

/// One line of a channel.
struct PostLine {
  var spans: [Span]
  /// The post it belongs to; `nil` for a separator.
  var post: ObjectID?
  /// It is the line between what was seen and what is new.
  var isUnreadMark = false
  /// It stands for heartbeats, known by the first of them.
  var run: ObjectID?
  /// It is an option of the question that digits answer.
  var option: Int?
}

/// What a post refers to, as far as it can be shown.
struct PostReference: Hashable {
  enum Target: Hashable {
    case card(ObjectID)
    case post(ObjectID)
    /// Named outside of Studio, or not here.
    case none
  }

  let kind: SafeText
  let words: SafeText
  let target: Target
  /// It names something in the room that is not here.
  var isMissing = false
}

/// The post that another one answers.
struct PostQuote: Hashable {
  let id: ObjectID
  let words: SafeText
}

/// The posts of a channel as lines of a width. Pure; equal texts have equal lines.
struct PostText: Equatable {
  /// Oldest first.
  let posts: [PostRow]
  let me: PublicKey
  let moments: Moments
  let width: Int
  /// The first post that was new when the channel was opened.
  var firstUnread: ObjectID?
  /// Older and newer posts exist that were not read.
  var hasOlder = false
  var hasNewer = false
  /// What posts answer, by event.
  var quotes: [EventID: PostQuote] = [:]
  var references: [ObjectID: [PostReference]] = [:]
  /// The options of questions without an answer.
  var choices: [ObjectID: OptionLines] = [:]
  /// The question that digits answer.
  var question: ObjectID?
  /// The person's own answers that are on their way.
  var answers: [ObjectID: SafeText] = [:]
  /// How far own posts have come.
  var deliveries: [EventID: SafeText] = [:]
  /// What was written here and is not signed yet.
  var queued: [SafeText] = []
  /// Heartbeats that are unfolded, each run by any of them.
  var unfolded: Set<ObjectID> = []
  /// What those are called whom posts mention, by post; folded, longest first.
  var names: [ObjectID: [String]] = [:]
  /// Words that are looked for, folded.
  var sought: [String] = []

  func lines() -> [PostLine] {
    var lines: [PostLine] = []
    if hasOlder { lines.append(note("… older posts above")) }
    var day: SafeText?
    var last: (post: PostRow, depth: Int)?
    var rest = posts[...]
    while let post = rest.first {
      let today = moments.day(of: post.at)
      if today != day {
        lines.append(rule(moments.name(ofDay: today), .divider))
        day = today
      }
      let run = rest.prefix { isHeartbeat($0) && ($0.id == post.id || $0.id != firstUnread) }
      if post.id == firstUnread {
        var mark = rule("unread", .threadUnreadLine)
        mark.isUnreadMark = true
        lines.append(mark)
      }
      if run.isEmpty {
        let depth = depth(of: post, after: last)
        lines += self.lines(of: post, depth: depth, isAdjacent: isAdjacent(post, last))
        last = (post, depth)
        rest = rest.dropFirst()
      } else {
        lines += heartbeats(Array(run))
        rest = rest.dropFirst(run.count)
      }
    }
    if hasNewer {
      lines.append(note("… newer posts below"))
    } else {
      for text in queued {
        lines += wrap("  you  ", text, .text)
        lines.append(note("       queued: the engine has not taken it yet"))
      }
    }
    return lines
  }

  private func note(_ text: SafeText) -> PostLine { PostLine(spans: [Span(text, .dim)]) }

  private func rule(_ word: SafeText, _ style: StyleName) -> PostLine {
    let dashes = String(repeating: "─", count: max(0, min(width, 400) - word.width - 3))
    return PostLine(spans: [Span("─ \(word) \(SafeText(untrusted: dashes))", style)])
  }

  private func isHeartbeat(_ post: PostRow) -> Bool {
    sameBytes(post.kind, PostKind.heartbeat.rawValue)
  }

  // MARK: Replies

  private func isAdjacent(_ post: PostRow, _ last: (post: PostRow, depth: Int)?) -> Bool {
    guard let last, let target = post.replyTo else { return false }
    return target == last.post.eventID || (last.depth > 0 && target == last.post.replyTo)
  }

  /// A reply stands under what it answers when nothing else is between them.
  private func depth(of post: PostRow, after last: (post: PostRow, depth: Int)?) -> Int {
    guard let last, isAdjacent(post, last) else { return 0 }
    return post.replyTo == last.post.eventID ? min(3, last.depth + 1) : last.depth
  }

  // MARK: A post

  private func lines(of post: PostRow, depth: Int, isAdjacent: Bool) -> [PostLine] {
    let margin = 2 * depth
    let indent = margin + (width >= 50 ? 6 : 2)
    var lines = [signature(post, depth: depth)]
    if let target = post.replyTo, !isAdjacent {
      let words = quotes[target]?.words ?? "a post that is not here"
      let quote: SafeText = "↳ \(words)"
      lines.append(
        PostLine(
          spans: [
            Span(SafeText("").padded(to: indent)),
            Span(quote.truncated(to: max(8, width - indent)), .mdQuote),
          ], post: post.id))
    }
    let style: StyleName = sameBytes(post.kind, "question") ? .threadQuestion : .text
    lines += body(post, indent: indent, style: style)
    lines += choices(of: post, indent: indent)
    for reference in references[post.id] ?? [] {
      let words: SafeText =
        reference.isMissing ? "\(reference.words) is not here" : reference.words
      lines.append(
        PostLine(
          spans: [
            Span(SafeText("").padded(to: indent)),
            Span("#\(reference.kind) ", .dim),
            Span(
              words.truncated(to: max(8, width - indent - reference.kind.width - 2)),
              reference.isMissing ? .dim : .link),
          ], post: post.id))
    }
    return lines
  }

  /// `14:02 atlas #2ae0990b · claim`: who signed it, whatever the body says.
  private func signature(_ post: PostRow, depth: Int) -> PostLine {
    var spans: [Span] = []
    if depth > 0 { spans.append(Span("\(SafeText("").padded(to: 2 * depth - 2))└ ", .dim)) }
    spans.append(Span("\(moments.time(of: post.at)) ", .threadTime))
    spans += Self.signer(of: post, me: me)
    if let badge = badge(of: post) { spans.append(badge) }
    if post.mentions.contains(where: { $0.pubkey == me && $0.connection == nil }) {
      spans.append(Span(" @you", .badgeMention))
    }
    if !post.speaker.isAttested { spans.append(Span(" · unregistered connection", .dim)) }
    if post.isEdited { spans.append(Span(" · edited", .dim)) }
    if let delivery = deliveries[post.eventID] { spans.append(Span(" · \(delivery)", .dim)) }
    return PostLine(spans: spans, post: post.id)
  }

  /// `Name #short`, from the signer's own cards.
  static func signer(of post: PostRow, me: PublicKey) -> [Span] {
    let speaker = post.speaker
    let name = SafeText(untrusted: speaker.name ?? "", limit: 200).truncated(to: 32)
    let isMe = post.author == me && post.connection == nil
    let style: StyleName =
      isMe ? .threadSelf : speaker.isAgent ? .threadAgent : .threadHuman
    var spans: [Span] = []
    if isMe {
      spans.append(Span("you ", style))
    } else if !name.isEmpty {
      spans.append(Span("\(name) ", style))
    }
    spans.append(Span("#\(SafeText(untrusted: speaker.short, limit: 12))", .dim))
    return spans
  }

  private func badge(of post: PostRow) -> Span? {
    switch PostKind(rawValue: post.kind) {
    case .status, nil: nil
    case .question:
      post.answers > 0
        ? Span(" · question, answered", .threadAnswer)
        : answers[post.id] != nil
          ? Span(" · question, being answered", .threadAnswer)
          : Span(" · ? question", .badgeQuestion)
    case .answer: Span(" · answer", .threadAnswer)
    case .claim: Span(" · claim", .stateReady)
    case .decision: Span(" · decision", .strong)
    case .brief: Span(" · brief", .mdHeading)
    case .closeout: Span(" · closeout", .statusDone)
    case .heartbeat: Span(" · heartbeat", .threadStep)
    }
  }

  private func body(_ post: PostRow, indent: Int, style: StyleName) -> [PostLine] {
    let margin = Span(SafeText("").padded(to: indent))
    let names = names[post.id] ?? []
    let text = SafeText(untrustedMultiline: post.body)
    let lines = text.wrapped(to: max(8, width - indent))
    return Link.spans(of: text, wrapped: lines, style: Style(style)).map {
      PostLine(
        spans: [margin] + Highlight.marked($0, mentions: names, sought: sought), post: post.id)
    }
  }

  private func choices(of post: PostRow, indent: Int) -> [PostLine] {
    var lines: [PostLine] = []
    let isCurrent = post.id == question
    let (blank, options): (SafeText, _) = (SafeText("").padded(to: indent), choices[post.id])
    for (index, label) in (options?.labels ?? []).enumerated() {
      let first = lines.count
      let lead: SafeText =
        isCurrent
        ? options?.lead(index + 1, indent: indent) ?? "" : "\(blank)\(index + 1)  "
      lines += wrap(
        lead, label, .text, key: isCurrent ? .hintKey : .dim, of: post.id)
      if isCurrent { for row in first..<lines.count { lines[row].option = index + 1 } }
    }
    if isCurrent, let foot = options?.foot {
      lines += wrap("\(blank)↵  ", foot, .dim, key: .hintKey, of: post.id)
    }
    if let answer = answers[post.id], post.answers == 0 {
      lines += wrap("\(SafeText("").padded(to: indent))└ ", answer, .threadAnswer, of: post.id)
    }
    return lines
  }

  /// A text behind a margin, under which its further lines stand.
  private func wrap(
    _ margin: SafeText, _ text: SafeText, _ style: StyleName, key: StyleName = .dim,
    of post: ObjectID? = nil
  ) -> [PostLine] {
    text.wrapped(to: max(8, width - margin.width)).enumerated().map { row, text in
      let lead = row == 0 ? margin : SafeText("").padded(to: margin.width)
      return PostLine(spans: [Span(lead, key), Span(text, style)], post: post)
    }
  }

  // MARK: Heartbeats

  /// Signs of life with nothing between them, as a line.
  private func heartbeats(_ run: [PostRow]) -> [PostLine] {
    guard let first = run.first, let last = run.last else { return [] }
    let isOpen = run.contains { unfolded.contains($0.id) }
    var names: [SafeText] = []
    for post in run {
      let name = SafeText(
        untrusted: post.speaker.name ?? "#\(post.speaker.short)", limit: 80
      ).truncated(to: 24)
      if !names.contains(name) { names.append(name) }
    }
    let more: SafeText = names.count > 3 ? " and \(names.count - 3) more" : ""
    let who = names.prefix(3).dropFirst().reduce(names.first ?? "") { "\($0), \($1)" }
    let count: SafeText = run.count == 1 ? "heartbeat" : "\(run.count) heartbeats"
    let span: SafeText =
      run.count == 1
      ? moments.time(of: first.at)
      : "\(moments.time(of: first.at))-\(moments.time(of: last.at))"
    let head = PostLine(
      spans: [
        Span(isOpen ? "▾ " : "▸ ", .dim), Span("\(span) ", .threadTime),
        Span("\(who)\(more)", .threadAgent), Span(" · \(count)", .threadStep),
      ], post: last.id, run: first.id)
    guard isOpen else { return [head] }
    return [head]
      + run.flatMap { post in
        var line = signature(post, depth: 1)
        line.run = nil
        return [line] + body(post, indent: width >= 50 ? 8 : 4, style: .threadStep)
      }
  }
}
