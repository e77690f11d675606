'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { core } = require('../js/binding')
const { OPTIONS, REFUSED } = require('../js/serve/options')
const { leavesOut } = require('./readme/bundlers')
const { Session, commandsOf } = require('./readme/commands')
const { SETTINGS, isSettings } = require('./readme/django')
const { codes, membersOf } = require('./readme/declarations')
const { documents, tableOf } = require('./readme/documents')
const { isExcerpt } = require('./readme/excerpts')
const { Markdown, root } = require('./readme/markdown')
const { isApp, runProgram } = require('./readme/project')
const { ANSWERS, printedBy } = require('./readme/promises')
const { openApp } = require('./support')

const [readme] = documents
const blocks = documents.flatMap((document) => document.blocks)
const allText = documents.map(({ text }) => text).join('\n')

/**
 * What is done with a block: the first matching rule is applied. A block without a rule fails.
 *
 * - `takes`: whether it is one for this rule.
 * - `check`: fails when the block does not do what it promises.
 */
const RULES = [
  { takes: ({ language, heading }) => language === 'js' && heading === 'Bundlers', check: leavesOut },
  { takes: isNodeTest, check: isNamed },
  { takes: isSettings, check: isNamed },
  { takes: ({ language, name }) => language === 'js' && name !== null, check: runs },
  { takes: isApp, check: isServed },
  { takes: ({ name }) => name?.startsWith('Fixtures/deployment/'), check: (_, block) => isExcerpt(block) },
  { takes: ({ language }) => language === 'sh', check: (t, block) => new Session(t, block, blocks).run() },
  { takes: ({ language, heading }) => language === 'text' && heading === 'How it works', check: isPicture },
]

describe('the blocks of the documents', { concurrency: 3 }, () => {
  for (const block of blocks) {
    const { file, language, name, heading, line } = block
    test(`${file}:${line}, ${heading}: ${name ?? language} does as its comments say`, async (t) => {
      const rule = RULES.find(({ takes }) => takes(block))
      assert.ok(rule !== undefined, 'no rule takes this block')
      await rule.check(t, block)
    })
  }
})

/** Runs a program: one that prints, prints what its comments say and ends; one that serves answers as it should. */
async function runs(t, block) {
  const promised = printedBy(block.text)
  const answers = promised.length === 0 ? ANSWERS[block.heading] : undefined
  assert.ok(promised.length > 0 || answers !== undefined, 'nothing says what this program does')
  const program = runProgram(t, block, blocks)
  const { output, port, ended } = program
  if (answers !== undefined) {
    await answers(await port, program)
    return
  }
  const { code } = await ended
  assert.equal(code, 0, output.stderr)
  // In any order: listeners are called when something happens.
  assert.deepEqual(output.stdout.trimEnd().split('\n').sort(), promised.sort())
}

/** An app is run by the programs and the commands that name it; one that none names would not be run at all. */
function isServed(_, { name }) {
  const target = name.replace(/\.py$/, ':')
  assert.ok(blocks.some(({ language, text }) => ['js', 'sh'].includes(language) && text.includes(target)))
  assert.equal(blocks.filter((block) => isApp(block) && block.name === name).length, 1, 'two files of one name')
}

/** A test file is run by the command that names it. */
function isNodeTest({ language, name }) {
  return language === 'js' && name?.endsWith('.test.mjs')
}

/** A command below the same heading uses the file: its own test is that command's. */
function isNamed(_, { file, heading, name }) {
  const commands = blocks.filter((block) => block.language === 'sh' && block.file === file && block.heading === heading)
  const uses = name === SETTINGS ? 'manage.py' : name
  assert.ok(commands.some(({ text }) => text.includes(uses)), `no command uses ${name}`)
}

/** A drawing for people. */
function isPicture(_, { text }) {
  assert.match(text, /──►/)
  for (const line of text.split('\n')) assert.ok(line.length <= 120)
}

test('a block without a rule is found', () => {
  const unknown = [{ language: 'ruby', name: null }, { language: 'js', name: null }, { language: 'text', heading: 'X' }]
  for (const block of unknown) assert.ok(!RULES.some(({ takes }) => takes(block)))
})

test('every server whose answers are known here is in a document', () => {
  const programs = blocks.filter((block) => RULES.find(({ takes }) => takes(block))?.check === runs)
  const served = programs.filter(({ text }) => printedBy(text).length === 0)
  const headings = served.map(({ heading }) => heading)
  assert.deepEqual(headings.sort(), Object.keys(ANSWERS).sort())
})

