'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: setTimeoutPromise } = require('node:timers/promises')
const { makeFolder, send } = require('../support')
const { apps, serve } = require('./support')

const APP = 'leaves_work_behind'

/** Waits until a process is gone, which has a while for it. */
async function assertGone(process_) {
  const end = Date.now() + 5000
  while (isThere(process_) && Date.now() < end) await setTimeoutPromise(20)
  if (!isThere(process_)) return
  process.kill(process_, 'SIGKILL')
  assert.fail(`process ${process_} was left behind`)
}

function isThere(process_) {
  try {
    return process.kill(process_, 0)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
    return false
  }
}

/** The children that the app says it has started. */
const childrenIn = (stdout) => Array.from(stdout.matchAll(/^child (\d+)$/gm), ([, number]) => Number(number))

const count = (text, line) => text.split('\n').filter((each) => each === line).length

for (const workers of [1, 2]) {
  test(`Python's end: exit functions, finalizers, processes; workers: ${workers}`, async (t) => {
    const { child, ended } = await serve(t, `${APP}:app`, ['--workers', `${workers}`])
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    assert.deepEqual([code, stderr], [0, ''])
    const children = childrenIn(stdout)
    assert.equal(children.length, workers)
    assert.equal(count(stdout, 'exit function'), workers)
    assert.equal(count(stdout, 'finalizer'), workers)
    for (const each of children) await assertGone(each)
  })

  test(`work that threads have goes on in the time that the end has; workers: ${workers}`, async (t) => {
    const { child, ended, port } = await serve(t, `${APP}:app`, ['--workers', `${workers}`])
    await send({ port, path: '/work', agent: false })
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^executor has worked$/m)
    assert.match(stdout, /^thread has worked$/m)
    assert.equal(count(stdout, 'exit function'), workers)
  })
}

test('a save ends the processes that the app has started before', async (t) => {
  const text = fs.readFileSync(path.join(apps, `${APP}.py`), 'utf8')
  const folder = makeFolder(t, { [`${APP}.py`]: text })
  const { child, ended, output, says } = await serve(t, `${APP}:app`, ['--reload', '--app-dir', folder])
  for (let save = 1; save <= 3; save++) {
    await says(new RegExp(`(?:Ready in[^]*){${save}}`))
    if (save < 3) fs.writeFileSync(path.join(folder, `${APP}.py`), `${text}\n# ${save}\n`)
  }
  const children = childrenIn(output.stdout)
  assert.equal(children.length, 3)
  for (const each of children.slice(0, 2)) await assertGone(each)
  await says(/(?:^exit function$[^]*){2}/m)
  child.kill('SIGTERM')
  await ended
  await assertGone(children[2])
  assert.equal(count(output.stdout, 'finalizer'), 3)
})

for (const way of ['natural', 'exit']) {
  test(`Python's end where only a worker thread has the addon: ${way}`, async () => {
    const program = path.join(__dirname, '..', 'fixtures', 'end-with-worker.js')
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, way], { encoding: 'utf8', timeout: 30000 })
    assert.deepEqual([status, stderr], [0, ''])
    const [child] = childrenIn(stdout)
    await assertGone(child)
    assert.deepEqual([count(stdout, 'exit function'), count(stdout, 'finalizer')], [1, 1])
  })
}
