enum ReplicaRoom {}
