'use strict'

const { isColoured } = require('./log')

/**
 * Returns the handler's options for settings of `serve`. Like other ASGI servers it has no response timeout.
 *
 * @param {object} settings of `parse`.
 * @returns {import('..').HandlerOptions}
 */
function handlerOptions(settings) {
  return {
    docroot: settings.appDir,
    rootPath: settings.rootPath,
    interface: settings.interface,
    factory: settings.factory,
    exposeErrors: settings.reload,
    logging: JSON.stringify(loggingOf(settings)),
    lifespan: settings.lifespan,
    lifespanScope: settings.lifespanScope,
    lifespanTimeout: 0,
    loop: settings.loop,
    loops: settings.loops ?? undefined,
    thread: settings.thread ?? undefined,
    python: settings.python ?? undefined,
    responseTimeout: 0,
    maxConcurrency: settings.limitConcurrency ?? 0,
    wsMaxPayload: settings.wsMaxSize,
    wsQueue: settings.wsMaxQueue,
    wsPingInterval: Math.round(settings.wsPingInterval * 1000),
    wsPingTimeout: Math.round(settings.wsPingTimeout * 1000),
    perMessageDeflate: settings.wsPerMessageDeflate,
    wsAcceptTimeout: 0,
  }
}

/** The settings for `configure_logging` in loggers.py. */
function loggingOf({ logLevel, logFormat, accessLog, logConfig, useColors }) {
  const colors = [1, 2].map((descriptor) => useColors ?? isColoured(descriptor))
  return { level: logLevel, format: logFormat, access: accessLog, config: logConfig, colors }
}

module.exports = { handlerOptions }
