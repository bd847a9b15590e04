package import Nostr

extension WorkerConsent {
  /// What `always` is good for; what is not named is not limited.
  package struct Limits: Sendable, Hashable {
    package var kinds: Set<String> = []
    package var expiresAt: Int64?
    package var perDay: Int?
    package var budgetUSD: Double?

    package init() {}

    /// Reads what `json` wrote; what is damaged limits to nothing at all.
    package init(_ json: JSON) {
      guard let object = json.object else {
        expiresAt = 0
        return
      }
      kinds = Set(object["kinds"]?.array?.compactMap(\.string) ?? [])
      expiresAt = object["expires_at"]?.integer
      perDay = object["per_day"]?.integer.map { Int(clamping: $0) }
      budgetUSD = object["budget_usd"]?.number
    }

    package var json: JSON {
      var object = JSONObject()
      if !kinds.isEmpty { object["kinds"] = .array(kinds.sorted().map { .string($0) }) }
      object["expires_at"] = expiresAt.map { .integer($0) }
      object["per_day"] = perDay.map { .integer(Int64($0)) }
      object["budget_usd"] = budgetUSD.map { .number($0) }
      return .object(object)
    }
  }
}
