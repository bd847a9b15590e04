/// How other processes of this home wake the worker: a file in the directory of its runs.
package enum WorkerBell {
  /// Where the runs are.
  package static func directory(_ home: Home) -> String { "\(home.stateDirectory)/runs" }

  /// Wakes it, if there is one.
  package static func ring(_ home: Home) throws(StudioError) {
    try SystemCall.makeDirectory(directory(home))
    try SystemCall.replace("\(directory(home))/.wake", with: [], mode: 0o600)
  }
}
