'use strict'

const path = require('node:path')
const { failureOf } = require('../failure')
const { httpWay } = require('../http-way')
const { urlsOf } = require('../listening')
const { OrderlyEnd } = require('../supervisor/orderly-end')
const { Sockets } = require('../supervisor/sockets')
const { Patterns } = require('./patterns')
const { Reloader } = require('./reloader')
const { Watcher } = require('./watcher')

/**
 * Serves an app and restarts it whenever its files change, until SIGINT or SIGTERM. The port stays open all the time.
 * If the app does not start, a page shows the reason.
 *
 * @param {object} settings of `parse`.
 * @param {import('../log').Log} log
 * @param {import('../env-file').EnvFile | null} envFile read again when it changes.
 * @returns {Promise<void>} rejects with a ServeFailure if it cannot listen.
 */
async function reloadOnChange(settings, log, envFile) {
  const sockets = await Sockets.open(settings, 1)
  const roots = settings.reloadDirs.length > 0 ? settings.reloadDirs : [settings.appDir]
  const watcher = new Watcher(roots, new Patterns(settings.reloadIncludes, settings.reloadExcludes), {
    delay: settings.reloadDelay * 1000,
  })
  const reloader = new Reloader(settings, log, sockets)
  const end = new OrderlyEnd(reloader, log)
  watcher.on('polling', (error) => {
    log.warning(
      `The system cannot watch these folders (${error.code}), so they are polled: ` +
        'raise its limit of watches, or choose fewer folders with --reload-dir',
    )
  })
  watcher.on('change', (files) => {
    if (envFile !== null && files.some((file) => envFile.is(file))) {
      readAgain(envFile, log)
      reloader.environmentChanged()
    }
    reloader.reload(files, namesOf(files, roots))
  })
  try {
    watcher.start()
    const [url] = urlsOf(sockets.address, settings.sslCertfile !== null)
    log.info(`${settings.target} in Node ${process.versions.node}, process ${process.pid}`)
    log.info(`Restarting when files change in ${roots.map((root) => nameOf(root, [])).join(', ')}`)
    log.info(`Listening on ${url} (HTTP: ${httpWay(settings)}; Ctrl-C ends it)`)
    await reloader.start()
    await end.ended()
  } finally {
    watcher.stop()
    end.close()
  }
}

function readAgain(envFile, log) {
  try {
    const warning = envFile.load()
    if (warning !== null) log.warning(warning)
  } catch (error) {
    log.failure(failureOf(error))
  }
}

/** Names the changed files in a log line. */
function namesOf(files, roots) {
  const name = nameOf(files[0], roots)
  return files.length === 1 ? name : `${name} and ${files.length - 1} more`
}

/** Returns a path relative to the working directory, or to the watched folder. */
function nameOf(file, roots) {
  const base = ['', ...roots].find((each) => isInside(file, path.resolve(each)))
  return base === undefined ? file : path.relative(base, file) || '.'
}

function isInside(file, folder) {
  return file === folder || file.startsWith(path.join(folder, path.sep))
}

module.exports = { reloadOnChange }
