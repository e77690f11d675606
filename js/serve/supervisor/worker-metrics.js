'use strict'

const { family, labelled, merged } = require('../metrics/families')

/**
 * What the workers of a server have served, as one: a worker that ends takes nothing back of what it has counted, and one
 * that is too busy to say counts as it did when it last said it.
 */
class WorkerMetrics {
  // Of each worker that has said something, what it last said that it has served.
  #served = new Map()
  // The counters of those that have ended.
  #ended = []
  #restarts = { died: 0, replaced: 0 }

  /** Counts a start of a worker in the place of another: of one that `'died'`, or that was to be `'replaced'`. */
  restarted(reason) {
    this.#restarts[reason]++
  }

  /** A worker that has not ended has said what it has served. */
  heard(worker, served) {
    this.#served.set(worker, served)
  }

  /** A worker has ended. */
  ended(worker) {
    const counters = this.#served.get(worker)?.filter(({ kind }) => kind !== 'gauge') ?? []
    this.#ended = merged([...this.#ended, ...counters])
    this.#served.delete(worker)
  }

  /**
   * @param {Array<[number: number, process: import('../metrics/families').Family[]]>} processes the states of those that
   *   have just answered, with their numbers.
   * @returns {import('../metrics/families').Family[]}
   */
  families(processes) {
    const restarts = Object.entries(this.#restarts).map(([reason, count]) => [{ reason }, count])
    return merged([
      ...[...this.#served.values()].flat(),
      ...this.#ended,
      family('python_node_worker_restarts_total', 'counter', 'Workers started in the place of another.', restarts),
      ...processes.flatMap(([worker, families]) => labelled(families, { worker })),
    ])
  }
}

module.exports = { WorkerMetrics }
