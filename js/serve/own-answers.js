'use strict'

const { ServerMetrics } = require('./metrics')
const { METRICS_TYPE, metricsText } = require('./metrics/families')

/** Answers what is asked about the server itself, without Python: whether it serves, and what it counts. */
class OwnAnswers {
  #healthPath
  #metricsPath
  #metrics
  #gather
  /** Whether requests are taken. Who asks for its health is told. */
  isServing = true

  /**
   * @param {{ healthPath: string | null, metricsPath: string | null }} settings
   * @param {{ stats(): object }} handler
   * @param {import('./metrics/request-metrics').RequestMetrics | null} requests `null` without a path for metrics.
   * @param {(() => Promise<import('./metrics/families').Family[]>) | null} gather gives the metrics of all servers that
   *   share the port, where there are others.
   */
  constructor({ healthPath, metricsPath }, handler, requests, gather) {
    this.#healthPath = healthPath
    this.#metricsPath = metricsPath
    this.#gather = gather
    this.#metrics = requests === null ? null : new ServerMetrics(handler, requests)
  }

  /**
   * Answers a request, if it is one of these.
   *
   * @param {object} req
   * @param {object} res
   * @returns {boolean} whether it is.
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

  /** What this server measures; `null` without a path for metrics. */
  async sample() {
    return this.#metrics === null ? null : this.#metrics.sample()
  }

  async #tell(req, res) {
    send(req, res, 200, METRICS_TYPE, metricsText(await (this.#gather === null ? this.#own() : this.#gather())))
  }

  async #own() {
    const { served, process } = await this.sample()
    return [...served, ...process]
  }

  /** Ends what it does in the background. */
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

module.exports = { OwnAnswers }
