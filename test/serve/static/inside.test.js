'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder } = require('../../support')
const { allClosed, serveFolder } = require('./support')

/** Asks with the very bytes of a request target, which Node's client would refuse or change. */
function askRaw(port, target) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1')
    })
    let text = ''
    socket.setEncoding('latin1').on('data', (data) => (text += data))
    socket.on('end', () => resolve(text)).on('error', reject)
  })
}

const ESCAPES = [
  '../secret.txt',
  '..%2fsecret.txt',
  '..%2Fsecret.txt',
  '%2e%2e/secret.txt',
  '%2e%2e%2fsecret.txt',
  '.%2e/secret.txt',
  'sub/../../secret.txt',
  'sub/%2e%2e/%2e%2e/secret.txt',
  '%252e%252e%252fsecret.txt',
  '..\\secret.txt',
  '..%5csecret.txt',
  'sub%5c..%5c..%5csecret.txt',
  '..;/secret.txt',
  '..%00/secret.txt',
  'a.txt%00.png',
  'a.txt%0a',
  '%c0%ae%c0%ae/secret.txt',
  '%ff',
  '%',
  '%zz',
  '/secret.txt',
  '//secret.txt',
  'sub//b.txt',
  './a.txt',
  'sub/./b.txt',
  'sub%2fb.txt',
  '.hidden',
  '%2ehidden',
  '.git/config',
  'sub/.env',
  'out',
  'out-folder/secret.txt',
  'out-folder',
  'up/secret.txt',
  'hidden-link',
  'loop',
  'pipe',
]

test('nothing outside the folder, nothing hidden, and nothing that is no file is to be had', async (t) => {
  const outer = makeFolder(t, {
    'secret.txt': 'SECRET',
    'static/a.txt': 'a',
    'static/sub/b.txt': 'b',
    'static/.hidden': 'SECRET',
    'static/.git/config': 'SECRET',
    'static/sub/.env': 'SECRET',
    'static-too/secret.txt': 'SECRET',
  })
  const folder = path.join(outer, 'static')
  const links = {
    out: '../secret.txt',
    'out-folder': '../static-too',
    up: '..',
    'hidden-link': '.hidden',
    loop: 'loop',
  }
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, path.join(folder, name))
  execFileSync('mkfifo', [path.join(folder, 'pipe')])
  fs.writeFileSync(path.join(folder, 'out.gz'), 'SECRET')
  const { port, errors } = await serveFolder(t, folder)
  for (const escape of ESCAPES) {
    const answer = await askRaw(port, `/static/${escape}`)
    assert.ok(!answer.includes('SECRET'), escape)
    assert.match(answer, /^HTTP\/1\.1 40[04] /, escape)
  }
  assert.match(await askRaw(port, '/static/sub/b.txt'), /\r\n\r\nb$/)
  assert.match(await askRaw(port, 'http://x/static/a.txt'), /\r\n\r\na$/, 'the absolute form is the same path')
  assert.match(await askRaw(port, 'http://x/static/../secret.txt'), /^HTTP\/1\.1 404 /)
  assert.deepEqual(errors, [])
  await allClosed()
})

test('a link to another place in the folder is followed, and a compressed file that leads out is not', async (t) => {
  const outer = makeFolder(t, { secret: 'SECRET', 'static/real/a.txt': 'a', 'static/b.txt': 'b' })
  const folder = path.join(outer, 'static')
  fs.symlinkSync('real/a.txt', path.join(folder, 'link.txt'))
  fs.symlinkSync('../secret', path.join(folder, 'b.txt.gz'))
  // The folder itself may be reached by a link.
  fs.symlinkSync('static', path.join(outer, 'current'))
  const { ask } = await serveFolder(t, path.join(outer, 'current'))
  assert.equal((await ask('/static/link.txt')).body.toString(), 'a')
  assert.equal((await ask('/static/b.txt', { 'accept-encoding': 'gzip' })).body.toString(), 'b')
  await allClosed()
})
