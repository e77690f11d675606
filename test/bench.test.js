'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { interpreter } = require('../js/setup/virtual-environment')
const { drawChart } = require('./bench/chart')
const { evaluate, measuredText } = require('./bench/evaluate')
const { HEADERS } = require('./bench/flight')
const { readOptions } = require('./bench/options')
const { PANELS } = require('./bench/panels')
const { GROUPS } = require('./bench/rows')
const { median } = require('./bench/statistics')
const { compareWithBases, summarize } = require('./bench/summary')
const { asMarkdown, asText, rowTable, targetTable } = require('./bench/table')
const { TARGETS } = require('./bench/targets')
const { Times } = require('./bench/times')
const { VALUES, inWords, withUnit } = require('./bench/units')

/** Rivals that start nothing: the groups list their rows all the same. */
const nothingStarted = {
  uvicorn: () => Promise.resolve({ pid: 1, url: 'http://127.0.0.1:1' }),
  node: () => Promise.resolve({ pid: 2, url: 'http://127.0.0.1:2' }),
  client: () => Promise.resolve({ pid: 3 }),
  python: () => Promise.resolve({ pid: 4 }),
  expect: () => Promise.resolve(),
  serve: () => Promise.resolve({ pid: 5, url: 'http://127.0.0.1:5' }),
  command: () => Promise.resolve({ pid: 6, url: 'http://127.0.0.1:6' }),
  has: () => true,
}

async function allRows() {
  const lists = await Promise.all(Object.values(GROUPS).map(({ start }) => start(nothingStarted)))
  return lists.flat()
}

/** The rounds of a row whose rate was each of these, with CPU times of a microsecond for a request on each thread. */
function roundsOf(...rates) {
  return rates.map((rate) => ({
    requests: rate * 2,
    seconds: 2,
    nanoseconds: { node: rate * 2000, python: rate * 2000 },
  }))
}

function summary(id, ...rates) {
  return summarize({ id, name: `row <${id}> & "more"`, unit: 'req/s' }, 'calls', roundsOf(...rates))
}

const machine = {
  processor: 'A <processor> & more',
  cores: 2,
  system: 'Linux',
  date: '2026-01-02',
  versions: { node: '20.0.0', python: '3.11.0', uvicorn: '0.1.0' },
}

test('the median is the middle number, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([10, 1, 2, 4]), 3)
  assert.equal(median([7]), 7)
  // Sorted by number, not by text.
  assert.equal(median([100, 9, 20]), 20)
  assert.throws(() => median([]))
})

function timesOf(count) {
  const times = new Times()
  for (let number = count; number > 0; number--) times.add(number)
  return times
}

test('a percentile is the smallest time that such a share does not exceed', () => {
  for (const [share, expected] of [[0.99, 99], [0.5, 50], [1, 100]]) {
    assert.equal(timesOf(100).percentile(share), expected)
  }
  assert.equal(timesOf(1).percentile(0.99), 1)
  assert.throws(() => timesOf(0).percentile(0.99))
})

test('more times are kept than there is room for at first', () => {
  const count = (1 << 20) + 1
  const times = timesOf(count)
  assert.equal(times.count, count)
  assert.equal(times.percentile(1), count)
  assert.equal(times.percentile(0.5), Math.ceil(count / 2))
})

test('a row is summed up by the medians of its rounds', () => {
  const row = summarize({ id: 'calls/a/64', name: 'a', inFlight: 64, unit: 'req/s' }, 'calls', roundsOf(100, 300, 200))
  assert.equal(row.value, 200)
  assert.deepEqual(row.values, [100, 300, 200])
  assert.equal(row.nodeMicroseconds, 1)
  assert.equal(row.pythonMicroseconds, 1)
  const bytes = summarize({ id: 'b', name: 'b', unit: 'GiB/s' }, 'streams', [
    { bytes: 2 ** 31, seconds: 0.5, nanoseconds: { node: 2 ** 31 } },
  ])
  assert.equal(bytes.value, 4)
  // For each MiB, of which there are 2 ** 11.
  assert.equal(bytes.nodeMicroseconds, 2 ** 20 / 1000)
  assert.equal(bytes.pythonMicroseconds, null)
  const given = summarize({ id: 'c', name: 'c', unit: 'ms' }, 'latency', [{ value: 3, nanoseconds: { node: 5 } }])
  assert.deepEqual([given.value, given.nodeMicroseconds], [3, null])
})

