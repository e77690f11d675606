'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { isAddable } = require('../http/added-headers')
const { wrongAddress } = require('../http/addresses')
const { readArguments, usage } = require('./arguments')
const { readEnvFile } = require('./env-file')
const { whyNode } = require('./http-way')
const { OPTIONS, variableOf } = require('./options')

const TRUE = new Set(['1', 'true', 'yes', 'on'])
const FALSE = new Set(['0', 'false', 'no', 'off'])

/** Environment variables of other servers with the same meaning. */
const OTHER_VARIABLES = { workers: 'WEB_CONCURRENCY', 'forwarded-allow-ips': 'FORWARDED_ALLOW_IPS' }

/** A valid header name, and a value without control characters. */
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*((?:[^\x00-\x1f\x7f]|\t)*)$/ // eslint-disable-line no-control-regex

/**
 * Reads the settings of `serve`. The command line takes precedence over the environment, and that over `--env-file`.
 *
 * @param {string[]} argv the arguments after `serve`.
 * @param {Record<string, string | undefined>} env
 * @returns {Readonly<object>} plain data with a key per option and `target`; times in seconds, `headers` as `[name,
 *   value]` pairs, absolute folders. Only `asks` for `--help` and `--version`.
 * @throws {ServeFailure} with the option or the variable, and what was expected.
 */
function parse(argv, env) {
  const { target, given, asks } = readArguments(argv)
  if (asks !== null) return Object.freeze({ asks })
  return settle(target, given, env)
}

/**
 * Makes the settings from given options, the environment and the defaults.
 *
 * @param {string | undefined} target
 * @param {Map<string, string[] | boolean>} given by the names of options: see `readArguments`.
 * @param {Record<string, string | undefined>} env
 * @returns {Readonly<object>} see `parse`.
 * @throws {ServeFailure} like `parse`.
 */
function settle(target, given, env) {
  const envFile = given.get('env-file')?.at(-1) ?? (env[variableOf('env-file')] || null)
  const variables = envFile === null ? env : { ...readEnvFile(envFile, env).values, ...withoutEmpty(env) }
  const settings = { target: target ?? (variables.PYTHON_NODE_APP || 'main:app') }
  for (const option of OPTIONS) {
    const { name, key } = option
    if (given.has(name)) settings[key] = valueOf(option, given.get(name), `--${name}`)
    else settings[key] = fromEnvironment(option, variables)
  }
  // The handler reads the variable itself, and names it in its errors.
  if (!given.has('python')) settings.python = null
  check(settings)
  return Object.freeze(settings)
}

function withoutEmpty(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

function fromEnvironment(option, env) {
  for (const variable of [variableOf(option.name), OTHER_VARIABLES[option.name]]) {
    const text = variable === undefined || !Object.hasOwn(env, variable) ? undefined : env[variable]
    if (text === undefined || text === '') continue
    if (option.type === 'flag' || option.type === 'switch') return booleanOf(text, variable)
    // Lists in a variable are separated by commas, headers by line ends.
    const texts = option.type === 'list' ? text.split(option.key === 'headers' ? '\n' : ',') : [text]
    return valueOf(option, texts.map((each) => each.trim()).filter((each) => each !== ''), variable)
  }
  return option.initial
}

function booleanOf(text, source) {
  const word = text.toLowerCase()
  if (TRUE.has(word)) return true
  if (FALSE.has(word)) return false
  throw usage(`${source} is ${JSON.stringify(text)}; expected 1, 0, true or false`)
}

/** Converts the texts of an option to its value. Of a repeated option that is not a list the last one wins. */
function valueOf(option, given, source) {
  const { type } = option
  if (typeof given === 'boolean') return given
  if (type === 'list') return option.key === 'headers' ? given.map((text) => headerOf(text, source)) : given
  const text = given.at(-1) ?? ''
  if (Array.isArray(type)) {
    if (type.includes(text)) return text
    if (option.otherwise !== undefined) {
      throw usage(`${source} is ${JSON.stringify(text)}: ${option.otherwise}; leave it out`)
    }
    throw usage(`${source} is ${JSON.stringify(text)}; expected ${listed(type)}`)
  }
  if (type === 'truth') return booleanOf(text, source)
  if (type === 'whole') return wholeOf(text, option, source)
  if (type === 'seconds') return secondsOf(text, source)
  // An empty host means all addresses.
  if (text === '' && option.initial !== '' && option.key !== 'host') {
    throw usage(`${source} is empty: give a value, or leave it out`)
  }
  return text
}

function listed(choices) {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}

function wholeOf(text, { lowest, highest }, source) {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value
  throw usage(`${source} is ${JSON.stringify(text)}; expected a whole number from ${lowest} to ${highest}`)
}

function secondsOf(text, source) {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value <= 1_000_000) return value
  throw usage(`${source} is ${JSON.stringify(text)}; expected seconds, as 5 or 0.5`)
}

function headerOf(text, source) {
  const match = HEADER.exec(text)
  if (match === null) throw usage(`${source} is ${JSON.stringify(text)}; expected "Name: value"`)
  if (!isAddable(match[1])) {
    throw usage(
      `${source} is ${JSON.stringify(text)}; ${
        match[1]
      } cannot be set for all responses: leave it out, the server sets it itself`,
    )
  }
  return [match[1], match[2].trimEnd()]
}

