import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What stands above the thread of a card: its state, how whoever is at it is, and its run.
extension CardPane {
  /// Draws it, as far as there is room.
  ///
  /// - Returns: the rows that it took, and those for the thread.
  func splitHead(
    _ card: CardRow, _ area: Rect, on surface: inout Surface
  ) -> (head: Rect, body: Rect) {
    let plain = area.height < 4 ? 0 : area.height < 8 ? 2 : 3
    let run = runLines(width: area.width, rows: min(8, max(0, (area.height - 6) / 4)))
    let (header, body) = area.splitTop(plain + run.count)
    guard !header.isEmpty else { return (header, body) }
    drawHeader(card, on: &surface, in: header.row(0))
    if header.height > 2 {
      if let presence {
        drawNow(presence, on: &surface, in: header.row(1))
      } else {
        let now = NowLine(
          card: card, entries: entries, names: scene.names, moments: scene.moments)
        surface.row(header.row(1), left: now.spans, style: .text)
      }
    }
    for (y, spans) in run.enumerated() {
      surface.row(header.row(plain - 1 + y), left: spans, style: .text)
    }
    surface.rule(header.row(header.height - 1))
    return (header, body)
  }

  var nextChange: Int64? {
    [presence?.nextChange, runText?.nextChange].compactMap(\.self).min()
  }

  private func drawHeader(_ card: CardRow, on surface: inout Surface, in rect: Rect) {
    let look = StatusLook(card.status)
    let assignee = card.assignees.first.map(scene.names.brief) ?? "nobody"
    var right: SafeText =
      "by \(scene.names.brief(card.author)) \(scene.moments.age(of: card.createdAt))"
    if versions > 1 { right = "\(versions) versions · \(right)" }
    surface.row(
      rect,
      left: [
        Span(" \(look.glyph) \(look.word)", look.style), Span(" · \(assignee)", .cardAssignee),
        Span(" · \(SafeText(untrusted: card.track, limit: 80))", .cardTrack),
      ], right: [Span("\(right) ", .dim)], style: .text)
  }

  /// How whoever is at it is.
  private var presence: PresenceText? {
    card.flatMap { scene.team.member(at: $0.id) }.map(scene.text)
  }

  /// `NOW ● 8s  writing tests  31/40  2h10m  ▂▃▅▅▇`
  private func drawNow(_ now: PresenceText, on surface: inout Surface, in rect: Rect) {
    let parts: SafeText = [now.step, now.elapsed].filter { !$0.isEmpty }.reduce("") {
      "\($0)\($1)  "
    }
    surface.row(
      rect,
      left: [
        Span(" NOW ", .heading), Span(now.brief, now.style), Span("  \(now.words)", .threadStep),
      ], right: [Span(parts, .text), Span(now.spark, .spark), Span(" ", .text)], style: .text)
  }

  /// The run: ` RUN ● running · for 12m · heard 8s ago · $0.42`, its checklist, and why it ended.
  private func runLines(width: Int, rows: Int) -> [[Span]] {
    guard rows > 0, let run = runText else { return [] }
    let lead: [Span] = [Span(" RUN ", .heading), Span(run.title, run.style)]
    var lines = Self.packed(lead, run.parts, width: width, rows: rows > 4 ? 2 : 1)
    if !run.reason.isEmpty, lines.count < rows {
      let room = rows - lines.count
      let words = run.reason.wrapped(to: max(8, width - 6)).prefix(min(2, room))
      lines += words.map { [Span("     "), Span($0, .text)] }
    }
    guard run.row.isLive else { return lines }
    return lines + checklist.lines(width: width - 1, rows: rows - lines.count)
  }

  /// Parts one after the other; what does not fit into so many lines is left out.
  private static func packed(
    _ lead: [Span], _ parts: [SafeText], width: Int, rows: Int
  ) -> [[Span]] {
    var lines = [lead]
    var used = lead.reduce(0) { $0 + $1.text.width }
    for part in parts {
      if used + part.width + 3 > width {
        guard lines.count < rows else { break }
        lines.append([Span("     ")])
        used = 2
      }
      lines[lines.count - 1].append(Span("\(used == 2 ? "" : " · ")\(part)", .text))
      used += part.width + 3
    }
    return lines
  }

  private var checklist: Checklist { Checklist(entries, by: runs.current?.author) }

  private var runText: RunText? {
    guard let card, let row = runs.current else { return nil }
    var text = scene.text(of: row, on: card.id)
    if row.isLive, row.record.state != .cancelling {
      text.cancelledAt =
        entries.last {
          $0.intent == "cancel" && $0.verdict == .applied
            && $0.createdAt >= row.record.startedAt ?? row.signedAt
        }?.createdAt
    }
    return text
  }
}
