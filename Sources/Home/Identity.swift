import Glibc
package import Nostr

/// The identity's key at rest: under a passphrase (NIP-49), or as an `nsec` in a file that only its owner can
/// read, when the user chose so.
package enum Identity {
  /// Writes a key where this home keeps its own.
  ///
  /// - Parameter passphrase: `nil` for none.
  /// - Throws: `home_exists` when this home has a key already.
  package static func create(_ secret: SecretKey, in home: Home, passphrase: String?)
    throws(StudioError)
  {
    if home.isInitialised {
      throw StudioError(
        "home_exists", "this home already has an identity", field: "home",
        value: home.configDirectory,
        hint: "studio whoami shows it; another home needs another --home")
    }
    try home.create()
    guard let passphrase else {
      try SystemCall.replace(
        home.plainKeyFile, with: secret.nsec() + [UInt8(ascii: "\n")], mode: 0o600)
      return
    }
    do {
      let text = try NIP49.encrypt(secret, password: passphrase)
      try SystemCall.replace(home.encryptedKeyFile, with: Array("\(text)\n".utf8), mode: 0o600)
    } catch {
      throw StudioError(describing: error)
    }
  }

  /// The key of a home that keeps it without a passphrase; `nil` when it is under one.
  ///
  /// - Throws: `not_initialised` when there is no key; `insecure_key_file` when others can read it.
  package static func open(_ home: Home) throws(StudioError) -> SecretKey? {
    guard home.isInitialised else { throw notInitialised(home) }
    guard let bytes = try SystemCall.read(home.plainKeyFile, limit: 1024) else { return nil }
    var status = stat()
    guard stat(home.plainKeyFile, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw StudioError(
        "insecure_key_file", "others can read the key file", field: "path",
        value: home.plainKeyFile,
        hint: "chmod 600 it")
    }
    do {
      return try SecretKey(nsec: bytes.filter { $0 > 0x20 })
    } catch {
      throw StudioError(
        "invalid_key", "the key file holds no nsec", field: "path", value: home.plainKeyFile)
    }
  }

  /// The key of a home that keeps it under a passphrase.
  ///
  /// - Throws: `wrong_passphrase`, `not_initialised`.
  package static func open(_ home: Home, passphrase: String) throws(StudioError) -> SecretKey {
    guard let bytes = try SystemCall.read(home.encryptedKeyFile, limit: 4096) else {
      if let secret = try open(home) { return secret }
      throw notInitialised(home)
    }
    let text = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    do {
      return try NIP49.decrypt(text, password: passphrase)
    } catch {
      throw StudioError(
        "wrong_passphrase", "the passphrase does not open the key", field: "passphrase",
        hint: "try again")
    }
  }

  package static func notInitialised(_ home: Home) -> StudioError {
    StudioError(
      "not_initialised", "there is no identity in this home", field: "home",
      value: home.configDirectory,
      hint: "studio init --name NAME makes one")
  }
}

extension StudioError {
  /// Any error in the words of its own type.
  package init(describing error: any Error) {
    switch error {
    case let error as StudioError: self = error
    case let error as any CodedError:
      self.init(
        error.errorCode, error.errorMessage, field: error.errorField, value: error.errorValue,
        hint: error.errorHint)
    default: self.init("internal_error", "\(error)")
    }
  }
}
