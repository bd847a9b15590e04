import Terminal

extension Int {
  /// As badges show a count: counting ends at a hundred.
  var badge: SafeText { self > 99 ? "99+" : "\(self)" }
}
