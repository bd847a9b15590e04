// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func room(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestKit"], exclude: exclude, swiftSettings: settings)
}

let package = Package(
  name: "studio",
  products: [.executable(name: "studio", targets: ["CLI"])],
  targets: [
    .systemLibrary(name: "CSecp256k1"),
    .systemLibrary(name: "CSodium"),
    .systemLibrary(name: "CCrypto"),
    .systemLibrary(name: "CSQLite"),
    .systemLibrary(name: "CWebSockets"),
    .systemLibrary(name: "CNcurses"),
    .systemLibrary(name: "CSystem"),

    room("Nostr", ["CSecp256k1", "CSodium", "CCrypto"]),
    room("Home", ["CSystem", "Nostr"]),
    room("FourA", ["Nostr"]),
    room("Studio", ["FourA", "Nostr"]),
    room("Threads"),
    room(
      "Replica", ["CSQLite", "Studio", "FourA", "Nostr"],
      resources: [.embedInCode("Schema")]),
    room("Relay", ["CWebSockets", "Threads", "Nostr"]),
    room("Sync", ["Replica", "Relay", "Threads", "Studio", "FourA", "Home", "Nostr"]),
    room("Workspace", ["Replica", "Studio", "FourA", "Home", "Nostr"]),
    room("ConfigLines"),
    room("Files"),
    room("Terminal", ["CNcurses", "ConfigLines", "Files"], resources: [.embedInCode("Defaults")]),
    room(
      "Panes",
      ["Terminal", "ConfigLines", "Workspace", "Replica", "Studio", "FourA", "Home", "Nostr"]),
    room(
      "Worker",
      [
        "ConfigLines", "Files", "Workspace", "Replica", "Threads", "Studio", "FourA", "Home",
        "Nostr",
      ],
      resources: [.embedInCode("Defaults")]),
    .executableTarget(
      name: "CLI",
      dependencies: [
        "Worker", "Panes", "Terminal", "ConfigLines", "Workspace", "Sync", "Relay", "Threads",
        "Replica",
        "Studio", "FourA", "Home", "Nostr",
      ],
      resources: [.embedInCode("Demo/agent.sh")], swiftSettings: settings),

    .target(
      name: "TestKit", dependencies: ["Terminal", "Replica", "Threads"], path: "Tests/TestKit",
      swiftSettings: settings),
    tests("NostrTests", ["Nostr", "CSodium"]),
    tests("FourATests", ["FourA", "Nostr"]),
    tests("StudioTests", ["Studio", "FourA", "Nostr"]),
    tests("ReplicaTests", ["Replica", "CSQLite", "Studio", "FourA", "Nostr"]),
    tests("RelayTests", ["Relay", "Replica", "Threads", "Nostr"]),
    tests(
      "EndToEndTests",
      [
        "Terminal", "Worker", "Workspace", "Replica", "Threads", "Studio", "FourA", "Home", "Nostr",
      ]),
    tests(
      "PanesTests",
      [
        "Panes", "Terminal", "ConfigLines", "Workspace", "Replica", "Studio", "FourA", "Home",
        "Nostr",
      ]),
    tests("HomeTests", ["Home", "Nostr"]),
    tests(
      "SyncTests",
      [
        "Sync", "Workspace", "Replica", "Relay", "Threads", "Studio", "FourA", "Home", "Nostr",
        "CCrypto",
      ]),
    tests("TerminalTests", ["Terminal", "ConfigLines", "CNcurses"]),
    tests(
      "WorkerTests",
      [
        "Worker", "ConfigLines", "Workspace", "Replica", "Relay", "Threads", "Studio", "FourA",
        "Home", "Nostr",
      ],
      exclude: ["Transcripts", "fake-agent.sh"]),
    tests("WorkspaceTests", ["Workspace", "Replica", "Studio", "FourA", "Home", "Nostr"]),
  ]
)
