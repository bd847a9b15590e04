enum WorkspaceRoom {}
