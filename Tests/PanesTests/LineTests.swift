import Home
import Nostr
import Replica
import Terminal
import Testing
import Workspace

@testable import Panes

/// The command line and the palette over the panes.
@Suite struct CommandLineTests {
  private func stage() throws -> Stage {
    let stage = try Stage(World.team())
    stage.press("g", "b")
    return stage
  }

  @Test func `a command by its name does what its key does`() throws {
    let stage = try stage()
    stage.press(":")
    stage.type("pane.zoom")
    stage.press("Enter")
    #expect(stage.shell.isZoomed)
    stage.press(":")
    stage.type("go drafts")
    stage.press("Enter")
    #expect(stage.shell.place == .drafts)
  }

  @Test func `a verb with its arguments is ordered of the engine`() throws {
    let stage = try stage()
    stage.press("Enter", ":")
    stage.type("move bogus")
    stage.press("Enter")
    #expect(stage.status.contains("STATUS is one of open, in_progress, done, archived"))
    stage.press("C-u")
    stage.type("comment . I don't mind")
    stage.press("Enter")
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["body"]?.string == "I don't mind")
    #expect(stage.shell.overlays.isEmpty)
  }

  @Test func `a refused line stays in the field, in the words of the command line`() throws {
    let stage = try stage()
    stage.press(":")
    stage.type("assign 12345678 @atlas")
    stage.press("Enter")
    #expect(stage.status.contains("there is nothing here with the id “12345678”"))
    #expect(stage.text.contains(":assign 12345678 @atlas"))
    #expect(try stage.orders().isEmpty)
    // Left, it comes back.
    stage.press("Esc", ":")
    #expect(stage.text.contains(":assign 12345678 @atlas"))
  }

  @Test func `Tab completes from the specs and from what is here, again for the next`() throws {
    let stage = try stage()
    stage.press(":")
    stage.type("card list --tr")
    stage.press("Tab")
    stage.type("w")
    stage.press("Tab")
    #expect(stage.text.contains(":card list --track web"))
    stage.press("C-u")
    stage.type("assign 1 @")
    stage.press("Tab")
    let first = stage.text.contains("@alice")
    #expect(first)
    stage.press("Tab")
    #expect(stage.text.contains(":assign 1 @bob") || stage.text.contains(":assign 1 @atlas"))
  }

  @Test func `lines are kept over a restart, and Up recalls them`() throws {
    let world = try World.team()
    let stage = try Stage(world)
    for line in ["go board", "go drafts"] {
      stage.press(":")
      stage.type(line)
      stage.press("Enter")
    }
    stage.shell.close()
    let again = try Stage(world)
    again.press(":")
    again.type("half")
    again.press("Up", "Up")
    #expect(again.text.contains(":go board"))
    again.press("Down", "Down")
    #expect(again.text.contains(":half"))
  }

  @Test func `a filter, a view and a setting by line`() throws {
    let stage = try stage()
    for line in ["list is:open", "save-view calm", "set theme nord"] {
      stage.press(":")
      stage.type(line)
      stage.press("Enter")
    }
    #expect(stage.shell.scene.filter == "is:open")
    #expect(try SavedViews.load(from: stage.world.home).named("calm").text == "is:open")
    #expect(try Configuration.load(from: stage.world.home).theme == "nord")
    stage.press(":")
    stage.type("list trak:web")
    stage.press("Enter")
    #expect(stage.status.contains("did you mean “track”"))
    #expect(stage.shell.scene.filter == "is:open")
  }

  @Test func `hostile lines neither crash nor reach the screen as they are`() throws {
    let stage = try stage()
    for text in [
      "\u{1b}]52;c;x\u{7}", "\"", "comment . \u{202e}x", String(repeating: "a ", count: 9_000),
    ] {
      stage.press(":")
      stage.shell.receive(.paste(text))
      stage.draw()
      stage.press("Tab", "Enter", "Esc", "Esc")
    }
    #expect(!stage.text.unicodeScalars.contains("\u{1b}"))
  }

  // MARK: The palette

  @Test func `a sigil asks for one kind of thing`() throws {
    let stage = try stage()
    func found(_ query: String) -> String {
      stage.press("C-k")
      stage.type(query)
      defer { stage.press("Esc") }
      return stage.text
    }
    #expect(found("@bo").contains("@bob"))
    #expect(!found("@bo").contains("Flaky"))
    #expect(found("!flaky").contains("Flaky integration suite"))
    #expect(!found(">flaky").contains("Flaky integration suite"))
    #expect(found("#ops").contains("nothing fits") || found("#oper").contains("Operations"))
    #expect(found(">zoom").contains("Zoom pane"))
    #expect(!found("!zoom").contains("Zoom pane"))
  }

  @Test func `a card found in the palette is opened, one that waits before others`() throws {
    let stage = try stage()
    stage.press("C-k")
    stage.type("!re")
    let rows = stage.text.split(separator: "\n").filter { $0.contains("│▌") }
    #expect(rows.first?.contains("Retry policy") == true)
    stage.press("Enter")
    #expect(stage.shell.card.card?.title == "Retry policy for the uploader")
  }

  @Test func `what is not possible says why instead of its key`() throws {
    let stage = try stage()
    stage.press("C-k")
    stage.type(">admit")
    #expect(stage.text.contains("only who founded the room can"))
  }
}
