import Mailbox
import TestHost
import Testing

@testable import ASGIHost

@Suite("Send windows")
struct SendWindowTests {
    private let mark = 65_536

    /// A window that was too small for some bytes, which then were credited.
    private func tooNarrow(_ mark: Int) -> SendWindow {
        var window = SendWindow(highWaterMark: mark)
        window.sent(mark + 1)
        #expect(window.isFull)
        window.recordWait()
        window.taken(mark + 1)
        return window
    }

    /// The size of a window, found by sending.
    private func size(of window: SendWindow) -> Int {
        var window = window
        var count = 0
        while !window.isFull {
            window.sent(256)
            count += 256
        }
        return count - 256
    }

    @Test("A window has the size of the mark, and a waiting send() continues as soon as its bytes fit")
    func plain() {
        var window = SendWindow(highWaterMark: mark)
        window.sent(mark)
        #expect(!window.isFull)
        window.sent(1)
        #expect(window.isFull && !window.hasRoom)
        window.taken(1)
        #expect(window.hasRoom)
        window.taken(mark * 2)
        #expect(window.outstanding == 0)
    }

    @Test("A window that was wide enough keeps its size")
    func wideEnough() {
        var (window, budget) = (SendWindow(highWaterMark: mark), SendWindow.budget)
        window.sent(mark)
        window.widen(from: &budget)
        #expect(budget == SendWindow.budget)
        window.taken(mark)
        #expect(size(of: window) == mark)
    }

    @Test(
        "A window that was too narrow becomes wider, continues when half of it is free, and returns what it borrowed"
    )
    func wider() {
        var (window, budget) = (tooNarrow(mark), SendWindow.budget)
        window.widen(from: &budget)
        #expect(size(of: window) == 1 << 18)
        #expect(budget == SendWindow.budget - (1 << 18) + mark)
        window.sent((1 << 18) + 1)
        #expect(window.isFull)
        window.taken(1 << 16)
        #expect(!window.hasRoom)
        window.taken((1 << 16) + 1)
        #expect(window.hasRoom)
        window.narrow(into: &budget)
        #expect(budget == SendWindow.budget)
        #expect(!window.hasRoom)
        window.narrow(into: &budget)
        #expect(budget == SendWindow.budget)
    }

    @Test("A low mark is multiplied, and a high one stays", arguments: [(0, 0), (1024, 4096), (2 << 20, 2 << 20)])
    func most(_ mark: Int, _ expected: Int) {
        var (window, budget) = (tooNarrow(mark), SendWindow.budget)
        window.widen(from: &budget)
        #expect(size(of: window) == expected)
        #expect(budget == SendWindow.budget - (expected - mark))
    }

    @Test("Windows never borrow more than the budget")
    func budget() {
        var budget = SendWindow.budget
        var windows = (0..<100).map { _ in tooNarrow(mark) }
        for index in windows.indices { windows[index].widen(from: &budget) }
        #expect(budget == 0)
        #expect(windows.reduce(0) { $0 + size(of: $1) } == SendWindow.budget + 100 * mark)
        for index in windows.indices { windows[index].narrow(into: &budget) }
        #expect(budget == SendWindow.budget)
    }
}
