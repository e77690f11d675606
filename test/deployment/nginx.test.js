'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const { test } = require('node:test')
const { send } = require('../support')
const { hold, release } = require('./held')
const { Load } = require('./load')
const { Member } = require('./member')
const { find, folder, lacks, startInstances, startNginx } = require('./stack')

const options = { skip: lacks(['nginx', 'redis-server']) }
const CLIENTS = 8

test('nginx accepts the configuration', { skip: find('nginx') === undefined && 'there is no nginx' }, () => {
  const args = ['-t', '-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'pid /dev/null;']
  execFileSync(find('nginx'), args, { encoding: 'utf8', stdio: 'pipe' })
})

test('behind nginx, killing an instance costs only the responses that it was sending', options, async (t) => {
  const { instances } = await startInstances(t)
  const nginx = await startNginx(t, instances)
  const lies = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
  const { body } = await send({ port: nginx.port, path: '/seen', localAddress: '127.0.0.7', headers: lies })
  const { client, scheme } = JSON.parse(body)
  assert.deepEqual({ client, scheme }, { client: '127.0.0.7', scheme: 'http' })

  const load = new Load(t, nginx.port, CLIENTS)
  const [victim, survivor] = instances
  await Promise.all(instances.map(({ name }) => load.answered(name, 50)))
  await victim.program.kill()
  const diedAt = performance.now()
  await load.answered(survivor.name, 100)
  await load.stop()
  const reached = new Set(await survivor.json('/reached'))
  for (const { id, method, path, startedAt, status, problem } of load.failed) {
    const what = `${method} ${path}: ${problem}`
    assert.ok(startedAt < diedAt, what)
    assert.ok(!reached.has(id), what)
    assert.ok(method === 'POST' || (path === '/stream' && status === 200), what)
  }
  t.diagnostic(`${load.outcomes.length} requests, ${load.failed.length} failed`)
})

test('behind nginx, removing an instance before it ends loses nothing', options, async (t) => {
  const { instances } = await startInstances(t)
  const nginx = await startNginx(t, instances)
  const members = await Member.atBoth(t, nginx.port, 'lobby')
  members[0].say('hello')
  for (const member of members) await member.hears('hello')
  const [leaver, other] = instances
  const affected = new Set(members.filter(({ instance }) => instance.startsWith(`${leaver.name}/`)))
  // Without keep-alive: nginx closes idle connections of clients when it is configured anew.
  const load = new Load(t, nginx.port, CLIENTS, { keepAlive: false })
  await Promise.all(instances.map(({ name }) => load.answered(name, 50)))
  const held = await hold(nginx.port, instances, 'POST', 1)

  const configuration = fs.readFileSync(nginx.file, 'utf8')
  const changed = configuration.replace(`:${leaver.port} max_fails`, `:${leaver.port} down max_fails`)
  assert.notEqual(changed, configuration)
  fs.writeFileSync(nginx.file, changed)
  nginx.program.signal('SIGHUP')
  await nginx.program.line(/gracefully shutting down/)

  leaver.program.signal('SIGTERM')
  await leaver.isUnwell()
  await leaver.isUnreachable()
  await release(held, other)
  for (const member of members) {
    await member.servedBy((name) => name.startsWith(`${other.name}/`))
    assert.deepEqual(member.closeCodes, affected.has(member) ? [1012] : [])
  }
  assert.deepEqual(await leaver.program.ended(), [0, null])
  await load.answered(other.name, 50)
  await load.stop()
  assert.deepEqual(load.failed, [])
  t.diagnostic(`${load.outcomes.length} requests, 0 failed`)
})
