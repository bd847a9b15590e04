import Relay
package import Replica

extension RelayArchive: EventStore {}
