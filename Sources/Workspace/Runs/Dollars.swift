/// US dollars with their cents: `$0.42`.
package enum Dollars {
  package static func text(_ amount: Double) -> String {
    let cents = Int64((min(max(amount, 0), 1e9) * 100).rounded())
    let rest = cents % 100
    return "$\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
