'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { parseEnv } = require('./env-syntax')
const { ServeFailure } = require('./failure')

/** The most lines that a warning lists. */
const MOST_NAMED = 5

/**
 * Reads a file of `KEY=value` lines like python-dotenv.
 *
 * @param {string} file
 * @param {Record<string, string | undefined>} env the variables for `${NAME}`.
 * @returns {{ values: Record<string, string>, wrong: number[] }} `wrong`: the numbers of invalid lines.
 * @throws {ServeFailure} if it cannot be read, or is not empty and sets no variable.
 */
function readEnvFile(file, env) {
  let text
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error.code === 'ENOENT'
      ? `there is no file ${file}`
      : `${file} cannot be read (${error.code}), expected a file that this user may read`
    throw new ServeFailure(`--env-file: ${reason}`, { exitCode: 2 })
  }
  const content = parseEnv(text, env)
  checkLines(file, text, content.values)
  return content
}

/** Refuses a file that sets no variable, which is probably another kind of file. */
function checkLines(file, text, values) {
  if (Object.keys(values).length > 0) return
  const at = text.split(/\r?\n/).findIndex((line) => /^\s*[^\s#]/.test(line))
  if (at === -1) return
  throw new ServeFailure(`--env-file: line ${at + 1} of ${file} is not KEY=value: choose a file of variables`, {
    exitCode: 2,
  })
}

/** Sets the variables of a file, unless they are already set. */
class EnvFile {
  #file
  #env
  #own = new Set()

  /**
   * @param {string} file
   * @param {Record<string, string | undefined>} env usually `process.env`.
   */
  constructor(file, env) {
    this.#file = file
    this.#env = env
  }

  /** Whether a path is this file. */
  is(file) {
    return path.resolve(this.#file) === path.resolve(file)
  }

  /**
   * Sets the variables. Called again after a change, it replaces those that it has set.
   *
   * @returns {string | null} a warning about invalid lines.
   * @throws {ServeFailure} like `readEnvFile`; then nothing has changed.
   */
  load() {
    const others = Object.fromEntries(Object.entries(this.#env).filter(([name]) => !this.#own.has(name)))
    const { values, wrong } = readEnvFile(this.#file, others)
    for (const name of this.#own) delete this.#env[name]
    this.#own.clear()
    for (const [name, value] of Object.entries(values)) {
      if (Object.hasOwn(others, name) && others[name] !== undefined) continue
      this.#env[name] = value
      this.#own.add(name)
    }
    return warningOf(this.#file, wrong)
  }
}

function warningOf(file, wrong) {
  if (wrong.length === 0) return null
  if (wrong.length === 1) return `--env-file: line ${wrong[0]} of ${file} is not KEY=value and is ignored`
  const named = wrong.slice(0, MOST_NAMED).join(', ')
  const others = wrong.length > MOST_NAMED ? ` and ${wrong.length - MOST_NAMED} more` : ''
  return `--env-file: lines ${named}${others} of ${file} are not KEY=value and are ignored`
}

module.exports = { EnvFile, readEnvFile }
