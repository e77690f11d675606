'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { send } = require('../support')
const { hold, release } = require('./held')
const { Load } = require('./load')
const { Member } = require('./member')
const { find, folder, lacks, startHAProxy, startInstances } = require('./stack')

const options = { skip: lacks(['haproxy', 'redis-server']) }
const CLIENTS = 12

test('HAProxy accepts the configuration', { skip: find('haproxy') === undefined && 'there is no haproxy' }, () => {
  execFileSync(find('haproxy'), ['-c', '-f', path.join(folder, 'haproxy.cfg')], { encoding: 'utf8', stdio: 'pipe' })
})

test('two instances behind HAProxy', options, async (t) => {
  const { proxy } = await start(t)

  await t.test('a message to one instance arrives at the other', async (t) => {
    const members = await Member.atBoth(t, proxy.port, 'lobby')
    const elsewhere = new Member(t, proxy.port, 'elsewhere')
    await elsewhere.servedBy(() => true)
    for (const [index, member] of members.entries()) member.say(`number ${index}`)
    for (const member of members) {
      for (const index of members.keys()) await member.hears(`number ${index}`)
      assert.deepEqual(new Set(member.said.map(({ instance }) => instance)).size, 2)
    }
    elsewhere.say('alone')
    await elsewhere.hears('alone')
    assert.equal(elsewhere.said.length, 1)
  })

  await t.test("the app's client address is the proxy's, not one that the client sends", async () => {
    const lies = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
    const { body } = await send({ port: proxy.port, path: '/seen', localAddress: '127.0.0.7', headers: lies })
    const { client, scheme, headers } = JSON.parse(body)
    assert.equal(client, '127.0.0.7')
    assert.equal(scheme, 'http')
    assert.match(headers['x-request-id'], /^[0-9a-f-]{36}$/)
  })
})

test('an instance that is killed costs only the requests that it was answering', options, async (t) => {
  const { instances, proxy } = await start(t)
  const load = new Load(t, proxy.port, CLIENTS)
  await Promise.all(instances.map(({ name }) => load.answered(name, 50)))
  const held = [...await hold(proxy.port, instances, 'POST', 2), ...await hold(proxy.port, instances, 'GET', 2)]
  const [victim, survivor] = instances

  await victim.program.kill()
  const diedAt = performance.now()
  await proxy.program.line(/Server python_node\/one is DOWN/)
  await load.answered(survivor.name, 200)
  await load.stop()

  // Those that are not safe to repeat are lost; the others arrive again, at the other instance.
  const repeated = held.filter(({ method, at }) => at === victim.name && method === 'GET')
  const arrivals = await Promise.all(repeated.map(() => survivor.json('/arrival')))
  assert.deepEqual(arrivals.map(({ name }) => name).sort(), repeated.map(({ name }) => name).sort())
  for (const { instance } of arrivals) assert.match(instance, /^two\//)
  for (const { name } of held) await survivor.ask(`/go/${name}`, { method: 'POST' })
  for (const { method, at, outcome } of held) {
    const { status, instance } = await outcome
    const isLost = at === victim.name && method === 'POST'
    assert.equal(status, isLost ? 502 : 200)
    if (!isLost) assert.match(instance, /^two\//)
  }

  // Each failed request of the load was sent before the kill, and not to the other instance.
  const reached = new Set(await survivor.json('/reached'))
  for (const { id, method, path: target, startedAt, status, problem } of load.failed) {
    const what = `${method} ${target}: ${problem}`
    assert.ok(startedAt < diedAt, what)
    assert.ok(!reached.has(id), what)
    // Safe requests are repeated until the client has received a part of the response.
    assert.ok(method === 'POST' || (target === '/stream' && status === 200), what)
  }
  const inFlight = load.outcomes.filter(({ startedAt }) => startedAt < diedAt).length
  t.diagnostic(`${load.outcomes.length} requests, ${inFlight} sent before the death, ${load.failed.length} failed`)
  const lost = held.filter(({ method, at }) => at === victim.name && method === 'POST').length
  t.diagnostic(`${held.length} held, ${lost} lost with the instance, ${repeated.length} repeated at the other`)
})

test('instances that are replaced one after the other lose nothing', options, async (t) => {
  const { instances, proxy } = await start(t)
  const members = await Member.atBoth(t, proxy.port, 'lobby')
  const load = new Load(t, proxy.port, CLIENTS)
  await Promise.all(instances.map(({ name }) => load.answered(name, 50)))

  for (const [index, instance] of instances.entries()) {
    const other = instances[1 - index]
    const printed = proxy.program.lines.length
    const held = await hold(proxy.port, instances, 'POST', 1)
    const affected = new Set(members.filter((member) => member.instance.startsWith(`${instance.name}/`)))
    for (const member of members) member.closeCodes = []

    instance.program.signal('SIGTERM')
    await instance.isUnwell()
    // It says so while it goes on serving, over new connections too.
    const { status, headers } = await instance.ask('/work', { headers: { 'x-request-id': 'direct' } })
    assert.equal(status, 200)
    assert.equal(headers.connection, 'close')
    const [why] = await proxy.program.line(new RegExp(`Server python_node/${instance.name} is DOWN.*`), printed)
    assert.match(why, /Layer7 wrong status, code: 503/)

    // The instance accepts no connections any more, and waits for the request in flight.
    await instance.isUnreachable()
    await release(held, other)
    for (const member of members) {
      await member.servedBy((name) => name.startsWith(`${other.name}/`))
      assert.deepEqual(member.closeCodes, affected.has(member) ? [1012] : [])
    }
    assert.deepEqual(await instance.program.ended(), [0, null])

    await instance.start()
    await proxy.program.line(new RegExp(`Server python_node/${instance.name} is UP`), printed)
    await load.answered(instance.name, 50)
    members[index].say(`after ${instance.name}`)
    for (const member of members) await member.hears(`after ${instance.name}`)
    members.push(...await Member.atBoth(t, proxy.port, 'lobby'))
  }

  await load.stop()
  assert.deepEqual(load.failed, [])
  const processes = new Set(load.outcomes.map(({ instance }) => instance))
  assert.equal(processes.size, 4)
  t.diagnostic(`${load.outcomes.length} requests answered by ${processes.size} processes, 0 failed`)
})

async function start(t) {
  const { instances } = await startInstances(t)
  return { instances, proxy: await startHAProxy(t, instances) }
}