test('README is read in ten minutes: it has 20 KB at most', () => {
  assert.ok(Buffer.byteLength(readme.text) <= 20_000, `${Buffer.byteLength(readme.text)} bytes`)
})

/** The names in the first cells of the table below a heading: those in backquotes, without what follows them. */
function namesIn(heading) {
  const cells = tableOf(heading).map(([first]) => first)
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([\w:-]+)[^`]*`/g), ([, name]) => name))
}

const options = new Map([...membersOf('interface HandlerOptions'), ...membersOf('interface HandlerOptionsWithTarget')])

test('every option, method, counter and code of js/index.d.ts has a doc comment', () => {
  const groups = [options, membersOf('class PythonHandler'), membersOf('interface HandlerStats'), codes()]
  for (const group of groups) {
    assert.ok(group.size >= 8)
    for (const [name, comment] of group) assert.match(comment, /\w/, name)
  }
})

test('the options, methods and codes in the tables of README are in js/index.d.ts', () => {
  const tables = { Options: options, Methods: membersOf('class PythonHandler'), 'Error codes': codes() }
  for (const [heading, known] of Object.entries(tables)) {
    const names = namesIn(heading)
    assert.ok(names.length >= 5, heading)
    assert.equal(new Set(names).size, names.length, heading)
    for (const name of names) assert.ok(known.has(name), name)
  }
})

test('every code that a document names is one of an error', () => {
  const known = codes()
  for (const [code] of allText.matchAll(/\bERR_ASGI_[A-Z_]+[A-Z]\b/g)) {
    assert.ok(known.has(code) || code === 'ERR_ASGI_ADDON', code)
  }
})

test('the defaults in js/index.d.ts and in the table of options are those of a handler', (t) => {
  const { options: given } = openApp(t, 'hello')[core.symbols.application]
  for (const [name, comment] of options) {
    assert.equal(defaultIn(comment), initialOf(given, name), name)
  }
  for (const [name, told] of tableOf('Options')) {
    const [, option] = /^`(\w+)`$/.exec(name)
    assert.equal(defaultOf(told), initialOf(given, option), option)
  }
})

/** A handler's value for an option that was not given. `thread` is chosen later. */
function initialOf(given, name) {
  if (name === 'docroot') return undefined
  return name === 'thread' ? given.thread ?? 'own' : given[name]
}

/** Reads the default from a comment: the text after that word, up to the next punctuation. */
function defaultIn(comment) {
  const told = /\bdefaults?:? (.*)/i.exec(comment)?.[1]
  if (told === undefined || told.startsWith('none')) return undefined
  const last = /^`[A-Z].*, else (`'\w+'`)/.exec(told)
  if (last !== null) return defaultOf(last[1])
  // The first Python that is found is not in the options.
  return told.startsWith('`PYTHON_NODE_PYTHON`')
    ? ''
    : defaultOf(/^(?:`[^`]*`|\d+(?: \d{3})*(?: MiB)?|true|false)/.exec(told)[0])
}

/** Reads a default as a document has it: `60 000 ms`, `16 MiB`, code, or words where it is found out. */
function defaultOf(text) {
  if (text === 'true' || text === 'false') return text === 'true'
  const code = /^`(.*)`$/.exec(text)?.[1]
  if (code === 'process.cwd()') return undefined
  if (code !== undefined) return code.startsWith("'") ? code.slice(1, -1) : JSON.parse(code)
  const number = /^([\d ]+)(?: (ms|bytes|MiB))?$/.exec(text)
  if (number !== null) return Number(number[1].replaceAll(' ', '')) * (number[2] === 'MiB' ? 1024 * 1024 : 1)
  return text.startsWith('found') ? '' : undefined
}

test('every environment variable of the sources is in a table', () => {
  const told = new Set(namesIn('Environment variables'))
  const variables = new Set()
  for (const [, name] of sourcesOf('Sources').join('\n').matchAll(/\b(PYTHON_NODE_[A-Z]+)\b/g)) variables.add(name)
  for (const name of variables) assert.ok(told.has(name), `${name} is in no table`)
  assert.ok(variables.size >= 4)
})

function sourcesOf(folder) {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) return sourcesOf(name)
    return /\.(?:swift|py|js)$/.test(name) ? [fs.readFileSync(path.join(root, name), 'utf8')] : []
  })
}

