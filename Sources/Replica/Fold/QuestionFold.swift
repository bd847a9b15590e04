import FourA
import Nostr
import Studio

/// What settles the questions that runs ask on one card (agents 2.14), as a pure function of what was said there:
/// in any order, with any repetition.
enum QuestionFold {
  struct Question {
    var object: Int64
    var stamp: Stamp
    var author: PublicKey
    var isApproval: Bool
    /// Of what an approval is for.
    var digest: String?
    /// When its run was over, if it is.
    var overAt: Int64?
  }

  /// An answer, or a plain comment of the card's author.
  struct Reply {
    var object: Int64
    var event: Int64
    var stamp: Stamp
    var author: PublicKey
    /// What it answers; `nil` for a comment.
    var question: Int64?
    var digest: String?
    /// It says that nobody has answered in time.
    var isTimeout = false
  }

  struct Result {
    /// By question, what settled it.
    var settled: [Int64: Int64] = [:]
    /// How many answers of each question count, the late ones too.
    var counts: [Int64: Int] = [:]
    /// Of every answer.
    var verdicts: [(event: Int64, verdict: CardFold.Verdict)] = []
  }

  /// How the refusal of an answer begins that somebody else can adopt.
  static let suggestion = "a suggestion: "

  /// - Parameters:
  ///   - author: of the card.
  ///   - owners: whose machines agents run on.
  static func fold(
    author: PublicKey, approvers: [PublicKey], owners: [PublicKey: Set<PublicKey>],
    questions: [Question], replies: [Reply]
  ) -> Result {
    var result = Result()
    let byObject = Dictionary(questions.map { ($0.object, $0) }) { first, _ in first }
    for reply in replies.sorted(by: { $0.stamp < $1.stamp }) {
      guard let id = reply.question else {
        let open = questions.filter {
          // Clocks tick in seconds: one of the same second is taken for an answer.
          $0.stamp.createdAt <= reply.stamp.createdAt && result.settled[$0.object] == nil
            && ($0.overAt.map { reply.stamp.createdAt <= $0 } ?? true)
        }
        // A remark that could mean any of several answers none.
        if open.count == 1, !open[0].isApproval {
          result.settled[open[0].object] = reply.object
          result.counts[open[0].object] = 1
        }
        continue
      }
      guard let question = byObject[id] else { continue }
      let owner = owners[question.author] ?? []
      if let refusal = refusal(
        of: reply, to: question, author: author, approvers: approvers, owners: owner)
      {
        result.verdicts.append((reply.event, .refused(refusal)))
        continue
      }
      result.counts[id, default: 0] += 1
      result.verdicts.append(
        (reply.event, result.settled[id] == nil ? .applied : .superseded))
      if result.settled[id] == nil { result.settled[id] = reply.object }
    }
    return result
  }

  private static func refusal(
    of reply: Reply, to question: Question, author: PublicKey, approvers: [PublicKey],
    owners: Set<PublicKey>
  ) -> String? {
    if reply.author == question.author {
      return reply.isTimeout ? nil : "whoever asks does not answer"
    }
    guard question.isApproval else {
      let may =
        reply.author == author || approvers.contains(reply.author) || owners.contains(reply.author)
      return may
        ? nil : "\(suggestion)the card's author, its approvers and the agent's owner answer"
    }
    guard owners.contains(reply.author) else {
      return "\(suggestion)the agent's owner decides what runs on that machine"
    }
    guard let stated = reply.digest, let digest = question.digest, sameBytes(stated, digest) else {
      return "it does not name what was to be approved"
    }
    return nil
  }
}
