import FourA
import Glibc
import Home
import Nostr
import Replica

/// Raw signed events as JSON lines: what audits and backups need, readable without Studio.
enum Export {
  /// Writes every event of the replica, or of one room, in the order of arrival.
  ///
  /// - Returns: how many were written.
  static func write(_ reader: Reader, room: RoomID?, to path: String?) throws -> Int {
    let descriptor =
      try path.map { path throws(StudioError) in
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
          throw StudioError.system("creating", path: path, errno: errno)
        }
        return descriptor
      } ?? STDOUT_FILENO
    defer { if path != nil { close(descriptor) } }
    var count = 0
    var after: Int64 = 0
    let progress = Progress(of: room == nil ? try reader.counts().events : nil, "events exported")
    defer { progress.end() }
    while true {
      let rows = try reader.export(room: room, after: after, limit: 500)
      guard let last = rows.last else { return count }
      progress.show(count)
      var chunk: [UInt8] = []
      for row in rows {
        chunk += row.json
        chunk.append(UInt8(ascii: "\n"))
      }
      try SystemCall.write(chunk, to: descriptor, path: path)
      count += rows.count
      after = last.seq
    }
  }

  /// Checks the id and signature of every event in a file of at most 1 GiB that ``write(_:room:to:)`` wrote.
  ///
  /// - Returns: the object of `studio verify`.
  static func verify(_ path: String) throws -> JSON {
    guard let bytes = try SystemCall.read(path, limit: 1 << 30) else {
      throw StudioError("file_not_found", "there is no such file", field: "file", value: path)
    }
    var checked = 0
    var faults: [JSON] = []
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      do {
        try Event(parsing: line).verify()
        checked += 1
      } catch {
        faults.append(["line": .integer(Int64(number + 1)), "message": .string(error.message)])
      }
    }
    return [
      "ok": .bool(faults.isEmpty), "checked": .integer(Int64(checked)), "state_hash": nil,
      "faults": .array(faults),
    ]
  }
}
