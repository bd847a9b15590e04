import Nostr
import Terminal

/// Posts for people: who spoke and where above every body, sanitised like everything else.
enum PostRendering {
  static func text(of posts: [JSON], in result: JSONObject) -> String {
    var lines: [String] = []
    for post in posts.compactMap(\.object) {
      if !lines.isEmpty { lines.append("") }
      lines.append(heading(post))
      let body = SafeText(untrustedMultiline: post["body"]?.string ?? "")
      lines += body.lines.map { "    \($0.string)" }
    }
    if posts.isEmpty { lines.append(result["unread_count"] == nil ? "no posts" : "nothing unread") }
    if let unread = result["unread_count"]?.integer, unread > 0 {
      lines += ["", "\(unread) unread"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `2026-11-20 14:03:11  OpusDev-Worker #7914462a  brief  #arc:x  post-3f…`
  private static func heading(_ post: JSONObject) -> String {
    func word(_ key: String) -> String {
      SafeText(untrusted: post[key]?.string ?? "", limit: 200).string
    }
    let name = word("from_agent_name")
    var parts = [
      post["posted_at"]?.integer.map { Rendering.time($0) } ?? "",
      (name.isEmpty ? "" : "\(name) ") + "#\(word("connection_short"))",
    ]
    if word("trust") != "attested" { parts.append("(unattested)") }
    parts.append(word("kind"))
    if post["channel"]?.string != nil { parts.append("#\(word("channel"))") }
    parts.append(word("post_id"))
    return parts.joined(separator: "  ")
  }
}
