package import Replica
package import Studio

/// The times of a run by our own clock, whatever its machine's says.
package struct RunClocks: Sendable, Hashable {
  package let row: RunRecordRow
  /// When something was last said on its card by whoever runs it: a sign of life like its record.
  package let saidAt: Int64?

  package init(_ row: RunRecordRow, saidAt: Int64? = nil) {
    self.row = row
    self.saidAt = saidAt
  }

  /// When its last word was heard.
  package var heardAt: Int64 { row.isLive ? max(recordedAt, saidAt ?? .min) : recordedAt }

  /// How it stands. What is said on its card after it was to begin is a sign that it has: its record is not signed
  /// again for that.
  package var state: RunRecord.State {
    guard row.record.state == .starting, let saidAt, saidAt >= recordedAt else {
      return row.record.state
    }
    return .running
  }

  private var recordedAt: Int64 {
    PresenceEvidence.heard(signed: row.signedAt, received: row.receivedAt)
  }

  /// When something last came of it.
  package var progressAt: Int64? {
    [row.record.progressAt.map(ours), row.isLive ? saidAt : nil].compactMap(\.self).max()
  }

  package var startedAt: Int64? { row.record.startedAt.flatMap { $0 > 0 ? ours($0) : nil } }

  /// What its own clock calls a time, by ours.
  private func ours(_ time: Int64) -> Int64 { recordedAt - max(0, row.signedAt - time) }

  /// Whether its next sign of life is overdue. Who waits for an answer is never late.
  package func isLate(now: Int64) -> Bool {
    guard row.isLive, row.record.state != .waiting, let promise = row.record.interval else {
      return false
    }
    return now - heardAt > promise * 12 / 5
  }
}
