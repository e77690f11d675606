'use strict'

// Loads a route handler as Next.js does, and serves it: `node next.js …/app/api/[[...path]]/route.js`.

const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { serve } = require('./serve')

async function main([, , file]) {
  const route = await import(pathToFileURL(file).href)
  // app/api/[[...path]] is /api and all below it.
  const [, prefix] = /[\\/]app([\\/].*)[\\/]\[\[\.\.\.\w+\]\][\\/]route\.js$/.exec(file)
  const below = prefix.split(path.sep).join('/')
  serve(({ pathname }, request) => {
    if (pathname !== below && !pathname.startsWith(`${below}/`)) return new Response('no such page', { status: 404 })
    return route[request.method](request, {
      params: Promise.resolve({ path: pathname.slice(below.length).split('/') }),
    })
  })
}

main(process.argv)
