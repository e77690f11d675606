'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const root = path.join(__dirname, '..')
const skip = fs.existsSync(path.join(root, '.git')) ? false : 'this is no checkout of the repository'

const visible = [
  'Fixtures',
  'LICENSE',
  'Package.swift',
  'README.md',
  'Sources',
  'Tests',
  'js',
  'package.json',
  'test',
]

test('the top level of the repository has the entries that README explains, and no other visible one', { skip }, () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  const entries = new Set(tracked.map((file) => file.split('/')[0]).filter((entry) => !entry.startsWith('.')))
  assert.deepEqual([...entries].sort(), visible)
})
