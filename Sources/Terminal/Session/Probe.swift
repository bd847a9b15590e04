/// Asks a terminal what it can do: all questions in one go before the first frame, answers as they
/// come. Pure. Nothing waits for it: without an answer everything stays as it is.
struct Probe {
  /// What an answer led to.
  enum Finding: Hashable {
    /// Frames may be wrapped in synchronised output.
    case synchronizes
    /// How clusters are to be drawn, and whether signs such as ● take two columns.
    case widths(EmojiPolicy, wideSigns: Bool)
    case background(isDark: Bool)
    /// Changes of the colour scheme are reported once mode 2031 is on.
    case schemeReports
    case keyboard(TerminalModes.Keyboard)
    case version(String)
    /// Notifications by OSC 99.
    case notifies
  }

  /// Answers that come later count no more; a terminal far away may take its time.
  static let patience = Duration.seconds(5)
  static let synchronizedMode = 2026
  static let schemeMode = 2031

  /// Every answer has come, or none is awaited.
  private(set) var isOver = true

  private var sentAt = Duration.zero
  private var widths: [Int] = []
  private var asksWidths = false
  private var hasKeyboard = false
  private var reportsScheme = false

  private struct Sample {
    let text: String
    let shows: EmojiPolicy
  }

  private static let samples = [
    Sample(text: "\u{2764}\u{FE0F}", shows: .styled),
    Sample(text: "1\u{FE0F}\u{20E3}", shows: .keycap),
    Sample(text: "\u{1F1EB}\u{1F1F7}", shows: .flag),
    Sample(text: "\u{1F469}\u{200D}\u{1F4BB}", shows: .joined),
    Sample(text: "\u{1F44D}\u{1F3FD}", shows: .skinTone),
    Sample(text: "\u{1FAE8}", shows: .recent),
    // Ambiguous: not an emoji, one column unless the terminal is told otherwise.
    Sample(text: "\u{25CF}", shows: []),
  ]

  /// The questions. Samples are drawn hidden in the second line, where the first frame goes over
  /// them; `widths` is false where there is no second line, or no UTF-8.
  mutating func ask(widths asksWidths: Bool, now: Duration) -> [UInt8] {
    self = Probe()
    isOver = false
    sentAt = now
    self.asksWidths = asksWidths
    var text = "\u{1B}[>0q\u{1B}[?\(Self.synchronizedMode)$p\u{1B}[?\(Self.schemeMode)$p"
    text += "\u{1B}[?u\u{1B}]11;?\u{1B}\\\u{1B}]99;i=\(NotificationChannel.id):p=?;\u{1B}\\"
    if asksWidths {
      for sample in Self.samples { text += "\u{1B}[2;1H\u{1B}[8m\(sample.text)\u{1B}[6n" }
      text += "\u{1B}[2;1H\u{1B}[0m\u{1B}[2K\u{1B}[H"
    }
    return Array((text + "\u{1B}[c").utf8)
  }

  /// Takes an answer. Once the batch is over only reports of the colour scheme mean anything.
  mutating func take(_ reply: TerminalReply, now: Duration) -> [Finding] {
    if case .scheme(let isDark) = reply {
      return reportsScheme ? [.background(isDark: isDark)] : []
    }
    if now - sentAt > Self.patience { isOver = true }
    guard !isOver else { return [] }
    switch reply {
    case .version(let name): return [.version(name)]
    case .mode(Self.synchronizedMode, isKnown: true): return [.synchronizes]
    case .mode(Self.schemeMode, isKnown: true):
      reportsScheme = true
      return [.schemeReports]
    case .background(let rgb):
      return [.background(isDark: Color.contrast(rgb, 0xFFFFFF) > Color.contrast(rgb, 0))]
    case .keyboard:
      guard !hasKeyboard else { return [] }
      hasKeyboard = true
      return [.keyboard(.kitty)]
    case .notifications: return [.notifies]
    case .cursor(let point):
      // More answers than questions: none can be told from another.
      if widths.count <= Self.samples.count { widths.append(point.x) }
      return []
    case .attributes:
      isOver = true
      return (hasKeyboard ? [] : [.keyboard(.otherKeys)]) + [measured].compactMap(\.self)
    case .mode, .scheme: return []
    }
  }

  /// Answers are not awaited any more.
  mutating func giveUp() { isOver = true }

  private var measured: Finding? {
    guard asksWidths, widths.count == Self.samples.count else { return nil }
    var policy: EmojiPolicy = []
    for (sample, width) in zip(Self.samples, widths) where width == 2 {
      policy.insert(sample.shows)
    }
    return .widths(policy, wideSigns: widths.last == 2)
  }
}
