'use strict'

// What README asks of Hono, and no more: a route, and an app of fetch below a prefix, which is cut off.

class Hono {
  #routes = []

  get(path, handler) {
    this.#routes.push({ matches: (pathname) => pathname === path, handler })
  }

  mount(prefix, handler) {
    const withoutPrefix = (request) => {
      const url = new URL(request.url)
      url.pathname = url.pathname.slice(prefix.length) || '/'
      return new Request(url, request)
    }
    this.#routes.push({
      matches: (pathname) => pathname.startsWith(`${prefix}/`),
      handler: (context) => handler(withoutPrefix(context.req.raw)),
    })
  }

  fetch = async (request) => {
    const { pathname } = new URL(request.url)
    const route = this.#routes.find(({ matches }) => matches(pathname))
    if (route === undefined) return new Response('404 Not Found', { status: 404 })
    return route.handler({ req: { raw: request }, text: (text) => new Response(text) })
  }
}

module.exports = { Hono }
