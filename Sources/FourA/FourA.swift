enum FourARoom {}