/** Checks combinations of options, and makes folders absolute. */
function check(settings) {
  if (!/^[^:]+:[^:]+$/.test(settings.target)) {
    throw usage(`The app is ${JSON.stringify(settings.target)}; expected "module:attribute", like main:app`)
  }
  settings.appDir = path.resolve(settings.appDir)
  checkFolder('--app-dir', settings.appDir)
  settings.reloadDirs = settings.reloadDirs.map((folder) => path.resolve(folder))
  for (const folder of settings.reloadDirs) checkFolder('--reload-dir', folder)
  if (settings.uds !== null) settings.uds = path.resolve(settings.uds)
  for (const [option, value] of [['--health-path', settings.healthPath], ['--metrics-path', settings.metricsPath]]) {
    if (value !== null && !/^\/[^\s?#]*$/.test(value)) {
      throw usage(`${option} is ${JSON.stringify(value)}; expected a path like /health`)
    }
  }
  checkStatic(settings)
  if (settings.rootPath !== '' && !/^\/.*[^/]$/.test(settings.rootPath)) {
    throw usage(
      `--root-path is ${JSON.stringify(settings.rootPath)}; expected a path like /api, without a trailing slash`,
    )
  }
  if (!/^(auto|asyncio|uvloop|[^:]+:[^:]+)$/.test(settings.loop)) {
    throw usage(`--loop is ${JSON.stringify(settings.loop)}; expected auto, asyncio, uvloop or module:factory`)
  }
  if (settings.uds !== null && settings.fd !== null) {
    throw usage('--uds and --fd cannot be used together: choose one')
  }
  if (settings.logConfig !== null) settings.logConfig = readable('--log-config', path.resolve(settings.logConfig))
  checkTLS(settings)
  checkAddresses(settings.forwardedAllowIps)
  checkNative(settings)
  const { serverHeader, headers } = settings
  if (serverHeader && !headers.some(([name]) => name.toLowerCase() === 'server')) {
    settings.headers = [['Server', 'python-node'], ...headers]
  }
}

function checkTLS(
  { http2, sslCertfile, sslKeyfile, sslKeyfilePassword, sslCaCerts, sslCertReqs, sslCiphers, sslVersion },
) {
  if (sslCertfile === null) {
    if (sslKeyfile !== null) throw usage('--ssl-keyfile needs the certificate of the key: add --ssl-certfile FILE')
    if (http2) throw usage('--http2 needs TLS: add --ssl-certfile FILE and --ssl-keyfile FILE')
    const given = { 'keyfile-password': sslKeyfilePassword, 'ca-certs': sslCaCerts, ciphers: sslCiphers }
    const name = Object.keys(given).find((each) => given[each] !== null)
    if (name !== undefined) throw usage(`--ssl-${name} needs TLS: add --ssl-certfile FILE`)
    if (sslCertReqs !== 0) throw usage('--ssl-cert-reqs needs TLS: add --ssl-certfile FILE')
  }
  // Otherwise a certificate signed by any public authority would be accepted.
  if (sslCertReqs !== 0 && sslCaCerts === null) {
    throw usage('--ssl-cert-reqs needs the certificate authorities of the clients: add --ssl-ca-certs FILE')
  }
  if (![2, 5, 17].includes(sslVersion)) {
    throw usage(
      `--ssl-version is "${sslVersion}"; expected 17 or 2 (TLS 1.2 and 1.3), or 5 (TLS 1.2 only); older ones are not safe`,
    )
  }
}

/** Refuses options that `--http native` does not support. */
function checkNative(settings) {
  const option = settings.http === 'native' ? whyNode(settings) : null
  if (option !== null) throw usage(`${option} is not supported with --http native: use --http node`)
}

/** Checks the routes of static files and their folders, which must be pairs. */
function checkStatic(settings) {
  const { staticPathRoutes: routes, staticPathMounts: mounts } = settings
  if (routes.length !== mounts.length) {
    throw usage(
      `--static-path-route comes ${times(routes)} and --static-path-mount ${
        times(mounts)
      }; expected a folder for each route`,
    )
  }
  for (const [at, route] of routes.entries()) {
    if (!/^(?:\/[^\s/?#%\\.][^\s/?#%\\]*)+$/.test(route)) {
      throw usage(
        `--static-path-route is ${JSON.stringify(route)}; expected a path like /static, without a trailing slash`,
      )
    }
    if (routes.indexOf(route) !== at) {
      throw usage(`--static-path-route ${route} is given twice: each route has one folder`)
    }
  }
  settings.staticPathMounts = mounts.map((folder) => path.resolve(folder))
  for (const folder of settings.staticPathMounts) checkFolder('--static-path-mount', folder)
}

function times({ length }) {
  return length === 1 ? 'once' : `${length} times`
}

function checkFolder(option, folder) {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw usage(`${option}: there is no folder ${folder}, expected an existing one`)
  }
}

/** Checks that a file can be read, and returns it. */
function readable(option, file) {
  try {
    fs.readFileSync(file)
    return file
  } catch (error) {
    throw usage(`${option}: ${file} cannot be read (${error.code}): expected a file that this user may read`)
  }
}

function checkAddresses(list) {
  const item = wrongAddress(list)
  if (item === undefined) return
  throw usage(
    `--forwarded-allow-ips has ${JSON.stringify(item)}; expected an address, a network like 10.0.0.0/8, * or unix:`,
  )
}

module.exports = { parse, settle }
