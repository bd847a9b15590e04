import Nostr

/// What a person is told when the database refuses: the cause, and what they can do.
extension ReplicaError: CodedError {
  package var errorCode: String { words.code }
  package var errorField: String? { nil }
  package var errorValue: String? { nil }
  package var errorMessage: String { words.message }
  package var errorHint: String? { words.hint }

  private var words: (code: String, message: String, hint: String?) {
    switch self {
    case .newerSchema: ("schema_newer", message, "update this program")
    case .olderSchema: ("schema_older", message, "studio engine run brings it up to date")
    case .foreignSchema: ("schema_foreign", message, "name another home with --home")
    case .full:
      ("disk_full", "the disk is full", "make room: nothing accepted is lost")
    case .corrupt, .notADatabase:
      (
        "database_damaged", "the database is damaged: \(message)",
        "studio verify tells more; a new home catches up from the relays"
      )
    case .inputOutput:
      ("disk_failed", "the disk failed: \(message)", "look after the disk, then start again")
    case .cannotOpen:
      ("database_unavailable", message, "look at the file and who may read it")
    case .readOnly:
      ("database_read_only", "the database cannot be written: \(message)", nil)
    case .busy:
      ("database_busy", "another process holds the database", "try again")
    case .interrupted: ("too_slow", "reading was stopped: it took too long", nil)
    case .notFound: ("not_found", message, nil)
    case .refused: ("refused", message, nil)
    default: ("database_error", description, nil)
    }
  }

  /// A statement failed for none of the known reasons: the tables may be others by now.
  var isUnexplained: Bool { code.rawValue & 0xff == 1 && code.rawValue > 0 }
}
