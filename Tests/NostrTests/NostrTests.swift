import Testing

@testable import Nostr
