import Terminal
import Workspace

/// The filter's field, at the foot of the screen.
struct FilterPrompt {
  var editor: LineEditor
  /// Which of the past filters stands in the field, from the newest.
  var recalled: Int?
}

/// Filtering: the list narrows with every key, and what cannot be read leaves it as it is.
extension Shell {
  func startFiltering() {
    if place != .board { go(to: .place(.board)) }
    focus(on: .board)
    scene.isFiltering = true
    overlays.append(
      .filter(FilterPrompt(editor: LineEditor(scene.filter, limit: FilterQuery.longest))))
  }

  /// A key in the field: Enter keeps the filter, Tab completes, Up recalls.
  func edit(_ prompt: FilterPrompt, by key: Key) {
    var prompt = prompt
    switch key {
    case Key(.enter):
      scene.isFiltering = false
      chooseAgain()
      if scene.filterFault == nil {
        overlays.removeLast()
        scene.filter = FilterQuery.trimmed(scene.filter)
        remember(scene.filter)
      } else {
        // Nothing that was typed is lost: the reason stands under the field.
        scene.isFiltering = true
      }
    case Key(.escape):
      overlays.removeLast()
      scene.isFiltering = false
      scene.dropUnreadableFilter()
      chooseAgain()
    case Key(.up), Key(.down):
      let step = key == Key(.up) ? 1 : -1
      let index = (prompt.recalled ?? -1) + step
      guard pastFilters.indices.contains(index) else { return }
      prompt.recalled = index
      prompt.editor.set(pastFilters[pastFilters.count - 1 - index])
      filter(by: prompt)
    case Key(.tab):
      guard
        prompt.editor.cursor == prompt.editor.safeText.clusters.reduce(0, { count, _ in count + 1 })
      else { return }
      let text = prompt.editor.text
      let completion = FilterCompletion(text, scene.filterWords)
      guard let shared = completion.shared else { return }
      prompt.editor.set(completion.applied(shared, to: text))
      filter(by: prompt)
    default:
      if prompt.editor.press(key) { filter(by: prompt) }
    }
  }

  /// Shows what the field says now.
  func filter(by prompt: FilterPrompt) {
    overlays[overlays.count - 1] = .filter(prompt)
    scene.filter = prompt.editor.text
    chooseAgain()
  }

  private func remember(_ text: String) {
    guard !text.isEmpty else { return }
    pastFilters.removeAll { $0 == text }
    pastFilters.append(text)
    if pastFilters.count > 100 { pastFilters.removeFirst() }
  }

  // MARK: Views

  private static let viewPrefix = "view "

  /// The person's own views, for the palette.
  var viewItems: [Picker<String>.Item] {
    let views = (try? SavedViews.load(from: workspace.home))?.views ?? []
    return views.map { view in
      Picker<String>.Item(
        Self.viewPrefix + view.name, "View \(SafeText(untrusted: view.name, limit: 80))",
        detail: SafeText(untrusted: view.text, limit: 40),
        refusal: ability(to: .filter).refusal, sigil: ">", bonus: 4)
    }
  }

  /// Filters the board by a view.
  func openView(_ name: String) {
    guard let views = try? SavedViews.load(from: workspace.home),
      let view = try? views.named(name)
    else { return say("that view is gone from views.conf", .toastWarning) }
    if place != .board { enter(.board) }
    focus(on: .board)
    scene.filter = view.text
    chooseAgain()
    if let fault = scene.filterFault {
      scene.dropUnreadableFilter()
      chooseAgain()
      say(
        "view \(SafeText(untrusted: view.name)): \(SafeText(untrusted: "\(fault)", limit: 200))",
        .toastWarning)
    } else {
      remember(view.text)
    }
  }

  // MARK: Drawing

  /// The field, and under it what is wrong or what could come next.
  func drawFilter(_ prompt: FilterPrompt, on surface: inout Surface, in status: Rect) {
    var prompt = prompt
    let text = prompt.editor.text
    FootField.draw(
      &prompt.editor, label: "filter: ", placeholder: "words, is:open, agent:me",
      hint: filterHint(text), on: &surface, in: status)
    overlays[overlays.count - 1] = .filter(prompt)
  }

  private func filterHint(_ text: String) -> (SafeText, StyleName) {
    let next = FilterCompletion(text, scene.filterWords)
    let candidates = next.candidates.prefix(12).joined(separator: " ")
    let fault = scene.filterFault
    // What is not finished is not wrong yet.
    let isOpen = fault.map { $0.column - 1 + $0.length >= text.unicodeScalars.count } ?? true
    if !candidates.isEmpty, isOpen, fault != nil || next.length > 0 {
      return ("Tab: \(SafeText(untrusted: candidates, limit: 200))", .hintText)
    }
    if let fault {
      return (SafeText(untrusted: fault.description, limit: 300), .toastError)
    }
    return (
      "is: has: track: agent: by: label: age:<2d · -not · a | b · Tab completes · ↵ keep · Esc",
      .hintText
    )
  }
}
