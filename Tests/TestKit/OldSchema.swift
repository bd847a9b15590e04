import Replica

/// Replicas as earlier programs have left them.
package enum OldSchema {
  /// Writes a database of an earlier schema at `path`, which holds what the one at `source` does.
  package static func copy(_ source: String, to path: String, schema: Int) throws {
    let old = Migrations(
      application: Migrations.replica.application,
      scripts: Array(Migrations.replica.scripts.prefix(schema)))
    let connection = try Connection(path: path, mode: .writer)
    try old.apply(to: connection)
    try connection.execute("PRAGMA foreign_keys = OFF; ATTACH '\(source)' AS new")
    let tables = try connection.rows(
      """
      SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%'
        AND name NOT LIKE 'sqlite%'
      """
    ) { $0.text(0) }
    for table in tables {
      let columns = try connection.rows("SELECT name FROM pragma_table_info('\(table)', 'main')") {
        $0.text(0)
      }.joined(separator: ", ")
      try connection.execute(
        "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM new.\(table)")
    }
  }
}
