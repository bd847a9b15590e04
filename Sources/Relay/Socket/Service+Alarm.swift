import CWebSockets

// One alarm for all connections: what must have happened by when, and the pings.
extension Service {
  /// Has the alarm look at `pipe` after `wait`.
  func look(at pipe: Pipe, in wait: Duration) {
    let parts = wait.components
    pipe.due = now + parts.seconds * 1_000_000 + parts.attoseconds / 1_000_000_000_000
    if pipe.due < alarmAt { arm(at: pipe.due) }
  }

  private func arm(at time: Int64) {
    alarmAt = time
    guard let context else { return }
    lws_sul_schedule(context, 0, &alarm.pointee.sul, alarmCallback, max(1, time - now))
  }

  fileprivate func rang() {
    alarmAt = .max
    let time = now
    for pipe in pipes.values where pipe.due <= time { overdue(pipe, at: time) }
    if let next = pipes.values.lazy.map(\.due).min(), next < .max, next < alarmAt { arm(at: next) }
  }

  private func overdue(_ pipe: Pipe, at time: Int64) {
    switch pipe.phase {
    case .open: listen(for: pipe, at: time)
    case .resolving: giveUp(pipe, "the name of the host was not found in time")
    case .connecting: giveUp(pipe, "the host did not answer in time")
    case .upgrading: giveUp(pipe, "the host did not answer the WebSocket upgrade in time")
    case .closing: giveUp(pipe, "closed")
    }
  }

  private func giveUp(_ pipe: Pipe, _ reason: String) {
    pipe.close = pipe.close ?? LinkClose(reason: reason)
    pipe.phase = .closing
    pipe.due = .max
    guard let wsi = pipe.wsi else { return finish(pipe, reason) }
    studio_lws_kill(wsi)
  }

  // Any frame is a sign of life: some relays never answer a ping.
  private func listen(for pipe: Pipe, at time: Int64) {
    if let sent = pipe.pingSentAt, pipe.lastHeard <= sent, !pipe.isPaused {
      return giveUp(pipe, "nothing came for \(limits.deadAfter) after a ping")
    }
    pipe.pingSentAt = nil
    let quiet = Duration.microseconds(time - pipe.lastHeard)
    guard quiet >= limits.pingAfter, !pipe.isPaused else {
      return look(at: pipe, in: pipe.isPaused ? limits.pingAfter : limits.pingAfter - quiet)
    }
    pipe.wantsPing = true
    pipe.pingSentAt = time
    if let wsi = pipe.wsi { lws_callback_on_writable(wsi) }
    look(at: pipe, in: limits.deadAfter)
  }
}

private func alarmCallback(_ sul: UnsafeMutablePointer<lws_sorted_usec_list>?) {
  guard let sul else { return }
  let owner = UnsafeMutableRawPointer(sul).assumingMemoryBound(to: studio_lws_alarm.self).pointee
    .owner
  guard let owner else { return }
  Unmanaged<Service>.fromOpaque(owner).takeUnretainedValue().rang()
}
