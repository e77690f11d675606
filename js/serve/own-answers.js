'use strict'

const { METRICS_TYPE, Metrics, metricsText } = require('./metrics')

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
   * @param {(() => Promise<object[]>) | null} gather gives the samples of all servers that share the port, where there are
   *   others.
   */
  constructor({ healthPath, metricsPath }, handler, gather) {
    this.#healthPath = healthPath
    this.#metricsPath = metricsPath
    this.#gather = gather
    this.#metrics = metricsPath === null ? null : new Metrics(handler)
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

  /** What this server counts; nothing where nobody can ask. */
  families() {
    return this.#metrics?.families() ?? []
  }

  async #tell(req, res) {
    const samples = this.#gather === null ? [{ labels: {}, families: this.families() }] : await this.#gather()
    send(req, res, 200, METRICS_TYPE, metricsText(samples))
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
