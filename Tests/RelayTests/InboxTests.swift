import Synchronization
import Testing
import Threads

@Suite(.serialized) struct InboxTests {
  @Test func `messages keep their order over threads`() {
    let inbox = Inbox<Int>()
    let worker = Worker("post") { for number in 0..<50_000 { inbox.post(number) } }
    var got: [Int] = []
    while got.count < 50_000 { got += inbox.wait(limit: 7) }
    worker.join()
    #expect(got == Array(0..<50_000))
  }

  @Test func `many consumers take each message once`() {
    let inbox = Inbox<Int>()
    let sum = Inbox<Int>()
    let workers = (0..<4).map { _ in
      Worker("take") {
        var mine = 0
        while true {
          let got = inbox.wait(limit: 3)
          guard !got.isEmpty else { break }
          mine += got.reduce(0, +)
        }
        sum.post(mine)
      }
    }
    inbox.post(contentsOf: 1...1_000)
    for number in 1_001...20_000 { inbox.post(number) }
    inbox.close()
    for worker in workers { worker.join() }
    #expect(sum.drain().reduce(0, +) == 20_000 * 20_001 / 2)
  }

  @Test func `offer refuses what does not fit, post takes it and says so`() {
    let inbox = Inbox<String>(capacity: 10)
    #expect(inbox.offer("a", bytes: 100))
    #expect(!inbox.offer("b", bytes: 1))
    #expect(!inbox.post("c", bytes: 1))
    #expect(inbox.drain() == ["a", "c"])
    #expect(inbox.post("d", bytes: 10))
  }

  @Test func `room is told once the queue is half empty`() {
    let inbox = Inbox<Int>(capacity: 10)
    let told = Inbox<Bool>()
    inbox.setOnRoom { told.post(true) }
    for number in 0..<12 { inbox.post(number, bytes: 1) }
    _ = inbox.drain(limit: 6)
    #expect(told.drain().isEmpty)
    _ = inbox.drain(limit: 1)
    #expect(told.drain() == [true])
    _ = inbox.drain()
    #expect(told.drain().isEmpty)
  }

  @Test func `the wake closure rings for the first message only`() {
    let rings = Inbox<Bool>()
    let inbox = Inbox<Int> { rings.post(true) }
    inbox.post(1)
    inbox.post(2)
    #expect(rings.drain().count == 1)
    _ = inbox.drain()
    inbox.post(3)
    #expect(rings.drain().count == 1)
  }

  @Test func `waiting ends at the deadline or with close`() {
    let inbox = Inbox<Int>()
    #expect(inbox.wait(until: .now).isEmpty)
    let worker = Worker("close") { inbox.close() }
    #expect(inbox.wait().isEmpty)
    worker.join()
    inbox.post(1)
    #expect(inbox.drain().isEmpty)
  }
}
