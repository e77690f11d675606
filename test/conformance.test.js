'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { items, notApplicable } = require('../Fixtures/conformance.json')

const root = path.join(__dirname, '..')

/** A title that starts with ids, in JavaScript and in Swift. */
const TITLES = {
  '.test.js': /\btest(?:\.\w+)?\(\s*['"`]((?:[A-Z]\d+[ :])+)/g,
  '.swift': /@Test\(\s*"((?:[A-Z]\d+[ :])+)/g,
}

/** The ids in the titles of all tests, each with the files that name it. */
function idsInTitles() {
  const found = new Map()
  for (const file of [...filesUnder('test'), ...filesUnder('Tests')]) {
    const [, pattern] = Object.entries(TITLES).find(([extension]) => file.endsWith(extension)) ?? []
    if (pattern === undefined) continue
    for (const [, ids] of fs.readFileSync(path.join(root, file), 'utf8').matchAll(pattern)) {
      for (const id of ids.match(/[A-Z]\d+/g)) found.set(id, new Set([...(found.get(id) ?? []), file]))
    }
  }
  return found
}

function filesUnder(folder) {
  const full = path.join(root, folder)
  if (!fs.existsSync(full)) return []
  return fs.readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(file) : [file]
  })
}

const found = idsInTitles()
const excused = new Map(notApplicable.map(({ id, reason }) => [id, reason]))

test('every item of the conformance list is proved by a test that names it', () => {
  const missing = items.filter(({ id }) => !found.has(id) && !excused.has(id))
  const lines = missing.map(({ id, level, requirement }) => `${id} (${level}): ${requirement}`)
  assert.equal(missing.length, 0, `${missing.length} items have no test:\n${lines.join('\n')}`)
})

test('every id in the title of a test is in the conformance list', () => {
  const known = new Set(items.map(({ id }) => id))
  const unknown = [...found].filter(([id]) => !known.has(id))
  assert.deepEqual(unknown.map(([id, files]) => `${id} in ${[...files].join(', ')}`), [])
})

test('the conformance list names each item once, with a level, and the reason where one does not apply', () => {
  const ids = items.map(({ id }) => id)
  assert.deepEqual(ids, [...new Set(ids)])
  for (const { id, level, requirement } of items) {
    assert.match(id, /^[A-Z]\d+$/)
    assert.ok(['MUST', 'SHOULD', 'MAY'].includes(level), `${id}: ${level}`)
    assert.notEqual(requirement, '', id)
  }
  for (const [id, reason] of excused) {
    assert.ok(ids.includes(id), id)
    assert.notEqual(reason, '', id)
    assert.equal(found.has(id), false, `${id} is said not to apply, and is tested`)
    assert.notEqual(items.find((item) => item.id === id).level, 'MUST', `${id} is a MUST`)
  }
  // No item is missing: each letter's numbers go from 1 without a gap.
  for (const letter of new Set(ids.map((id) => id[0]))) {
    const numbers = ids.filter((id) => id.startsWith(letter)).map((id) => Number(id.slice(1)))
    assert.deepEqual(numbers, numbers.map((_, index) => index + 1), letter)
  }
})
