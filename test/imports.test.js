'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler } = require('..')
const { makeFolder } = require('./support')

/** Actions of an app while it is imported; `result` is the outcome. */
const IMPORTS = {
  'asyncio.run()': [
    `
async def settings():
    await asyncio.sleep(0)
    return "read"

result = asyncio.run(settings())
`,
    'read',
  ],
  'a loop of its own': [
    `
loop = asyncio.new_event_loop()
result = loop.run_until_complete(asyncio.sleep(0, "ran"))
loop.close()
`,
    'ran',
  ],
  'asyncio.run() with threads and a child': [
    `
async def settings():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('child')", stdout=asyncio.subprocess.PIPE)
    number = await asyncio.get_running_loop().run_in_executor(None, sum, (1, 2, 3))
    return (await process.communicate())[0].decode().strip() + str(number)

result = asyncio.run(settings())
`,
    'child6',
  ],
  'get_event_loop().create_task()': [
    `
async def work():
    await asyncio.sleep(0)
    return "worked"

task = asyncio.get_event_loop().create_task(work())
result = lambda: task
`,
    'worked',
  ],
  'asyncio.run() twice': [
    `
async def work():
    return "worked"

asyncio.run(asyncio.sleep(0))
asyncio.run(asyncio.sleep(0))
loop = asyncio.new_event_loop()
loop.close()
result = "twice"
`,
    'twice',
  ],
  'the question whether a loop runs': [
    `
try:
    asyncio.get_running_loop()
    result = "runs"
except RuntimeError:
    result = "does not run"
`,
    'does not run',
  ],
}

const APP = `
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    value = await result() if callable(result) else result
    loop = asyncio.get_running_loop()
    assert asyncio.get_event_loop() is loop
    if sys.version_info < (3, 12):
        assert asyncio.get_event_loop_policy().get_event_loop() is loop
    # Children are still watched.
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(6 * 7)", stdout=asyncio.subprocess.PIPE)
    assert (await process.communicate())[0].strip() == b"42"
    await asyncio.sleep(0.001)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(value).encode()})
`

for (const [name, [source, expected]] of Object.entries(IMPORTS)) {
  test(`an app that is imported with ${name} serves, and so do others`, async (t) => {
    const before = new PythonHandler('main:app', {
      docroot: makeFolder(t, { 'main.py': `import asyncio, sys\nresult = 1\n${APP}` }),
    })
    t.after(() => before.close())
    assert.equal((await before.handleRequest({ url: '/' })).body.toString(), '1')
    const during = before.handleRequest({ url: '/' })
    const folder = makeFolder(t, { 'main.py': `import asyncio, sys\n${source}${APP}` })
    const handler = new PythonHandler('main:app', { docroot: folder })
    t.after(() => handler.close())
    assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), expected)
    assert.equal((await during).body.toString(), '1')
    assert.equal((await before.handleRequest({ url: '/' })).body.toString(), '1')
  })
}

test('a factory may run asyncio, too', async (t) => {
  const source =
    `import asyncio, sys\n${APP}\ndef make():\n    global result\n    result = asyncio.run(asyncio.sleep(0, "made"))\n    return app\n`
  const handler = new PythonHandler('main:make', { docroot: makeFolder(t, { 'main.py': source }), factory: true })
  t.after(() => handler.close())
  assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), 'made')
})

test('a failed import does not change the event loop', async (t) => {
  const source = `import asyncio\nasyncio.run(asyncio.sleep(0))\nraise LookupError("not today")\n`
  assert.throws(() => new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': source }) }), {
    code: 'ERR_ASGI_PYTHON',
  })
  const handler = new PythonHandler('main:app', {
    docroot: makeFolder(t, { 'main.py': `import asyncio, sys\nresult = "after"\n${APP}` }),
  })
  t.after(() => handler.close())
  assert.equal((await handler.handleRequest({ url: '/' })).body.toString(), 'after')
})

test('modules of the host have file names that no tool takes for files of the project', async (t) => {
  const source = `
import json
import sys
import types

def codes(code):
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from codes(each)

async def app(scope, receive, send):
    names = {
        code.co_filename
        for name, module in sys.modules.items() if name.startswith("_python_node.")
        for each in vars(module).values() if isinstance(each, types.FunctionType)
        and each.__module__ == name
        for code in codes(each.__code__)
    }
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(sorted(names)).encode()})
`
  const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': source }), lifespan: 'off' })
  t.after(() => handler.close())
  const names = JSON.parse((await handler.handleRequest({ url: '/' })).body)
  assert.ok(names.length > 10)
  for (const name of names) assert.match(name, /^<python-node\/\w+\.py>$/)
})

test("the addon's own Python modules are all imported at the start, and their importer is gone", async (t) => {
  const source = `
import json
import sys

async def app(scope, receive, send):
    modules = [name for name in sys.modules if name.startswith("_python_node.")]
    importers = [type(each).__name__ for each in sys.meta_path]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps([modules, importers]).encode()})
`
  const handler = new PythonHandler('main:app', { docroot: makeFolder(t, { 'main.py': source }), lifespan: 'off' })
  t.after(() => handler.close())
  const [modules, importers] = JSON.parse((await handler.handleRequest({ url: '/' })).body)
  const files = fs.readdirSync(path.join(__dirname, '..', 'Sources', 'ASGIHost', 'Bootstrap'))
  const names = files.filter((file) => /^[a-z_]+\.py$/.test(file)).filter((file) => !/^(__init__|loader)/.test(file))
  assert.deepEqual(
    modules.filter((name) => !name.endsWith('.loader')).sort(),
    names.map((file) => `_python_node.${file.slice(0, -3)}`).sort(),
  )
  assert.ok(!importers.includes('EmbeddedImporter'), importers.join())
})