test('rows are compared round by round', () => {
  // The machine is half as fast in the second round, and in the third it was slow for one of them.
  const base = summary('calls/base', 100, 50, 100)
  const row = { ...summary('calls/row', 200, 100, 120), base: base.id }
  const [first, second] = compareWithBases([base, row])
  assert.equal(first.timesBase, null)
  assert.equal(second.timesBase, 2)
})

test('numbers are shown with the digits that matter', () => {
  assert.deepEqual([123456.7, 123.4, 12.34, 1.234, 0.1234, 0].map(inWords), [
    '123,457',
    '123',
    '12.3',
    '1.23',
    '0.123',
    '0.00',
  ])
  assert.equal(withUnit(2.5, 'GiB/s'), '2.50 GiB/s')
  assert.equal(withUnit(2.5, ''), '2.50')
})

test('a target is met or missed by the median of the ratios', () => {
  const rows = [summary('a', 300, 310, 290), summary('b', 100, 100, 100)]
  const outcome = (condition) => evaluate([{ work: 'work', any: [condition] }], rows)[0]
  assert.equal(outcome({ of: 'a', over: 'b', than: 'b', least: 3 }).isMet, true)
  assert.equal(outcome({ of: 'a', over: 'b', than: 'b', least: 3.05 }).isMet, false)
  assert.equal(outcome({ of: 'a', over: 'b', than: 'b', most: 3 }).isMet, true)
  assert.equal(outcome({ of: 'a', over: 'b', than: 'b', most: 2.9 }).isMet, false)
  assert.equal(outcome({ of: 'a', least: 300 }).any[0].measured, 300)
  const [above] = outcome({ of: 'a', minus: 'b', than: 'plain b', most: 200 }).any
  assert.deepEqual([above.measured, above.isMet, above.text], [200, true, '≤ 200 req/s above plain b'])
  assert.equal(measuredText(above), '200 req/s')
  const [cpu] = outcome({ of: 'a', cpu: 'node', most: 1.5 }).any
  assert.deepEqual([cpu.measured, cpu.isMet, cpu.text], [1, true, '≤ 1.5 µs'])
  const [both] = outcome({ of: 'a', cpu: 'both', most: 1.5 }).any
  assert.deepEqual([both.measured, both.isMet], [2, false])
})

test('one of several conditions is enough, and one not measured is neither met nor missed', () => {
  const rows = [summary('a', 100), summary('b', 50)]
  const met = { of: 'a', over: 'b', least: 2 }
  const missed = { of: 'b', over: 'a', least: 2 }
  const unknown = { of: 'a', over: 'c', least: 2 }
  const outcomes = evaluate([
    { work: 'either', any: [missed, met] },
    { work: 'neither', any: [missed, missed] },
    { work: 'one is known', any: [missed, unknown] },
    { work: 'not measured', any: [unknown] },
  ], rows)
  assert.deepEqual(outcomes.map(({ work, any, isMet }) => [work, any.length, isMet]), [
    ['either', 2, true],
    ['neither', 2, false],
    ['one is known', 1, false],
  ])
})

test('every row has a name of its own and a unit, and is compared with a row of its group', async () => {
  const rows = await allRows()
  const ids = rows.map(({ id }) => id)
  assert.deepEqual(ids, [...new Set(ids)])
  for (const { id, name, unit, base, load, threads } of rows) {
    assert.ok(Object.hasOwn(GROUPS, id.split('/')[0]), id)
    assert.notEqual(name, '', id)
    assert.ok(Object.hasOwn(VALUES, unit), id)
    assert.equal(typeof load, 'function', id)
    assert.equal(typeof threads, 'object', id)
    if (base !== undefined) assert.ok(ids.includes(base) && base.split('/')[0] === id.split('/')[0], `${id}: ${base}`)
  }
})

test('every target and every bar of the chart belongs to a row that is measured', async () => {
  const rows = await allRows()
  const find = (id) => rows.find((row) => row.id === id)
  for (const { work, any } of TARGETS) {
    for (const { of, over, minus, cpu, least, most } of any) {
      for (const id of [of, over, minus]) if (id !== undefined) assert.ok(find(id), `${work}: ${id}`)
      // Rounds are compared with those of the same turns.
      assert.ok([over ?? minus ?? of].every((id) => id.split('/')[0] === of.split('/')[0]), work)
      assert.equal([least, most].filter((bound) => bound !== undefined).length, 1, work)
      if (cpu !== undefined) {
        const threads = cpu === 'both' ? ['node', 'python'] : [cpu]
        for (const id of [of, over]) {
          for (const thread of threads) if (id !== undefined) assert.ok(find(id).threads[thread], `${work}: ${id}`)
        }
      }
    }
  }
  assert.equal(PANELS.filter(({ isInReadme }) => isInReadme).length, 3)
  for (const { title, clusters } of PANELS) {
    const units = clusters.flat().map(({ id }) => find(id)?.unit)
    assert.equal(new Set(units).size, 1, title)
    assert.notEqual(units[0], undefined, title)
  }
})

