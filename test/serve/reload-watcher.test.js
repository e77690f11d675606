'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { Patterns } = require('../../js/serve/reload/patterns')
const { Watcher } = require('../../js/serve/reload/watcher')
const { makeFolder } = require('../support')

/** Watches a folder with these files until the end of the test. */
function watch(t, files, { includes = [], excludes = [], ...options } = {}) {
  const folder = makeFolder(t, files)
  const watcher = new Watcher([folder], new Patterns(includes, excludes), options)
  watcher.start()
  t.after(() => watcher.stop())
  return {
    folder,
    file: (name) => path.join(folder, name),
    write(name, text = 'changed') {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      fs.writeFileSync(path.join(folder, name), text)
    },
    /** The names of the next files that change. */
    async changed() {
      const [files] = await once(watcher, 'change')
      return files.map((file) => path.relative(folder, file)).sort()
    },
  }
}

test('changes during the delay are reported together', async (t) => {
  const { changed, write } = watch(t, { 'a.py': '1', 'b.py': '1' }, { delay: 1500 })
  const told = changed()
  write('a.py', '22')
  // More than changes are waited for without the option.
  await new Promise((resolve) => setTimeout(resolve, 200))
  write('b.py', '22')
  assert.deepEqual(await told, ['a.py', 'b.py'])
})

const WAYS = [['the system reports changes', {}], ['folders are polled', { pollsOnly: true }]]

for (const [way, options] of WAYS) {
  test(`changes are found when ${way}`, async (t) => {
    const { changed, file, write } = watch(t, { 'a.py': '1', 'b/c.py': '1', 'b/d.txt': '1' }, options)
    write('a.py', '22')
    assert.deepEqual(await changed(), ['a.py'])
    write('b/c.py', '22')
    write('b/d.txt', '22')
    assert.deepEqual(await changed(), ['b/c.py'])
    write('new/and/deep.py')
    assert.deepEqual(await changed(), ['new/and/deep.py'])
    fs.renameSync(file('new'), file('old'))
    assert.deepEqual(await changed(), ['new/and/deep.py', 'old/and/deep.py'])
    fs.rmSync(file('b'), { recursive: true })
    assert.deepEqual(await changed(), ['b/c.py'])
    write('b/c.py')
    assert.deepEqual(await changed(), ['b/c.py'])
  })

  test(`a folder that goes and comes back is watched again when ${way}`, async (t) => {
    const { changed, folder, write } = watch(t, { 'a.py': '1' }, options)
    fs.rmSync(folder, { recursive: true })
    assert.deepEqual(await changed(), ['a.py'])
    write('a.py')
    assert.deepEqual(await changed(), ['a.py'])
    write('a.py', 'again')
    assert.deepEqual(await changed(), ['a.py'])
  })
}

test('without further watches of the system this is reported, and changes are found by polling', async (t) => {
  t.mock.method(fs, 'watch', () => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  })
  const folder = makeFolder(t, { 'a.py': '1', 'b/c.py': '1' })
  const watcher = new Watcher([folder], new Patterns([], []))
  const reasons = []
  watcher.on('polling', (error) => reasons.push(error.code))
  watcher.start()
  t.after(() => watcher.stop())
  assert.deepEqual(reasons, ['ENOSPC'])
  fs.writeFileSync(path.join(folder, 'b', 'c.py'), '22')
  assert.deepEqual(await once(watcher, 'change'), [[path.join(folder, 'b', 'c.py')]])
})

test('several changes in a row are reported once', async (t) => {
  const { changed, write } = watch(t, { 'a.py': '1' })
  const told = changed()
  for (let i = 0; i < 10; i++) write(`${i}.py`, `${i}`)
  assert.equal((await told).length, 10)
})

test('excluded, hidden and generated files are ignored', async (t) => {
  const folders = ['.git', '.venv', '__pycache__', 'node_modules', 'environment', 'left_out', 'a/left_out']
  const files = Object.fromEntries(folders.map((folder) => [`${folder}/x.py`, '1']))
  const { changed, write } = watch(t, { ...files, 'environment/pyvenv.cfg': '' }, { excludes: ['left_out'] })
  for (const name of [...Object.keys(files), '.hidden.py', 'a.pyc', 'a.py~', '#a.py#']) write(name)
  write('last.py')
  assert.deepEqual(await changed(), ['last.py'])
})

test('links that lead in a circle are followed once', async (t) => {
  const { changed, file, write } = watch(t, { 'a/b.py': '1' })
  fs.symlinkSync(file(''), file('a/circle'))
  write('a/b.py', '22')
  assert.deepEqual(await changed(), ['a/b.py'])
})

test('patterns say which files are meant', () => {
  const patterns = new Patterns(['*.html', 'data/**/*.json', 'set[a-c].?'], ['test_*', 'data/old', '*.tmp.html'])
  for (const file of ['a.py', 'x/y/a.py', 'a.html', 'data/a.json', 'data/x/y/a.json', 'seta.x', 'x/setc.y']) {
    assert.ok(patterns.includesFile(file), file)
  }
  for (
    const file of ['a.txt', 'test_a.py', 'x/test_a.py', 'a.tmp.html', 'a.json', 'setd.x', 'seta.xy', '.a.py', 'aXhtml']
  ) {
    assert.ok(!patterns.includesFile(file), file)
  }
  for (const folder of ['data/old', 'test_all', 'x/.git', 'x/node_modules', '__pycache__']) {
    assert.ok(!patterns.includesFolder(folder), folder)
  }
  for (const folder of ['data', 'old', 'x/old']) assert.ok(patterns.includesFolder(folder), folder)
})

test('names that begin with a dot match only patterns that do', () => {
  const patterns = new Patterns(['.env', '.env.*', 'data/*', '.config/*.toml', '**/.secrets/**/*.json', '*.txt'], [
    '*.bak',
  ])
  for (
    const file of [
      '.env',
      'x/.env',
      '.env.local',
      '.config/a.toml',
      '.secrets/a.json',
      'x/y/.secrets/z/a.json',
      'a.txt',
    ]
  ) {
    assert.ok(patterns.includesFile(file), file)
  }
  for (
    const file of [
      '.a.py',
      '.txt',
      '.a.txt',
      'data/.x',
      '.env.bak',
      '.config/a.py',
      '.config/.a.toml',
      '.secrets/.x/a.json',
    ]
  ) {
    assert.ok(!patterns.includesFile(file), file)
  }
  for (const folder of ['.config', '.secrets', 'x/.secrets', 'x/.secrets/z', 'x']) {
    assert.ok(patterns.includesFolder(folder), folder)
  }
  for (const folder of ['.git', 'x/.git', 'x/.config', '.config/sub', '.secrets/.x', '.venv']) {
    assert.ok(!patterns.includesFolder(folder), folder)
  }
})

test('a file with a dot is followed where it is named', async (t) => {
  const { changed, write } = watch(t, { '.env': '1', '.config/a.toml': '1' }, { includes: ['.env', '.config/*.toml'] })
  for (const name of ['.env', '.config/a.toml', '.other']) write(name)
  assert.deepEqual((await changed()).sort(), ['.config/a.toml', '.env'])
})
