import Glibc
import Home
import Terminal
import Workspace

/// The person's own editor on what is being written: `$VISUAL`, else `$EDITOR`, else `vi`.
extension Shell {
  /// The most that is read back.
  private static let editorLimit = 1 << 20

  func openEditor() {
    guard case .compose(let composer)? = overlays.last, composer.prompt.editor.isMultiline else {
      return say("an editor is for texts of many lines", .toastWarning)
    }
    saveDraft()
    do {
      let folder = try privateFolder()
      defer { remove(folder) }
      let path = "\(folder)/text.md"
      try SystemCall.replace(path, with: Array(composer.prompt.editor.text.utf8), mode: 0o600)
      guard runEditor(on: path) else { return }
      take(try SystemCall.read(path, limit: Self.editorLimit) ?? [])
    } catch {
      complain(error)
    }
  }

  /// Lends the terminal to the editor until it ends; false, and a word about it, when it did not end
  /// well.
  @discardableResult
  func runEditor(on path: String) -> Bool {
    let name = ["VISUAL", "EDITOR"].first { variable($0) != nil }
    let line = name.flatMap(variable) ?? "vi"
    guard let words = ChildProgram.words(line), let program = words.first,
      let child = ChildProgram(words + [path])
    else {
      say("\(SafeText(untrusted: name ?? "")): a quote is not closed", .toastError)
      return false
    }
    var end = ChildProgram.End.late
    lend { end = child.run() }
    setNeedsRefresh()
    if end != .exited(0) { say(Self.words(of: end, program), .toastError) }
    return end == .exited(0)
  }

  private static func words(of end: ChildProgram.End, _ program: String) -> SafeText {
    let last = program.split(separator: "/").last.map(String.init) ?? program
    let name = SafeText(untrusted: last, limit: 80)
    switch end {
    case .notStarted(ENOENT): return "no editor “\(name)” was found; set VISUAL or EDITOR"
    case .notStarted(let code):
      return "“\(name)” did not start: \(SafeText(untrusted: SystemCall.message(code)))"
    case .exited(let status): return "“\(name)” ended with \(status); nothing was changed"
    case .signal(let number):
      return "“\(name)” was ended by signal \(number); nothing was changed"
    case .late: return "“\(name)” did not end; nothing was changed"
    }
  }

  /// The text as the editor left it, without the line end that editors put last.
  private func take(_ bytes: [UInt8]) {
    guard case .compose(var composer)? = overlays.last else { return }
    var text = String(decoding: bytes, as: UTF8.self)
    if text.utf8.last == 0x0A { text.unicodeScalars.removeLast() }
    composer.prompt.editor.set("")
    let fits = composer.prompt.editor.paste(text)
    composer.prompt.complaint = nil
    composer.changed(at: clock.monotonic())
    overlays[overlays.count - 1] = .compose(composer)
    saveDraft()
    if !fits { sayCut(composer) }
  }

  /// Pasted or edited text had more than a field takes.
  func sayCut(_ composer: Composer) {
    say(
      "that was too much text: it was cut after \(composer.prompt.editor.limit) characters",
      .toastWarning)
  }

  /// A folder that nobody else can look into: editors leave copies beside the file.
  private func privateFolder() throws(StudioError) -> String {
    let state = workspace.home.stateDirectory
    try SystemCall.makeDirectory(state)
    var template = Array("\(state)/write.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw StudioError("system_error", "no folder for the editor: \(SystemCall.message(errno))")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func remove(_ folder: String) {
    if let entries = opendir(folder) {
      while let entry = readdir(entries) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        unlink("\(folder)/\(name)")
      }
      closedir(entries)
    }
    rmdir(folder)
  }
}
