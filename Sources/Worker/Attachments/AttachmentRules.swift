import Nostr
package import Replica
import Studio
import Workspace

/// From where the attachments of cards may be fetched, and how much: what the owner has named, and nothing else.
package struct AttachmentRules: Sendable, Hashable {
  /// What stands in `worker.conf` after `attachments`.
  package var sources: [WebAddress] = []
  /// Bytes of one, and of all of a card, as they are when opened.
  package var each: Int64 = 25 << 20
  package var total: Int64 = 100 << 20

  /// Whatever the owner says.
  package static let mostBytes: Int64 = 256 << 20
  static let mostFiles = 32
  static let mostMirrors = 3

  package init() {}

  /// What is fetched for a card.
  package enum Verdict: Sendable, Hashable {
    case fetched([RunAttachment])
    /// In a line, for people.
    case refused(String)
  }

  package func judge(_ card: CardRow) -> Verdict {
    guard let attachments = card.attachments else {
      return .refused("an attachment cannot be read: its block is not whole")
    }
    guard attachments.count <= Self.mostFiles else {
      return .refused("it has \(attachments.count) attachments: \(Self.mostFiles) at most")
    }
    var plans: [RunAttachment] = []
    for attachment in attachments {
      let content = attachment.content
      let size = content.size ?? RunAttachment.imageBytes
      guard size <= min(each, Self.mostBytes) else {
        return .refused(
          "“\(attachment.name)” is too large: \(size) bytes, and \(each >> 20) MiB are allowed "
            + "(attachment_mb)")
      }
      let mirrors = content.mirrors.prefix(100).compactMap { WebAddress($0) }
      let allowed = mirrors.filter { mirror in sources.contains { $0.holds(mirror) } }
      guard !allowed.isEmpty else {
        guard let other = mirrors.first else {
          return .refused("“\(attachment.name)” lies nowhere that it could be fetched from")
        }
        return .refused(
          "“\(attachment.name)” lies at \(other.origin), which the owner of this agent has not "
            + "allowed: “attachments \(other.origin)/” in worker.conf would")
      }
      plans.append(
        RunAttachment(attachment, of: card, from: Array(allowed.prefix(Self.mostMirrors))))
    }
    let sum = plans.reduce(0) { $0 + ($1.size ?? RunAttachment.imageBytes) }
    guard plans.isEmpty || sum <= total else {
      return .refused(
        "its attachments are too large: \(sum) bytes, and \(total >> 20) MiB are allowed "
          + "(attachments_mb)")
    }
    return .fetched(plans)
  }
}

extension SkipReason {
  /// In a line, for people, with what is in the way of this card.
  package func words(_ rules: AttachmentRules, _ card: CardRow?) -> String {
    guard self == .attachmentUnavailable, let card, case .refused(let words) = rules.judge(card)
    else { return self.words }
    return words
  }
}
