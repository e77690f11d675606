'use strict'

const { ServerMetrics } = require('./metrics')
const { METRICS_TYPE, metricsText } = require('./metrics/families')

/** Serves the health path and the metrics path, without Python. */
class HealthAndMetrics {
  #healthPath
  #metricsPath
  #metrics
  #gather
  /** Whether the health path reports 200; otherwise 503. */
  isServing = true

  /**
   * @param {{ healthPath: string | null, metricsPath: string | null }} settings
   * @param {{ stats(): object }} handler
   * @param {import('./metrics/request-metrics').RequestMetrics | null} requests `null` without a path for metrics.
   * @param {(() => Promise<import('./metrics/families').Family[]>) | null} gather collects the metrics of all servers
   *   that share the port, if there are several.
   */
  constructor({ healthPath, metricsPath }, handler, requests, gather) {
    this.#healthPath = healthPath
    this.#metricsPath = metricsPath
    this.#gather = gather
    this.#metrics = requests === null ? null : new ServerMetrics(handler, requests)
  }

  /**
   * Responds to a request for one of these paths.
   *
   * @param {object} req
   * @param {object} res
   * @returns {boolean} false for other paths.
   */
  answer(req, res) {
    const query = req.url.indexOf('?')
    const path = query === -1 ? req.url : req.url.slice(0, query)
    if (path === this.#healthPath) {
      send(req, res, this.isServing ? 200 : 503, 'text/plain; charset=utf-8', this.isServing ? 'ok' : 'closing')
    } else if (path === this.#metricsPath) {
      this.#tell(req, res)
    } else {
      return false
    }
    return true
  }

  /** The metrics of this server; `null` without a path for metrics. */
  async sample() {
    return this.#metrics === null ? null : this.#metrics.sample()
  }

  async #tell(req, res) {
    send(req, res, 200, METRICS_TYPE, metricsText(await (this.#gather === null ? this.#ownFamilies() : this.#gather())))
  }

  async #ownFamilies() {
    const { served, process } = await this.sample()
    return [...served, ...process]
  }

  /** Stops its timers. */
  close() {
    this.#metrics?.close()
  }
}

function send(req, res, status, type, text) {
  res.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  res.end(req.method === 'HEAD' ? undefined : text)
}

module.exports = { HealthAndMetrics }
