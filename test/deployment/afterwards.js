'use strict'

/** What is left to do after each test: of clients, and of the programs they use. */
const left = new WeakMap()

/**
 * Does something after a test: clients leave first, and then programs end.
 *
 * @param {object} t the test.
 * @param {'clients' | 'programs'} which
 * @param {() => unknown} action waited for.
 */
function afterwards(t, which, action) {
  if (!left.has(t)) {
    left.set(t, { clients: [], programs: [] })
    t.after(async () => {
      const { clients, programs } = left.get(t)
      await Promise.all(clients.map((leave) => leave()))
      await Promise.all(programs.map((end) => end()))
    })
  }
  left.get(t)[which].push(action)
}

module.exports = { afterwards }
