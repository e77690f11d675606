'use strict'

const path = require('node:path')
const { parseArgs } = require('node:util')
const { SetupError } = require('../../js/setup/setup-error')
const { GROUPS } = require('./rows')

const RESULTS = path.join(__dirname, 'results')
const FULL = { rounds: 5, seconds: 2, warmUp: 1 }
// For a quick check; wrk rounds up to a second.
const QUICK = { rounds: 1, seconds: 0.4, warmUp: 0.1 }

const USAGE = [
  'npm run bench -- [--only GROUP,GROUP] [--quick] [--rounds N] [--seconds N] [--markdown] [--json FILE] [--svg FILE]',
  `groups: ${Object.keys(GROUPS).join(', ')}`,
]

/**
 * Reads the command line.
 *
 * @returns {{ command: string, groups: string[], rounds: number, seconds: number, warmUp: number, markdown: boolean,
 *   json?: string, svg?: string, readmeSvg?: string }} `command`: what such a run is started with; `json`, `svg` and
 *   `readmeSvg`, README's picture: files to write. A run of everything has a place for each.
 * @throws {SetupError}
 */
function readOptions(args = process.argv.slice(2)) {
  const { only, quick = false, markdown = false, ...values } = parsed(args)
  const groups = only === undefined ? Object.keys(GROUPS) : only.split(',')
  const unknown = groups.filter((name) => !Object.hasOwn(GROUPS, name))
  if (unknown.length > 0) throw new SetupError(`There is no group ${unknown.join(', ')}.`, USAGE)
  const options = { ...(quick ? QUICK : FULL), groups, markdown, json: values.json, svg: values.svg }
  if (!quick && only === undefined) {
    options.json ??= path.join(RESULTS, 'bench.json')
    options.svg ??= path.join(RESULTS, 'chart.svg')
    options.readmeSvg = path.join(RESULTS, 'readme.svg')
  }
  for (const name of ['rounds', 'seconds']) {
    if (values[name] === undefined) continue
    // wrk takes whole seconds.
    if (!/^[1-9]\d*$/.test(values[name])) {
      throw new SetupError(`--${name} is ${values[name]}; expected a whole number above 0`, USAGE)
    }
    options[name] = Number(values[name])
  }
  return { ...options, command: commandOf({ only, quick, rounds: values.rounds, seconds: values.seconds }) }
}

/** The command of a run, without what says only where its results go. */
function commandOf(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== false)
  const words = given.flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, value]))
  return ['npm run bench', ...(words.length > 0 ? ['--'] : []), ...words].join(' ')
}

function parsed(args) {
  const text = { type: 'string' }
  const flag = { type: 'boolean' }
  const options = { only: text, quick: flag, markdown: flag, json: text, svg: text, rounds: text, seconds: text }
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new SetupError(error.message, USAGE)
  }
}

module.exports = { readOptions }
