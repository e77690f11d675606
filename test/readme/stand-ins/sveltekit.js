'use strict'

// Loads src/hooks.server.js as SvelteKit does, and serves it: `node sveltekit.js …/src/hooks.server.js`.

const { pathToFileURL } = require('node:url')
const { serve } = require('./serve')

async function main([, , file]) {
  const { handle } = await import(pathToFileURL(file).href)
  serve((url, request) => handle({ event: { request, url }, resolve: () => new Response('a page') }))
}

main(process.argv)
