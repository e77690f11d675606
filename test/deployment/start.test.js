'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { send } = require('../support')
const { Member } = require('./member')
const { Program, answers, folder, freePorts, lacks } = require('./stack')

test('the script starts everything, and Ctrl-C ends it', { skip: lacks(['haproxy', 'redis-server']) }, async (t) => {
  const [PORT, PORT_1, PORT_2, REDIS_PORT] = await freePorts(4)
  const env = { PORT, PORT_1, PORT_2, REDIS_PORT }
  const script = new Program(t, process.execPath, [path.join(folder, 'start.js')], { env, end: 'SIGTERM' })
  await answers(PORT, script, '/')
  const { body } = await send({ port: PORT, path: '/' })
  assert.deepEqual(body, fs.readFileSync(path.join(folder, 'index.html')))
  const members = await Member.atBoth(t, PORT, 'lobby')
  members[0].say('hello')
  for (const member of members) await member.hears('hello')
  for (const member of members) await member.leave()

  script.signal('SIGINT')
  assert.deepEqual(await script.ended(), [0, null])
  for (const port of Object.values(env)) {
    await assert.rejects(send({ port, path: '/', agent: false }), { code: 'ECONNREFUSED' })
  }
})

test('the manifest gives an instance the time that its options ask for', () => {
  const manifest = fs.readFileSync(path.join(folder, 'kubernetes.yaml'), 'utf8')
  const number = (pattern) => Number(pattern.exec(manifest)[1])
  const grace = number(/terminationGracePeriodSeconds: (\d+)/)
  const sleep = number(/command: \[sleep, "(\d+)"\]/)
  const graceful = number(/--timeout-graceful-shutdown=(\d+)/)
  assert.ok(grace > sleep + graceful, `${grace} > ${sleep} + ${graceful}`)
  const [, health] = /--health-path=(\S+)/.exec(manifest)
  for (const probe of ['startupProbe', 'readinessProbe']) {
    assert.match(manifest, new RegExp(`${probe}:\\s+httpGet: { path: ${health}, port: http }`))
  }
})
