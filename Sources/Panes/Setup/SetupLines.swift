private import Glibc
import Home
import Terminal

/// The first run as lines, where there is no screen.
enum SetupLines {
  /// Asks until everything is known.
  ///
  /// - Returns: `nil` when the input ended first, or the demo was chosen.
  static func ask(
    home: Home, input: Int32, output: Int32
  ) throws -> (form: SetupForm, wantsDemo: Bool)? {
    func say(_ text: SafeText) {
      // A reader that went away has had what it wanted.
      try? SystemCall.write(Array("\(text.string)\n".utf8), to: output)
    }
    var form = SetupForm()
    say("Studio: there is no identity in this home yet. “back” goes one question back.")
    while form.step != .ready {
      say(form.question)
      say(form.hint)
      if form.step == .way {
        for way in SetupForm.Way.allCases {
          say("  \(way.rawValue + 1)  \(way.title): \(way.help)")
        }
      }
      let typed =
        form.isSecret ? Echo.hidden(on: input) { line(of: input) } : line(of: input)
      guard let line = typed else { return nil }
      if !form.isSecret, line == "back" || line == "quit" {
        if line == "quit" || !form.goBack() { return nil }
        continue
      }
      do {
        guard form.step == .way else {
          try form.accept(line)
          continue
        }
        guard let number = Int(line), let way = SetupForm.Way(rawValue: number - 1) else {
          throw StudioError(
            "invalid_argument", "a number from 1 to \(SetupForm.Way.allCases.count)", field: "way",
            value: line)
        }
        form.choose(way)
      } catch {
        say("error: \(Shell.words(of: error))")
      }
    }
    if form.way == .demo { return (form, true) }
    say(form.question)
    try form.make(home)
    return (form, false)
  }

  /// One line, read byte by byte: what follows it belongs to somebody else.
  private static func line(of input: Int32) -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(input, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
      if byte == UInt8(ascii: "\n") { break }
      if bytes.count < 8_192 { bytes.append(byte) }
    }
    while bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
