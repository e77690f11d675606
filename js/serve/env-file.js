'use strict'

const fs = require('node:fs')
const util = require('node:util')
const { ServeFailure } = require('./failure')

/** A line of an environment file for a Node without a parser of its own: `export` is allowed, a comment may follow. */
const LINE =
  /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|`([^`]*)`|([^#\r\n]*))[ \t]*(?:#.*)?$/gm

/**
 * Reads a file of `KEY=value` lines.
 *
 * @param {string} file
 * @returns {Record<string, string>}
 * @throws {ServeFailure} when it cannot be read, or has a line that sets nothing.
 */
function readEnvFile(file) {
  let text
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    throw new ServeFailure(`--env-file: ${file} cannot be read (${error.code})`, { exitCode: 2 })
  }
  const values = typeof util.parseEnv === 'function' ? util.parseEnv(text) : parseEnv(text)
  checkLines(file, text, values)
  return values
}

/** Refuses a file that is something else: what sets nothing is a slip of its author, or not such a file at all. */
function checkLines(file, text, values) {
  if (Object.keys(values).length > 0) return
  const at = text.split(/\r?\n/).findIndex((line) => /^\s*[^\s#]/.test(line))
  if (at === -1) return
  throw new ServeFailure(`--env-file: line ${at + 1} of ${file} is no KEY=value`, { exitCode: 2 })
}

/**
 * Parses `KEY=value` lines: quotes, comments, values of several lines in quotes, `\n` in double ones.
 *
 * @param {string} text
 * @returns {Record<string, string>}
 */
function parseEnv(text) {
  const values = {}
  for (const [, name, double, single, back, plain] of text.matchAll(LINE)) {
    values[name] = double?.replaceAll('\\n', '\n') ?? single ?? back ?? plain.trim()
  }
  return values
}

/**
 * Sets the variables of a file, where they are not set already.
 *
 * @param {string | null} file
 * @param {Record<string, string | undefined>} env usually `process.env`.
 */
function loadEnvFile(file, env) {
  if (file === null) return
  for (const [name, value] of Object.entries(readEnvFile(file))) {
    if (env[name] === undefined) env[name] = value
  }
}

module.exports = { loadEnvFile, parseEnv, readEnvFile }
