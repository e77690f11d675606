'use strict'

const http = require('node:http')
const { StaticFiles } = require('../../../js/serve/static')
const { OpenFile } = require('../../../js/serve/static/open-file')
const { listen, send, until } = require('../../support')

/**
 * Serves a folder at /static in this process; what is not below it is answered with 299.
 *
 * @param {object} t the test.
 * @param {string} folder
 * @param {object} [settings] more of them.
 * @returns {Promise<{ port: number, errors: string[], ask: (path: string, headers?: object, method?: string) => Promise<object>,
 *   answer: (req: object, res: object) => void }>} `errors`: what was logged.
 */
async function serveFolder(t, folder, settings = {}) {
  const errors = []
  const log = { error: (message) => errors.push(message) }
  const options = { staticPathRoutes: ['/static'], staticPathMounts: [folder], rootPath: '', ...settings }
  const files = new StaticFiles(options, log)
  const answer = (req, res) => {
    if (files.answer(req, res)) return
    res.statusCode = 299
    res.end('not a file')
  }
  const port = await listen(t, http.createServer(answer))
  const ask = (path, headers = {}, method = 'GET') => send({ port, path, headers, method })
  return { port, errors, ask, answer }
}

/** Waits until no file is open any more. */
async function allClosed() {
  await until(() => OpenFile.count === 0, 'all files are closed')
}

module.exports = { allClosed, serveFolder }
