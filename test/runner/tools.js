'use strict'

const path = require('node:path')
const paths = require('../../js/setup/paths')

/** What the tests, the checks and the benchmark need from PyPI in addition to the example's packages. */
const TEST_PACKAGES = [
  'uvicorn',
  'httptools',
  'starlette',
  'itsdangerous',
  'django',
  'websockets',
  'channels',
  'python-socketio',
  'aiohttp',
  'channels_redis',
  'quart',
  'litestar',
  'falcon',
  'blacksheep',
  'sanic',
  'flask',
  'a2wsgi',
  'strawberry-graphql',
  'mcp',
  'nicegui',
  'prometheus_client',
  'opentelemetry-sdk',
  'opentelemetry-instrumentation-fastapi',
  'deno',
  'oxlint',
]

/** The other folders with JavaScript to check. */
const JAVASCRIPT = [
  'js',
  'test',
  'Sources',
  'Fixtures/deployment/start.js',
  'Fixtures/udp/server.js',
]

/** The full path of a tool in `.venv`. */
const tool = (name) => path.join(paths.virtualEnvironment, 'bin', name)

/** The command that formats JavaScript, or only checks the format. */
function denoFormat(...flags) {
  const environment = {
    ...process.env,
    // Its cache belongs to this build, and it must not ask the network for a newer version of itself.
    DENO_DIR: path.join(paths.build, 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  }
  return { file: tool('deno'), args: ['fmt', '--config', '.deno.json', ...flags, ...JAVASCRIPT], environment }
}

module.exports = { JAVASCRIPT, TEST_PACKAGES, denoFormat, tool }
