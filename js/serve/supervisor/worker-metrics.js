'use strict'

const { family, labelled, merged } = require('../metrics/families')

/**
 * The metrics of all workers together. The counters of a worker that has ended are kept, and a worker that is too busy
 * to answer counts with its last values.
 */
class WorkerMetrics {
  // For each worker, its last values.
  #served = new Map()
  // The counters of workers that have ended.
  #ended = []
  #restarts = { died: 0, replaced: 0 }

  /** Counts a restart: of a worker that `'died'`, or was `'replaced'` on request. */
  restarted(reason) {
    this.#restarts[reason]++
  }

  /** Updates the values of a worker that has not ended. */
  heard(worker, served) {
    this.#served.set(worker, served)
  }

  /** Keeps the counters of a worker that has ended. */
  ended(worker) {
    const counters = this.#served.get(worker)?.filter(({ kind }) => kind !== 'gauge') ?? []
    this.#ended = merged([...this.#ended, ...counters])
    this.#served.delete(worker)
  }

  /**
   * @param {Array<[number: number, process: import('../metrics/families').Family[]]>} processes the numbers and process
   *   metrics of the workers that have answered.
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
