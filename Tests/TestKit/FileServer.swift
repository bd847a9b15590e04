import Glibc
package import Threads

/// Files over HTTP on this machine, served as the test says, byte by byte.
package final class FileServer: Sendable {
  package let port: Int
  /// The paths that were asked for.
  package let asked = Inbox<String>()
  private let listening: Int32
  private struct Deaf: Error {}

  private let worker: Worker

  package var origin: String { "http://127.0.0.1:\(port)" }

  /// - Parameter answer: writes what is to be sent for a path; answers `false` once nobody reads any more.
  package init(
    _ answer: @escaping @Sendable (_ path: String, _ send: ([UInt8]) -> Bool) -> Void
  ) throws {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isThere = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, size) == 0 && listen(file, 16) == 0 && getsockname(file, $0, &size) == 0
      }
    }
    guard isThere else { throw Deaf() }
    port = Int(UInt16(bigEndian: address.sin_port))
    listening = file
    let asked = self.asked
    worker = Worker("files") {
      while true {
        let peer = accept(file, nil, nil)
        guard peer >= 0 else { return }
        defer { close(peer) }
        var request: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
          let count = read(peer, &piece, piece.count)
          guard count > 0 else { break }
          request += piece[..<count]
        }
        let words = String(decoding: request, as: UTF8.self).split(separator: " ")
        let path = words.count > 1 ? String(words[1]) : ""
        asked.post(path)
        answer(path) { bytes in
          var done = 0
          while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
              send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
          }
          return true
        }
      }
    }
  }

  deinit {
    shutdown(listening, Int32(SHUT_RDWR))
    worker.join()
    close(listening)
  }

  package static func head(_ status: String, _ headers: String = "") -> [UInt8] {
    Array("HTTP/1.1 \(status)\r\n\(headers)Connection: close\r\n\r\n".utf8)
  }
}