test('every option that the guide of serve names is one of serve', () => {
  const known = new Set(['help', ...REFUSED.keys(), ...OPTIONS.flatMap(spellings)])
  const { text } = documents.find(({ file }) => file === path.join('js', 'serve', 'README.md'))
  const named = Array.from(text.matchAll(/--([a-z][\w-]*)/g), ([, name]) => name)
  assert.ok(named.length > 20)
  for (const name of named) assert.ok(known.has(name) || NOT_OURS.has(name), `--${name}`)
})

/** Options of other programs that the guide speaks of. */
const NOT_OURS = new Set(['link', 'noinput'])

function spellings({ name, also, type }) {
  return [name, ...(also === undefined ? [] : [also]), ...(type === 'switch' ? [`no-${name}`] : [])]
}

test('the table of channels has every channel of diagnostics, and no other', () => {
  const source = fs.readFileSync(path.join(root, 'js', 'diagnostics.js'), 'utf8')
  const channels = Array.from(source.matchAll(/channel\('([^']+)'\)/g), ([, name]) => name)
  assert.deepEqual(namesIn('Diagnostics channels').sort(), channels.sort())
})

test('every counter of stats() is in a document', () => {
  for (const name of membersOf('interface HandlerStats').keys()) assert.ok(allText.includes(`\`${name}\``), name)
})

/** Scripts that npm runs by itself. */
const BY_NPM = /^(?:(?:pre|post)[\w:]+|install|prepare)$/

test('every script of package.json is in a document', () => {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => commandsOf(text))
  const named = new Set()
  for (const { words: [program, command, script] } of commands) {
    if (program === 'npm') named.add(command === 'run' ? script : command)
  }
  for (const script of Object.keys(scripts)) assert.ok(BY_NPM.test(script) || named.has(script), script)
})

test('every link leads somewhere, and README leads to every document', () => {
  const reached = new Set()
  for (const { file, links } of documents) {
    for (const link of links) {
      const [target, fragment] = link.split('#')
      const place = target === '' ? file : path.join(path.dirname(file), target)
      assert.ok(fs.existsSync(path.join(root, place)), `${file}: ${link}`)
      if (file === 'README.md') reached.add(place)
      if (fragment === undefined) continue
      const { headings } = documents.find((each) => each.file === place)
      assert.ok(headings.map(Markdown.fragmentOf).includes(fragment), `${file}: ${link}`)
    }
  }
  for (const { file } of documents.slice(1)) {
    // It stands below the document of all tests.
    if (file !== path.join('test', 'packages', 'README.md')) assert.ok(reached.has(file), file)
  }
})

test('the table of modules has every module and its dependencies', () => {
  const used = usesInManifest()
  const told = new Map()
  for (const [names, , uses] of tableOf('Modules')) {
    for (const name of inCode(names)) told.set(name, inCode(uses).sort())
  }
  const folders = fs.readdirSync(path.join(root, 'Sources'), { withFileTypes: true }).filter((each) =>
    each.isDirectory()
  )
  assert.deepEqual([...told.keys()].sort(), folders.map(({ name }) => name).sort())
  for (const [name, uses] of told) assert.deepEqual(uses, used.get(name), name)
})

/** What each target of the sources depends on, by Package.swift. */
function usesInManifest() {
  const [manifest] = fs.readFileSync(path.join(root, 'Package.swift'), 'utf8').split('let tests')
  const targets = manifest.matchAll(/\.target\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?/g)
  const namesOf = (list) => Array.from(list.matchAll(/(?<!package: )"(\w+)"/g), ([, name]) => name).sort()
  return new Map(Array.from(targets, ([, name, list = '']) => [name, namesOf(list)]))
}

const inCode = (text) => Array.from(text.matchAll(/`(\w+)`/g), ([, name]) => name)

/** The places that a table names: paths in backquotes, from the root of the repository. */
test('every place where something is changed exists', () => {
  for (const heading of ['To change the native half', 'To change the JavaScript half']) {
    const rows = tableOf(heading)
    assert.ok(rows.length >= 4, heading)
    for (const [what, where] of rows) {
      const places = Array.from(where.matchAll(/`([^`]+\/[^`]*)`/g), ([, place]) => place)
      assert.notEqual(places.length, 0, what)
      for (const place of places) assert.ok(fs.existsSync(path.join(root, place)), place)
    }
  }
})
