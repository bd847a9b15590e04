import Glibc
import Home
import Nostr

/// What the program in a run has asked of us, in `requests.jsonl`: on disk before it is acknowledged.
final class RequestJournal {
  /// Bytes of all requests of a run.
  static let longest = 16 << 20
  static let mostRequests: Int64 = 10_000

  private let descriptor: Int32
  private var bytes: Int
  private(set) var last: Int64 = 0
  private var keys: [String: Int64] = [:]

  /// Goes on with a journal of an earlier segment; the half line of a crash is cut off.
  init(_ directory: RunDirectory) throws(StudioError) {
    let file = directory.requestsFile
    let old = try SystemCall.read(file, limit: Self.longest + 65_536) ?? []
    let whole = old.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    for line in Self.lines(of: Array(old[..<whole])) {
      last = max(last, line["n"]?.integer ?? 0)
      if let key = line["key"]?.string, let number = line["n"]?.integer { keys[key] = number }
    }
    descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("opening", path: file, errno: errno) }
    ftruncate(descriptor, whole)
    bytes = whole
  }

  deinit { close(descriptor) }

  /// Appends a request and has it on disk.
  ///
  /// - Returns: its number; that of the earlier one when its `key` has come before.
  func append(_ request: JSONObject, at now: Int64) throws(StudioError) -> Int64 {
    if let key = request["key"]?.string, let number = keys[key] { return number }
    guard last < Self.mostRequests else {
      throw StudioError("too_many_requests", "a run may ask \(Self.mostRequests) times")
    }
    var line: JSONObject = ["n": .integer(last + 1), "at": .integer(now)]
    for (name, value) in request where name != "n" && name != "at" { line[name] = value }
    let text = line.bytes + [UInt8(ascii: "\n")]
    guard bytes + text.count <= Self.longest else {
      throw StudioError("too_many_requests", "a run's requests may take \(Self.longest) bytes")
    }
    do throws(StudioError) {
      try SystemCall.write(text, to: descriptor)
      guard fsync(descriptor) == 0 else { throw .system("syncing", errno: errno) }
    } catch {
      ftruncate(descriptor, bytes)
      throw error
    }
    bytes += text.count
    last += 1
    if let key = request["key"]?.string { keys[key] = last }
    return last
  }

  static func lines(of bytes: [UInt8]) -> [JSON] {
    // A line without its end was not acknowledged.
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    return bytes[..<end].split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSON(parsing: Array($0))
    }
  }
}
