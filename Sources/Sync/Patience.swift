/// How long an engine waits for relays, in milliseconds; tests shorten it.
package struct Patience: Sendable {
  /// Silence after which a subscription that owes an answer is asked again.
  package var request: Int64 = 20_000
  /// How often a live connection is asked for the newest wrap, to see that it still answers.
  package var probeInterval: Int64 = 600_000
  /// Silence after a probe after which the connection counts as dead.
  package var probe: Int64 = 15_000
  /// Age at which the live subscription is opened anew.
  package var tailLifetime: Int64 = 2_700_000
  /// The first wait after a relay ended a subscription; doubled each time it does so again.
  package var reopen: Int64 = 5_000
  /// How long something that a relay will not do is left alone.
  package var parking: Int64 = 3_600_000
  /// After that long without OK the same bytes are sent again.
  package var acknowledgement: Int64 = 25_000

  /// The first wait after a relay refused something for a passing reason; doubled with every attempt.
  package var retry: Int64 = 15_000

  package init() {}
}
