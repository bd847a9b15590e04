import CWebSockets

/// One connection as the service thread sees it: what comes in is put together, what goes out waits
/// its turn, and silence is noticed. Never leaves its thread.
final class Pipe {
  enum Phase { case resolving, connecting, upgrading, open, closing }
  enum Outgoing {
    case frame([UInt8])
    case mark(UInt64)
  }

  let id: LinkID
  /// The address to dial; `nil` for a connection that came to us.
  let url: RelayURL?
  var phase: Phase
  var wsi: OpaquePointer?

  /// Addresses that have not been tried.
  var addresses: ArraySlice<String> = []
  /// When the alarm is to look at this pipe, in microseconds of libwebsockets' clock.
  var due: Int64
  /// When anything last came from the other side.
  var lastHeard: Int64 = 0
  var pingSentAt: Int64?
  var wantsPing = false
  var isPaused = false
  /// Of a connection that came to us: libwebsockets holds bytes that the socket does not take.
  var isChoked = false
  var serverDate: Int64?
  /// What `.closed` will say.
  var close: LinkClose?
  /// Our own close frame, sent when the queue is empty.
  var farewell: (code: UInt16, reason: String)?

  // Of a client connection alone, whose frames are read and written here.
  var handshake: Handshake?
  /// Why the answer to the upgrade was not taken.
  var refusal: String?
  var reader: FrameReader?
  /// Something came while the pipe was paused.
  var hasUnread = false
  /// Nothing came although something was said to be there.
  var heardNothing = false
  /// The payload of the last ping that was not answered.
  var pong: [UInt8]?
  var saidFarewell = false
  /// What comes is not read any more: it broke the protocol, or ended with a close frame.
  var hasFailed = false
  /// Both sides have said farewell.
  var isOver = false

  private var incoming: [UInt8] = []
  private var queue: [Outgoing] = []
  private var head = 0
  private(set) var queuedBytes = 0

  init(id: LinkID, url: RelayURL?, phase: Phase, due: Int64) {
    self.id = id
    self.url = url
    self.phase = phase
    self.due = due
  }

  /// The pipe of a connection of libwebsockets.
  static func of(_ wsi: OpaquePointer) -> Pipe? {
    lws_get_opaque_user_data(wsi).map { Unmanaged<Pipe>.fromOpaque($0).takeUnretainedValue() }
  }

  var hasOutgoing: Bool { head < queue.count }

  /// Whether a client connection waits for the socket to take bytes.
  var wantsWriting: Bool { hasOutgoing || wantsPing || pong != nil || farewell != nil }

  enum Reception: Equatable { case partial, whole([UInt8]), tooLong, binary }

  /// Takes a piece of a message. `remaining` is what the current frame still holds.
  func receive(
    _ piece: UnsafeRawBufferPointer, remaining: Int, isFirst: Bool, isFinal: Bool, isBinary: Bool,
    limit: Int
  ) -> Reception {
    guard !isBinary else { return .binary }
    if isFirst { incoming.removeAll(keepingCapacity: true) }
    let (length, overflow) = (incoming.count + piece.count).addingReportingOverflow(remaining)
    guard !overflow, length <= limit else {
      incoming = []
      return .tooLong
    }
    let isWhole = isFinal && remaining == 0
    if isWhole, incoming.isEmpty { return .whole(Array(piece)) }
    incoming.append(contentsOf: piece)
    guard isWhole else { return .partial }
    defer { incoming = [] }
    return .whole(incoming)
  }

  /// Queues `outgoing`; answers whether the queue is still within `limit` bytes.
  func enqueue(_ outgoing: Outgoing, limit: Int) -> Bool {
    if case .frame(let bytes) = outgoing { queuedBytes += bytes.count }
    queue.append(outgoing)
    return queuedBytes <= limit
  }

  func dropOutgoing() {
    queue = []
    head = 0
    queuedBytes = 0
  }

  /// Moves whole frames into `buffer`, at most `room` bytes of them unless the first alone is longer,
  /// and answers the marks that stood between them.
  func fill(_ buffer: inout [UInt8], room: Int) -> [UInt64] {
    var marks: [UInt64] = []
    var filled = 0
    while head < queue.count {
      switch queue[head] {
      case .mark(let mark):
        marks.append(mark)
      case .frame(let bytes):
        let size = bytes.count + WireFrame.longestHeader
        guard filled == 0 || filled + size <= room else { return marks }
        WireFrame.append(bytes, masked: url != nil, to: &buffer)
        queuedBytes -= bytes.count
        filled += size
      }
      queue[head] = .mark(0)
      head += 1
    }
    queue.removeAll(keepingCapacity: queue.count <= 1024)
    head = 0
    return marks
  }
}
