import FourA
import Glibc
package import Home
import Nostr

/// Brings the attachments of a card into a run's `in/`: fetched, checked by both hashes, opened. Blocks; its caller
/// gives it a thread of its own.
package struct AttachmentFetch: Sendable {
  /// Gets what lies at an address, within so many seconds, and gives it away piece by piece until it is told to stop.
  /// Follows nothing to another place.
  package typealias Get =
    @Sendable (WebAddress, _ seconds: Int, _ take: (UnsafeRawBufferPointer) -> Bool)
    throws(StudioError) -> Void
  /// What opens an attachment: of a file its key and nonce, of an image the keys of its message.
  package typealias Key =
    @Sendable (RunAttachment, _ nonce: [UInt8]?) throws(StudioError) -> [UInt8]

  private let folder: String
  private let get: Get
  private let key: Key

  package init(into folder: String, get: @escaping Get, key: @escaping Key) {
    self.folder = folder
    self.get = get
    self.key = key
  }

  /// What an earlier segment has brought is not brought again.
  ///
  /// - Throws: `attachment_unavailable`, naming the attachment and the field that is at fault.
  package func run(_ attachments: [RunAttachment]) throws(StudioError) {
    for attachment in attachments where access("\(folder)/\(attachment.name)", F_OK) != 0 {
      try bring(attachment)
    }
  }

  private func bring(_ attachment: RunAttachment) throws(StudioError) {
    // No attachment's name begins with a dot.
    let sealed = try Draft("\(folder)/.sealed")
    var failures: [StudioError] = []
    for mirror in attachment.mirrors.prefix(AttachmentRules.mostMirrors) {
      do throws(StudioError) {
        try fetch(attachment, from: mirror, to: sealed)
        failures = []
        break
      } catch {
        failures.append(error)
      }
    }
    if attachment.mirrors.isEmpty {
      failures = [Self.wrong(attachment, "mirrors", "it lies nowhere that is allowed")]
    }
    // The first place is the author's own choice; its failure says most.
    if let failure = failures.first { throw failure }
    let plain = try Draft("\(folder)/.opened")
    try open(attachment, sealed, to: plain)
    try plain.keep(as: "\(folder)/\(attachment.name)")
  }

  private func fetch(
    _ attachment: RunAttachment, from mirror: WebAddress, to draft: Draft
  ) throws(StudioError) {
    try draft.clear()
    var hash = SHA256()
    var failure: StudioError?
    var count: Int64 = 0
    let most = attachment.sealedBytes
    try get(mirror, attachment.seconds) { bytes in
      count += Int64(bytes.count)
      guard count <= most else {
        failure = Self.wrong(
          attachment, "size_bytes", "more than \(most) bytes came from \(mirror.origin)")
        return false
      }
      hash.update(bytes)
      do throws(StudioError) { try draft.write(bytes) } catch { failure = error }
      return failure == nil
    }
    if let failure { throw failure }
    guard attachment.isImage || count == most else {
      throw Self.wrong(
        attachment, "size_bytes", "expected \(most) bytes from \(mirror.origin), got \(count)")
    }
    let digest = hash.finish().hex
    guard sameBytes(digest, attachment.sha256) else {
      throw Self.wrong(
        attachment, "sha256",
        "expected \(attachment.sha256) from \(mirror.origin), got \(digest)")
    }
    guard let stated = attachment.blake3 else { return }
    let other = try draft.withBytes { BLAKE3.hash($0).hex }
    guard sameBytes(other, stated) else {
      throw Self.wrong(attachment, "blake3", "expected \(stated), got \(other)")
    }
  }

  private func open(
    _ attachment: RunAttachment, _ sealed: Draft, to plain: Draft
  ) throws(StudioError) {
    guard let size = attachment.size else { return try openImage(attachment, sealed, to: plain) }
    let secret = try key(attachment, nil)
    guard secret.count == ChaChaPoly.keyBytes + ChaChaPoly.nonceBytes else {
      throw Self.wrong(attachment, "decrypt_hint.wrapped_key", "it holds no key and nonce")
    }
    try plain.resize(size)
    let opened = try sealed.withBytes { bytes in
      try? plain.withMutableBytes {
        ChaChaPoly.open(
          bytes, key: Array(secret[..<ChaChaPoly.keyBytes]),
          nonce: Array(secret[ChaChaPoly.keyBytes...]), into: $0)
      }
    }
    guard opened == true else {
      throw Self.wrong(attachment, "decrypt_hint.wrapped_key", "its key does not open it")
    }
  }

  private func openImage(
    _ attachment: RunAttachment, _ sealed: Draft, to plain: Draft
  ) throws(StudioError) {
    let bytes = try sealed.withBytes { [UInt8]($0) }
    let nonce = Array(bytes.dropFirst().prefix(32))
    let secret = try key(attachment, nonce)
    do {
      let image = try NIP44.decrypt(raw: bytes, messageKey: secret)
      image.withUnsafeBytes { try? plain.write($0) }
      try plain.checkSize(Int64(image.count))
    } catch {
      throw Self.wrong(attachment, "decrypt_hint", "it does not open: \(error)")
    }
  }

  private static func wrong(
    _ attachment: RunAttachment, _ field: String, _ words: String
  ) -> StudioError {
    StudioError(
      "attachment_unavailable", "the attachment “\(attachment.name)”: \(field): \(words)",
      field: field, value: attachment.name)
  }
}

/// A file of 0600 in the making, which is gone unless it is kept.
private final class Draft {
  private let path: String
  private let descriptor: Int32
  private var isKept = false

  init(_ path: String) throws(StudioError) {
    self.path = path
    unlink(path)
    descriptor = Glibc.open(
      path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("making a file", path: path, errno: errno) }
  }

  deinit {
    close(descriptor)
    if !isKept { unlink(path) }
  }

  func clear() throws(StudioError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failed }
  }

  func resize(_ count: Int64) throws(StudioError) {
    // Room that is there: a full disk is told of here, and not by a signal at a page of it.
    guard count == 0 || posix_fallocate(descriptor, 0, off_t(count)) == 0 else {
      throw .system("making room", path: path, errno: ENOSPC)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StudioError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failed }
      done += count
    }
  }

  func checkSize(_ count: Int64) throws(StudioError) {
    guard size == count else { throw .system("writing", path: path, errno: ENOSPC) }
  }

  private var size: Int64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws(StudioError) -> R {
    try map(PROT_READ) { try body(UnsafeRawBufferPointer($0)) }
  }

  func withMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) throws(StudioError) -> R {
    try map(PROT_READ | PROT_WRITE, body)
  }

  /// The file in memory: hundreds of mebibytes may be more than there should be of a copy.
  private func map<R>(
    _ protection: Int32, _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) throws(StudioError) -> R {
    let count = Int(size)
    func run(_ bytes: UnsafeMutableRawBufferPointer) throws(StudioError) -> R {
      do { return try body(bytes) } catch { throw StudioError(describing: error) }
    }
    guard count > 0 else { return try run(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
    let memory = mmap(nil, count, protection, MAP_SHARED, descriptor, 0)
    guard let memory, memory != MAP_FAILED else { throw failed }
    defer { munmap(memory, count) }
    return try run(UnsafeMutableRawBufferPointer(start: memory, count: count))
  }

  func keep(as name: String) throws(StudioError) {
    guard fsync(descriptor) == 0, rename(path, name) == 0 else { throw failed }
    isKept = true
  }

  private var failed: StudioError { .system("writing", path: path, errno: errno) }
}