test('the tables have a line for each row and each target, and no column without content', () => {
  const rows = compareWithBases([summary('a', 300), { ...summary('b', 100), base: 'a' }])
  const table = rowTable(rows)
  assert.deepEqual(
    table.lines[0],
    ['', 'req/s', 'lowest–highest round', 'Node CPU µs each', 'Python CPU µs each'].concat(
      'times base',
    ),
  )
  assert.deepEqual(table.lines.map((line) => line.at(-1)), ['times base', '1', '0.33'])
  assert.equal(asText(table).length, 3)
  for (const line of asMarkdown(table)) assert.equal(line.split('|').length, table.columns.length + 2)
  const outcomes = evaluate([
    { work: 'work', any: [{ of: 'a', over: 'b', than: 'b', least: 4 }, { of: 'a', least: 200 }] },
  ], rows)
  assert.deepEqual(targetTable(outcomes).lines, [
    ['work', 'target', 'measured', ''],
    ['work', '≥ 4 × b or ≥ 200 req/s', '3.00, 300 req/s', 'met'],
  ])
})

test('the chart is XML for any labels, and has a bar for each row that was measured', () => {
  const ids = ['calls/own/64', 'calls/agent/64', 'wrk/own/64']
  const rows = ids.map((id, index) => summary(id, 100 * (index + 1)))
  const svg = drawChart({ machine, command: 'npm run bench -- --only "a&b"', rows }, 'one <round> & no more')
  const script = [
    'import json, sys, xml.dom.minidom',
    'document = xml.dom.minidom.parse(sys.stdin.buffer)',
    'texts = [element.firstChild.data for element in document.getElementsByTagName("text")]',
    'rects = [element.getAttribute("class") for element in document.getElementsByTagName("rect")]',
    'print(json.dumps({"texts": texts, "rects": rects, "root": document.documentElement.tagName}))',
  ].join('\n')
  const { texts, rects, root } = JSON.parse(execFileSync(interpreter, ['-c', script], { input: svg, encoding: 'utf8' }))
  assert.equal(root, 'svg')
  // The paper, three of the legend, three bars.
  assert.deepEqual(rects, ['paper', 'own', 'node', 'other', 'own', 'other', 'own'])
  assert.ok(texts.includes('longer is better; one <round> & no more'), texts.join('\n'))
  assert.ok(texts.some((text) => text.startsWith('A <processor> & more, 2 cores')), texts.join('\n'))
  assert.ok(texts.join(' ').includes('npm run bench -- --only "a&b"'), texts.join('\n'))
  for (const { title, clusters } of PANELS) {
    assert.equal(texts.includes(title), clusters.flat().some(({ id }) => ids.includes(id)))
  }
  assert.match(svg, /prefers-color-scheme: dark/)
})

test('a full run has a default file for its results, a partial one only a given file', () => {
  const full = readOptions([])
  assert.deepEqual([full.rounds, full.groups.length], [5, Object.keys(GROUPS).length])
  assert.equal(path.basename(full.json), 'bench.json')
  assert.equal(path.basename(full.readmeSvg), 'readme.svg')
  assert.equal(path.basename(full.svg), 'chart.svg')
  assert.equal(full.command, 'npm run bench')
  const part = readOptions(['--only', 'calls,wrk', '--rounds', '3', '--svg', 'somewhere.svg'])
  assert.deepEqual([part.groups, part.rounds, part.json, part.svg], [['calls', 'wrk'], 3, undefined, 'somewhere.svg'])
  assert.equal(part.command, 'npm run bench -- --only calls,wrk --rounds 3')
  assert.equal(readOptions(['--quick']).json, undefined)
  for (const args of [['--only', 'everything'], ['--rounds', '0'], ['--seconds', '0.5'], ['--unknown']]) {
    assert.throws(() => readOptions(args), { name: 'SetupError' }, args.join(' '))
  }
})

test("the floor's app gets the headers of every other request", () => {
  const source = fs.readFileSync(path.join(__dirname, 'bench', 'python', 'stubs.py'), 'utf8')
  const pairs = [...source.matchAll(/\(b"([^"]+)", b"([^"]+)"\)/g)].map(([, name, value]) => [name, value])
  assert.deepEqual(Object.fromEntries(pairs), HEADERS)
})
