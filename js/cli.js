#!/usr/bin/env -S node --
'use strict'

const { EnvFile } = require('./serve/env-file')
const { failureOf } = require('./serve/failure')
const help = require('./serve/help')
const { Log } = require('./serve/log')
const { nearestTo, usage } = require('./serve/arguments')
const { guardOutput, write } = require('./serve/output')
const { parse } = require('./serve/settings')

/** Runs a command and returns the exit code. */
async function main([command, ...rest]) {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    return print(help.GENERAL)
  }
  if (command === '--version' || command === '-V') return print(versions())
  if (command !== 'serve') throw usage(`Unknown command ${command}.${near(command)} See python-node --help`)
  const settings = parse(rest, process.env)
  if (settings.asks === 'help') return print(help.SERVE)
  if (settings.asks === 'version') return print(versions())
  const envFile = settings.envFile === null ? null : new EnvFile(settings.envFile, process.env)
  const warning = envFile?.load() ?? null
  const log = new Log(settings)
  log.takeWarnings()
  if (warning !== null) log.warning(warning)
  try {
    return await serve(settings, log, envFile) ?? 0
  } catch (error) {
    const failure = failureOf(error)
    log.failure(failure)
    return failure.exitCode
  } finally {
    await log.end()
  }
}

/** Chooses how the app is served, and loads only the code for that. */
function serve(settings, log, envFile) {
  if (settings.reload && settings.workers > 1) log.warning('--reload uses one worker: --workers is ignored')
  if (settings.reload) return require('./serve/reload').reloadOnChange(settings, log, envFile)
  if (settings.workers > 1) return require('./serve/supervisor').supervise(settings, log)
  return require('./serve/run').serveHere(settings, log)
}

function print(text) {
  write(process.stdout, text)
  return 0
}

function versions() {
  return `python-node ${require('../package.json').version}, Node ${process.versions.node}\n`
}

function near(command) {
  return nearestTo(command, ['serve']) === undefined ? '' : ' Did you mean serve?'
}

guardOutput()
main(process.argv.slice(2)).catch((error) => {
  const { message, details, exitCode } = failureOf(error)
  write(process.stderr, `${[`python-node: ${message}`, ...details].join('\n')}\n`)
  return exitCode
}).then((code) => process.exit(code))
