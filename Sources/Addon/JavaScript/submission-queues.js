// The submission queues of this thread, one for each of Python's event loops.
'use strict'

const native = require('native')
const { SubmissionQueue } = require('./submission-queue')

class SubmissionQueues {
  /** In the order of the loops. `native` is the channel of the first. */
  all = [new SubmissionQueue(native)]
  // The index of the queue that `leastBusy` looked at first.
  #turn = 0

  /** The first loop's. */
  get first() {
    return this.all[0]
  }

  /** The queue of the loop with the fewest running applications; equal ones take turns. */
  leastBusy() {
    const { all } = this
    if (all.length === 1) return all[0]
    this.#turn = (this.#turn + 1) % all.length
    let least = all[this.#turn]
    for (const each of all) if (each.live < least.live) least = each
    return least
  }

  /**
   * Called after a handler was made, which may have started event loops.
   * @param {(channel: object) => void} added called with the channel of each new loop
   */
  addLoops(added) {
    this.first.begin()
    for (let i = this.all.length; i < native.loops(); i++) {
      const channel = native.channel(i)
      this.all.push(new SubmissionQueue(channel))
      added(channel)
    }
  }
}

module.exports = new SubmissionQueues()
