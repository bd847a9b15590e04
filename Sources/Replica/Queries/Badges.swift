/// The counts that every face shows of an inbox, made from its rows and from nothing else.
package struct Badges: Sendable, Hashable {
  /// What waits for the person, questions above all: `?`.
  package var questions = 0
  /// Rows of what is new: `•`.
  package var updates = 0
  /// Of these: `!`, and `@`.
  package var trouble = 0
  package var mentions = 0

  package init() {}

  package init(needs: Int, updates: [UpdateRow]) {
    questions = needs
    self.updates = updates.count
    for row in updates {
      switch row.reason {
      case .trouble: trouble += 1
      case .mention, .reply: mentions += 1
      case .result, .done, .assigned, .notes, .posts: break
      }
    }
  }
}

extension Reader {
  /// The counts of an inbox; no more than 100 rows of what is new are counted.
  package func badges(_ owner: InboxOwner, now: Int64) throws -> Badges {
    let runs = try consentNeeds(owner, now: now).count + failureNeeds(owner, now: now).count
    return Badges(
      needs: try needCount(owner, now: now) + runs, updates: try updates(owner, now: now))
  }
}
