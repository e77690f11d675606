'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./markdown')

/** A line that stands for what is left out. */
const GAP = /^\s*# …$/

/**
 * Checks that a block shows lines of the file that its first line names, in their order, from where it says; it may be
 * indented less than they are.
 *
 * @param {{ name: string, text: string }} block
 */
function isExcerpt({ name, text }) {
  const file = fs.readFileSync(path.join(root, name), 'utf8').split('\n')
  const pieces = [[]]
  for (const line of text.trimEnd().split('\n').slice(1)) {
    if (GAP.test(line)) pieces.push([])
    else pieces.at(-1).push(line)
  }
  let from = 0
  for (const piece of pieces) {
    const at = file.findIndex((_, index) => index >= from && isAt(file, index, piece))
    assert.notEqual(at, -1, `${name} has no such lines behind line ${from}:\n${piece.join('\n')}`)
    from = at + piece.length
  }
}

/** Whether lines are at a place of a file, all with the same additional indentation. */
function isAt(file, index, piece) {
  const more = indentOf(file[index]) - indentOf(piece[0])
  if (more < 0) return false
  const indent = ' '.repeat(more)
  return piece.every((line, offset) => file[index + offset] === (line === '' ? '' : indent + line))
}

const indentOf = (line) => line.length - line.trimStart().length

module.exports = { isExcerpt }
