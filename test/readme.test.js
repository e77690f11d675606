'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { OPTIONS } = require('../js/serve/options')
const { Session, commandsOf, showsWhatIsPrinted } = require('./readme/commands')
const { isExcerpt } = require('./readme/excerpts')
const { Markdown, root } = require('./readme/markdown')
const { isApp, runProgram } = require('./readme/project')
const { ANSWERS, printedBy } = require('./readme/promises')
const { openApp } = require('./support')

const readme = new Markdown()
const { blocks } = readme

const read = (...names) => fs.readFileSync(path.join(root, ...names), 'utf8')

/**
 * What is done with a block: the first rule that takes it. What none takes fails.
 *
 * - `takes`: whether it is one for this rule.
 * - `check`: fails when the block does not do what it promises.
 */
const RULES = [
  { takes: ({ language, name }) => language === 'js' && name !== null, check: runs },
  { takes: isApp, check: isServed },
  { takes: ({ name }) => name?.startsWith('Fixtures/deployment/'), check: (_, block) => isExcerpt(block) },
  { takes: ({ language }) => language === 'sh', check: (t, block) => new Session(t, block, blocks).run() },
  { takes: ({ language }) => language === 'console', check: (t, { text }) => showsWhatIsPrinted(t, text) },
  { takes: ({ language, heading }) => language === 'text' && heading === 'How it works', check: isPicture },
]

describe('the blocks of README', { concurrency: 3 }, () => {
  for (const block of blocks) {
    const { language, name, heading, line } = block
    test(`line ${line}, ${heading}: ${name ?? language} does what it promises`, async (t) => {
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
  const target = name.replace(/\.py$/, ':app')
  assert.ok(blocks.some(({ language, text }) => ['js', 'sh'].includes(language) && text.includes(target)))
  assert.equal(blocks.filter((block) => isApp(block) && block.name === name).length, 1, 'two files of one name')
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

test('every server whose answers are known here is in README', () => {
  const served = blocks.filter(({ language, text }) => language === 'js' && printedBy(text).length === 0)
  const headings = served.map(({ heading }) => heading)
  assert.deepEqual(headings.sort(), Object.keys(ANSWERS).sort())
})

/** The names in the first cells of the rows below a heading: those in backquotes, without what is behind them. */
function namesIn(heading) {
  const cells = readme.tableOf(heading).map(([first]) => first)
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([\w:-]+)[^`]*`/g), ([, name]) => name))
}

/** What is between the braces of a declaration in js/index.d.ts. */
function declared(head) {
  const text = read('js', 'index.d.ts')
  const from = text.indexOf(`export ${head} `)
  assert.notEqual(from, -1, head)
  return text.slice(from, text.indexOf('\n}\n', from))
}

test('the table of options has every option of a handler, and no other', () => {
  const heads = ['interface HandlerOptions', 'interface HandlerOptionsWithTarget']
  const options = heads.flatMap((head) => Array.from(declared(head).matchAll(/^ {2}(\w+)\?:/gm), ([, name]) => name))
  const inTable = namesIn('Options').filter((name) => !/^[A-Z]/.test(name))
  assert.deepEqual(inTable.sort(), options.sort())
})

test('the defaults in the table of options are those of a handler', (t) => {
  const { options } = openApp(t, 'hello')
  for (const [name, told] of readme.tableOf('Options')) {
    const option = /^`([a-z]\w+)`$/.exec(name)?.[1]
    if (option !== undefined) assert.equal(defaultOf(told), initialOf(options, option), option)
  }
})

/** What a handler has for an option that nobody gave. Where it runs is chosen later. */
function initialOf(options, name) {
  if (name === 'docroot') return undefined
  return name === 'thread' ? options.thread ?? 'own' : options[name]
}

/** Reads a default as README has it: `60 000 ms`, `16 MiB`, code, or words where it is found out. */
function defaultOf(text) {
  const code = /^`(.*)`$/.exec(text)?.[1]
  if (code !== undefined) return code.startsWith("'") ? code.slice(1, -1) : JSON.parse(code)
  const number = /^([\d ]+)(?: (ms|bytes|MiB))?$/.exec(text)
  if (number !== null) return Number(number[1].replaceAll(' ', '')) * (number[2] === 'MiB' ? 1024 * 1024 : 1)
  // The first Python that is found is not in the options.
  return text.startsWith('found') ? '' : undefined
}

test('the table of methods has every member of PythonHandler, and no other', () => {
  const members = Array.from(
    declared('class PythonHandler').matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm),
    ([, name]) => name,
  )
  const expected = new Set(members.filter((name) => name !== 'constructor'))
  assert.deepEqual(namesIn('Methods').sort(), [...expected].sort())
})

test('every environment variable of the sources is in README', () => {
  const told = new Set(namesIn('Options'))
  const variables = new Set()
  for (const [, name] of sourcesOf('Sources').join('\n').matchAll(/\b(PYTHON_NODE_[A-Z]+)\b/g)) variables.add(name)
  for (const name of variables) assert.ok(told.has(name), `${name} is not in README`)
  assert.ok(variables.size >= 4)
})

function sourcesOf(folder) {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) return sourcesOf(name)
    return /\.(?:swift|py|js)$/.test(name) ? [read(name)] : []
  })
}

test('every option of serve is in README', () => {
  const text = read('README.md')
  for (const { name, type, initial } of OPTIONS) {
    const option = type === 'switch' && initial === true ? `--no-${name}` : `--${name}`
    assert.match(text, new RegExp(`${option}(?![\\w-])`), option)
  }
})

test('the table of channels has every channel of diagnostics, and no other', () => {
  const channels = Array.from(read('js', 'diagnostics.js').matchAll(/channel\('([^']+)'\)/g), ([, name]) => name)
  assert.deepEqual(namesIn('See inside').sort(), channels.sort())
})

test('every counter of stats() is in README', () => {
  const text = read('README.md')
  for (const [, name] of declared('interface HandlerStats').matchAll(/^ {2}(\w+):/gm)) {
    assert.ok(text.includes(`\`${name}\``), name)
  }
})

test('the table of codes has every code of an error, and no other', () => {
  const codes = Array.from(read('js', 'index.d.ts').matchAll(/^ {2}\| '(ERR_ASGI_\w+)'/gm), ([, code]) => code)
  const inTable = namesIn('Error codes')
  for (const code of codes) assert.ok(inTable.includes(code), code)
  assert.equal(new Set(inTable).size, inTable.length)
})

/** Scripts that npm runs by itself. */
const BY_NPM = /^(?:(?:pre|post)\w+|install|prepare)$/

test('every script of package.json is in README', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => commandsOf(text))
  const named = new Set()
  for (const { words: [program, command, script] } of commands) {
    if (program === 'npm') named.add(command === 'run' ? script : command)
  }
  for (const script of Object.keys(scripts)) assert.ok(BY_NPM.test(script) || named.has(script), script)
})

test('every link leads somewhere', () => {
  const fragments = new Set(readme.headings.map(Markdown.fragmentOf))
  for (const link of readme.links) {
    if (link.startsWith('#')) assert.ok(fragments.has(link.slice(1)), link)
    else assert.ok(fs.existsSync(path.join(root, link)), link)
  }
})
