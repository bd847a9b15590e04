import FourA
import Home
import Nostr
import Relay
import Replica
import Threads

extension EngineCore {
  /// Unlocks a key that needs no passphrase; otherwise the engine waits, locked.
  ///
  /// - Throws: why such a key cannot be used; no passphrase would help.
  func unlockWithoutPassphrase() throws {
    guard let secret = try Identity.open(home) else { return }
    attempt("starting with the key") { try start(with: secret) }
  }

  /// - Returns: the error for the face that asked, `nil` when unlocked.
  @discardableResult
  func unlock(passphrase: String) -> StudioError? {
    guard secret == nil else { return nil }
    do {
      try start(with: Identity.open(home, passphrase: passphrase))
      return nil
    } catch {
      return StudioError(describing: error)
    }
  }

  /// Everything that needs the key: epoch keys into memory, threads, connections, what was left undone.
  private func start(with secret: SecretKey) throws {
    self.secret = secret
    try loadKeys(with: secret)

    let inbox = inbox
    let intake = Intake(
      threads: max(1, SystemCall.processors), replicaPath: home.replicaFile,
      context: Intake.Context(secret: secret, epochs: keyring.secrets)
    ) { inbox.post(.intake($0)) }
    intake.onRoom { inbox.post(.roomInIntake) }
    self.intake = intake
    let holder = Shared<Sockets?>(nil)
    let sockets = try Sockets { link, event in
      if !intake.post(link, event) { holder.value?.pause(link) }
    }
    holder.set(sockets)
    self.sockets = sockets
    try startEmbeddedRelay()
    try refreshRelays()
    // What an earlier engine may have left undone between two transactions.
    try settleMemberships()
    try claimsArrived(try reader.rooms().map(\.id))
    try takeOrders()
  }

  private func loadKeys(with secret: SecretKey) throws {
    for stored in try replica.epochKeys() {
      let key = try SecretKey(bytes: Sealed.open(stored.sealed, with: secret))
      replica.load(stored, secret: key, keyring: keyring)
    }
  }

  /// After a transaction that failed: memory says again what the database says.
  func forgetRolledBack() throws {
    guard let secret else { return }
    keyring.secrets = EpochSecrets()
    try loadKeys(with: secret)
    updateIntake()
    for url in relays.keys { relays[url]?.number = try replica.relayID(url) }
  }

  private func startEmbeddedRelay() throws {
    guard let listen = configuration.listen else { return }
    let parts = listen.split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1]) else {
      Log.write("studio.conf: listen takes host:port, not “\(listen)”")
      return
    }
    let host = String(parts[0])
    // In front of others a relay serves wraps only to those who prove that they are the recipient.
    let isLocal = host == "localhost" || host.hasPrefix("127.")
    var settings = EmbeddedRelay.Configuration(host: host, port: port, requireAuth: !isLocal)
    settings.publishedURLs = configuration.relays.compactMap { try? RelayURL($0) }
    do {
      embedded = try EmbeddedRelay(
        configuration: settings,
        store: try RelayArchive(path: home.relayFile, clock: SystemCall.now))
    } catch {
      // Another program may hold the port; the home still works with its other relays, and tells why.
      Log.write("the embedded relay on \(listen): \(StudioError(describing: error))")
    }
  }
}
