import Foundation

/// Published vectors, which the repository does not carry: in the folder that `STUDIO_VECTORS` names, or in
/// `shared/vectors` beside the repository. Tests that need them are skipped, loudly, where they are not.
package enum Vectors {
  private static let folder: String? = {
    if let named = ProcessInfo.processInfo.environment["STUDIO_VECTORS"] { return found(at: named) }
    var place = URL(fileURLWithPath: #filePath)
    while place.path != "/" {
      place.deleteLastPathComponent()
      let candidate = place.appendingPathComponent("shared/vectors").path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
    }
    return found(at: "shared/vectors beside the repository")
  }()

  private static func found(at place: String) -> String? {
    if FileManager.default.fileExists(atPath: place) { return place }
    print("SKIPPED: no published vectors at \(place); set STUDIO_VECTORS to their folder")
    return nil
  }

  /// Whether the folder is there.
  package static var present: Bool { folder != nil }

  /// Whether one of its files is there.
  package static func has(_ name: String) -> Bool {
    folder.map { FileManager.default.fileExists(atPath: "\($0)/\(name)") } ?? false
  }

  /// A file's bytes.
  package static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder ?? "")/\(name)")))
  }
}
