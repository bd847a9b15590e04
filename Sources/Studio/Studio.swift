enum StudioRoom {}
