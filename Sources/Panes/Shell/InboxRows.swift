import Replica
import Workspace

/// What is in the person's inbox: read once for the list, the header, the sidebar and the title.
final class InboxRows {
  /// What a reading can afford where nothing was ever read.
  static let pageSize = 50
  static let mostPages = 20

  private(set) var needs: [NeedRow] = []
  /// What is new, without what a failure says already.
  private(set) var updates: [UpdateRow] = []
  private var allUpdates: [UpdateRow] = []
  /// What waits for the consent of this home's owner.
  private(set) var consents: [ConsentNeed] = []
  /// Cards whose work has ended without success.
  private(set) var failures: [FailureNeed] = []
  private(set) var badges = Badges()
  private(set) var hasMoreNeeds = false
  private(set) var hasMoreUpdates = false
  /// When something that was put aside comes back.
  private(set) var nextReturn: Int64?
  private var needPages = 1
  private var updatePages = 1

  func refresh(_ scene: Scene) {
    let owner = scene.workspace.inboxOwner
    let now = scene.clock.now()
    needs =
      pages(needPages, of: needs, hasMore: &hasMoreNeeds) { last in
        scene.read {
          try $0.needs(owner, now: now, after: last?.cursor, limit: Self.pageSize)
        }
      }
    consents = scene.read { try $0.consentNeeds(owner, now: now) } ?? consents
    failures = scene.read { try $0.failureNeeds(owner, now: now) } ?? failures
    allUpdates =
      pages(updatePages, of: allUpdates, hasMore: &hasMoreUpdates) { last in
        scene.read {
          try $0.updates(owner, now: now, before: last?.seq ?? .max, limit: Self.pageSize)
        }
      }
    updates = withoutFailures(allUpdates)
    let count =
      hasMoreNeeds ? scene.read { try $0.needCount(owner, now: now) } ?? needs.count : needs.count
    badges = Badges(
      needs: count + consents.count + failures.count,
      updates: Array(updates.prefix(Self.pageSize)))
    nextReturn = scene.read { try $0.nextReturn(after: now) } ?? nil
  }

  private func withoutFailures(_ rows: [UpdateRow]) -> [UpdateRow] {
    guard !failures.isEmpty else { return rows }
    let failed = Set(failures.map(\.card.id))
    return rows.filter { row in
      guard case .card(let card) = row.subject, row.reason == .trouble else { return true }
      return !failed.contains(card.id)
    }
  }

  /// The pages that are shown, read anew; what was there when the reading is stopped.
  private func pages<Row>(
    _ count: Int, of old: [Row], hasMore: inout Bool, _ page: (Row?) -> [Row]?
  ) -> [Row] {
    var rows: [Row] = []
    for _ in 0..<count {
      guard let next = page(rows.last) else { return old }
      rows += next
      hasMore = next.count == Self.pageSize
      guard hasMore else { break }
    }
    return rows
  }

  /// One more page of the questions or of what is new; true when there may be one.
  func readMore(ofNeeds: Bool) -> Bool {
    if ofNeeds {
      guard hasMoreNeeds, needPages < Self.mostPages else { return false }
      needPages += 1
    } else {
      guard hasMoreUpdates, updatePages < Self.mostPages else { return false }
      updatePages += 1
    }
    return true
  }
}
