import Glibc

/// A place between two steps of a process of which a test has to know that nothing is lost there.
///
/// A debug build that finds a file `NAME N` where `STUDIO_FAULT` says kills itself when it passes the place of this
/// name for the N-th time, whatever process it is by then; the file is gone then. A release build passes them all.
package enum FaultPoint: String, Sendable, CaseIterable {
  // The worker.
  /// A card may be taken up; nothing is written.
  case workerOffered = "worker-offered"
  /// The run and its acknowledgement are on disk.
  case workerTaken = "worker-taken"
  /// The run has its slot; its directory is not there.
  case workerBegun = "worker-begun"
  /// The directory is written; no supervisor was started.
  case workerPrepared = "worker-prepared"
  /// The supervisor was started.
  case workerSupervised = "worker-supervised"
  /// It is kept that the program runs.
  case workerRunning = "worker-running"
  /// Progress was handed in.
  case workerTold = "worker-told"
  /// A request was seen to; its program does not know.
  case workerRequested = "worker-requested"
  /// An answer is kept; its program does not have it.
  case workerSettled = "worker-settled"
  /// The run waits without a process.
  case workerParked = "worker-parked"
  /// The run is to go on; nothing was begun.
  case workerContinued = "worker-continued"
  /// The end is known; nothing is written.
  case workerEnded = "worker-ended"
  /// The result was handed in.
  case workerFinished = "worker-finished"
  /// It is kept that the run is to stop; its supervisor does not know.
  case workerCancelling = "worker-cancelling"
  /// The supervisor was told to stop.
  case workerStopped = "worker-stopped"
  /// It is kept that the run is tried again.
  case workerRetrying = "worker-retrying"

  // The supervisor.
  /// The segment is this one's; nothing is written.
  case supervisorLocked = "supervisor-locked"
  /// It is on disk that the segment is begun; its program was not started.
  case supervisorAnnounced = "supervisor-announced"
  /// The program runs; who it is stands nowhere.
  case supervisorSpawned = "supervisor-spawned"
  /// Everything is on disk; the worker does not know.
  case supervisorReady = "supervisor-ready"
  /// A request is in the journal; who asked was not told.
  case supervisorRequested = "supervisor-requested"
  /// An answer is there; who waits for it was not told.
  case supervisorAnswered = "supervisor-answered"
  /// The program was asked to stop.
  case supervisorStopping = "supervisor-stopping"
  /// The program has ended; what it left was not ended.
  case supervisorEnded = "supervisor-ended"
  /// Nothing runs any more; nothing is written.
  case supervisorSwept = "supervisor-swept"
  /// How it ended is on disk.
  case supervisorReported = "supervisor-reported"

  // The engine.
  /// Orders are signed and wrapped, in a transaction that is not over.
  case engineSigning = "engine-signing"
  /// They are on disk; nothing was sent.
  case engineSigned = "engine-signed"
  /// Something was handed to a relay.
  case engineSent = "engine-sent"
  /// A relay has it; that is not kept.
  case engineAcknowledged = "engine-acknowledged"
  /// It is kept that the relay has it.
  case engineDelivered = "engine-delivered"

  /// The process comes through here.
  package func pass() {
    #if DEBUG
      strike()
    #endif
  }

  #if DEBUG
    package static let variable = "STUDIO_FAULT"
    private static let file = SystemCall.environment(variable)

    private func strike() {
      guard let file = Self.file, let bytes = try? SystemCall.read(file, limit: 256) else { return }
      let words = String(decoding: bytes, as: UTF8.self).split { $0.isWhitespace }
      guard words.count == 2, words[0] == rawValue, let count = Int(words[1]) else { return }
      guard count <= 1 else {
        try? SystemCall.replace(file, with: Array("\(rawValue) \(count - 1)".utf8), mode: 0o600)
        return
      }
      unlink(file)
      kill(getpid(), SIGKILL)
    }
  #endif
}
