enum NostrRoom {}
