import CNcurses
import Glibc
import TestKit
import Testing

@testable import Terminal
