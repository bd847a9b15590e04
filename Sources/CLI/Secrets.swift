import Glibc
import Home
import Workspace

/// Where secrets and long texts come in: never as arguments.
enum Secrets {
  /// Asks on the terminal with echo off.
  ///
  /// - Throws: `engine_locked` when there is no terminal to ask on, `interrupted`.
  static func passphrase(prompt: String) throws -> String {
    try passphrase(
      prompt: prompt,
      unasked: StudioError(
        "engine_locked", "the key is locked and there is no terminal to ask for the passphrase",
        hint: "give --passphrase-file FILE to studio engine start"))
  }

  /// Asks for a new passphrase, twice.
  ///
  /// - Throws: `missing_argument` when there is no terminal to ask on, `passphrase_mismatch`, `interrupted`.
  static func newPassphrase() throws -> String {
    let unasked = StudioError(
      "missing_argument", "there is no terminal to ask for a passphrase", field: "passphrase-file",
      hint: "give --passphrase-file FILE, or --no-passphrase")
    let first = try passphrase(prompt: "New passphrase: ", unasked: unasked)
    guard !first.isEmpty else {
      throw StudioError(
        "invalid_argument", "an empty passphrase keeps nothing", field: "passphrase",
        hint: "--no-passphrase says that none is wanted")
    }
    guard try passphrase(prompt: "Once more: ", unasked: unasked) == first else {
      throw StudioError("passphrase_mismatch", "the two passphrases differ", hint: "try again")
    }
    return first
  }

  private static func passphrase(prompt: String, unasked: StudioError) throws -> String {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else { throw unasked }
    defer { close(terminal) }
    var before = termios()
    tcgetattr(terminal, &before)
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(terminal, TCSAFLUSH, &silent)
    defer { tcsetattr(terminal, TCSAFLUSH, &before) }
    try SystemCall.write(Array(prompt.utf8), to: terminal)
    let answer = try Interruption.breaking { try firstLine(of: terminal) }
    try SystemCall.write([UInt8(ascii: "\n")], to: terminal)
    return answer
  }

  /// The first line of a file, as a passphrase.
  static func passphrase(file: String) throws -> String {
    guard let bytes = try SystemCall.read(file, limit: 4096) else {
      throw StudioError(
        "file_not_found", "there is no such file", field: "passphrase-file", value: file)
    }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard !line.isEmpty, let passphrase = String(validating: line, as: UTF8.self) else {
      throw StudioError(
        "invalid_argument", "the first line of the file is no passphrase", field: "passphrase-file",
        value: file)
    }
    return passphrase
  }

  /// The first line of standard input, as a secret key.
  static func keyFromStandardInput() throws -> String { try firstLine(of: STDIN_FILENO) }

  /// Puts standard input, at most 64 KiB, where a text argument is `-`.
  static func readingStandardInput(_ arguments: Arguments, for spec: VerbSpec) throws -> Arguments {
    var arguments = arguments
    for parameter in spec.parameters
    where parameter.placeholder == "TEXT" && arguments.text(parameter.name) == "-" {
      let bytes = try standardInput(field: parameter.name)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw StudioError("invalid_argument", "standard input is not UTF-8", field: parameter.name)
      }
      var trimmed = text
      while trimmed.last == "\n" { trimmed.removeLast() }
      arguments.set(parameter.name, to: trimmed)
    }
    return arguments
  }

  private static func standardInput(field: String) throws(StudioError) -> [UInt8] {
    do throws(StudioError) {
      return try SystemCall.read("/dev/stdin", limit: textLimit) ?? []
    } catch {
      guard error.code == "file_too_large" else { throw error }
      throw StudioError(
        "payload_too_large", "standard input holds more than \(textLimit) bytes", field: field)
    }
  }

  /// More than any text that a payload can hold.
  private static let textLimit = 65_536

  private static func firstLine(of descriptor: Int32) throws -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.count < 4096, read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
      bytes.append(byte)
    }
    while bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StudioError("invalid_argument", "what was entered is not UTF-8")
    }
    return text
  }
}
