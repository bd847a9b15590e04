enum ThreadsRoom {}
