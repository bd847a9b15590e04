enum RelayRoom {}
