'use strict'

const { MULTIPART, multipart } = require('../frameworks/multipart')
const { OWN_REFUSAL, URL_ENCODED } = require('./bodies')
const { compareGrid } = require('./support')

const ACCEPT_LANGUAGE = ['Accept-Language', 'de']

const picture = multipart(['name="picture"; filename="a.bin"', 'application/octet-stream', Buffer.alloc(300_000, 'ab')])

/** The hidden field of a form that proves that the form was seen. */
const tokenOf = ({ body }) => /name="csrfmiddlewaretoken" value="(\w+)"/.exec(body)[1]

/** Sends a request with the cookies of the last response; every response sets them again. */
const go = (path, expected) => (last) => ({ path, headers: [last.cookies()], ...expected })

/** Fills the form of the last answer in. */
const fill = (path, fields, expected) => (last) => ({
  method: 'POST',
  path,
  headers: [URL_ENCODED, last.cookies()],
  body: String(new URLSearchParams({ csrfmiddlewaretoken: tokenOf(last), ...fields })),
  status: 302,
  ...expected,
})

const LOGIN = '/admin/login/?next=/admin/'
const login = (username, password, expected) => [
  { path: LOGIN, says: 'id_password' },
  fill(LOGIN, { username, password, next: '/admin/' }, expected),
]
const FRUITS = '/admin/django_site/fruit/'

/** A time that the answer itself has made: the other server may have been asked a second later. */
const soon = (time) => (Math.abs(Date.parse(time) - Date.now()) < 60_000 ? 'now' : time)

// Random, or the time: the other server has its own.
const plain = (text) =>
  text.replaceAll(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT\b/g, soon)
    // The time and the signature of messages that wait in a cookie.
    .replaceAll(/(?<=messages=[\w.-]+):\w+:[\w-]{43}/g, ':signed')
    .replaceAll(/\b[A-Za-z0-9]{64}\b/g, 'token').replaceAll(/\b[A-Za-z0-9]{32}\b/g, 'cookie')
    .replaceAll(/\b[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}, (\d{1,2}(:\d\d)? [ap]\.m\.|noon|midnight)/g, 'a time')

// The consumers take sockets of pages of the same host alone.
const ORIGIN = { Origin: 'http://example.test' }
const market = (steps, more) => ({ websocket: '/market', headers: ORIGIN, steps, ...more })
const threaded = (steps, more) => ({ websocket: '/threaded/room', headers: ORIGIN, steps, ...more })

compareGrid({ target: 'django_prepared:application', modules: ['django', 'channels'], plain }, {
  'Django admin: users who are not logged in, or not staff, are redirected alike': [
    { path: '/admin/', status: 302 },
    { path: FRUITS, status: 302 },
    { path: '/whoami', status: 302 },
    { path: LOGIN, headers: [ACCEPT_LANGUAGE], says: 'Django' },
    ...login('ada', 'wrong', { status: 200, says: 'Please enter the correct username' }),
    ...login('bob', 'battery staple', { status: 200, says: 'staff account' }),
    { method: 'POST', path: LOGIN, headers: [URL_ENCODED], body: 'username=ada&password=correct+horse', status: 403 },
    { path: '/admin/', headers: [['Cookie', 'sessionid=forged']], status: 302 },
  ],
  'Django admin: a user logs in, adds, changes, finds and deletes a model, and logs out, alike': [
    ...login('ada', 'correct horse'),
    go('/admin/', { says: 'Site administration' }),
    go(FRUITS, { says: 'Kirsche' }),
    go(`${FRUITS}?is_ripe__exact=0&q=Bir&o=-2`, { says: '1 result' }),
    go(`${FRUITS}add/`, { says: 'id_price' }),
    fill(`${FRUITS}add/`, { name: '', price: 'much' }, { status: 200, says: 'This field is required.' }),
    fill(`${FRUITS}add/`, { name: 'Mirabelle ü', price: '4.50', is_ripe: 'on' }),
    go(FRUITS, { says: 'was added successfully' }),
    go(`${FRUITS}4/change/`, { says: 'Mirabelle ü' }),
    fill(`${FRUITS}4/change/`, { name: 'Mirabelle', price: '4.75', _continue: 'Save' }),
    go(`${FRUITS}4/change/`, { says: '4.75' }),
    go(`${FRUITS}4/history/`, { says: 'Changed Name, Price' }),
    go(`${FRUITS}4/delete/`, { says: 'Are you sure you want to delete' }),
    fill(`${FRUITS}4/delete/`, { post: 'yes' }),
    go(`${FRUITS}4/change/`, { status: 302 }),
    go(FRUITS, { says: '3 fruits' }),
    go('/admin/jsi18n/', { says: 'gettext' }),
    go('/whoami', { says: 'you are ada' }),
    go('/whoami/async', { says: 'you are ada, 1' }),
    go('/whoami/async', { says: 'you are ada, 2' }),
    go('/admin/password_change/', { says: 'Old password' }),
    fill('/admin/logout/', {}, { status: 200, says: 'Logged out' }),
    { path: '/whoami/async', says: 'you are nobody, 1' },
  ],
  'Django admin: its static files come through ASGIStaticFilesHandler alike': [
    { path: '/static/admin/css/base.css', says: '--primary' },
    (last) => ({
      path: '/static/admin/css/base.css',
      headers: [['If-Modified-Since', last.header('last-modified')]],
      status: 304,
    }),
    { method: 'HEAD', path: '/static/admin/js/core.js' },
    { path: '/static/admin/js/vendor/jquery/jquery.min.js', says: 'jQuery' },
    { path: '/static/admin/img/icon-yes.svg', says: '<svg' },
    { path: '/static/admin/absent.css', status: 404 },
    { path: '/static/../django_site/settings.py', status: 500, failsLate: true },
    { path: '/static/%2e%2e/settings.py', status: 500, failsLate: true },
  ],
  'Django: views use the database alike, with and without await': [
    { path: '/fruits', says: '["Apfel", "1.20"]' },
    { path: '/fruits/async', says: '"count": 3' },
    { path: '/fruits/Birne', says: '2.30' },
    { path: '/fruits/absent', status: 404 },
    { path: '/fruits/stream', says: 'Apfel\nBirne\nKirsche\n' },
    { method: 'HEAD', path: '/fruits/stream' },
    { method: 'POST', path: '/rolled-back', body: '', status: 409, says: '"quinces": 0' },
  ],
  'Django: a file is uploaded into a model and comes back alike': [
    { method: 'POST', path: '/fruits/Apfel/picture', headers: [MULTIPART], body: picture, status: 201, says: '300000' },
    { path: '/fruits/Apfel/picture' },
    { method: 'HEAD', path: '/fruits/Apfel/picture' },
    { method: 'POST', path: '/fruits/Nichts/picture', headers: [MULTIPART], body: picture, status: 404 },
    { method: 'PUT', path: '/fruits/Apfel/picture', body: 'x', status: 405 },
  ],
  'Django: middleware that awaits, that does not, and that can do both sees views of both kinds alike': [
    ...['/fruits', '/fruits/async', '/static/admin/css/base.css', '/absent'].map((path) => ({
      path,
      status: path === '/absent' ? 404 : 200,
    })),
    { path: '/fruits?stop', status: 403, says: 'stopped' },
    { path: '/fruits/async?stop', status: 403, says: 'stopped' },
    { path: '/handled', status: 409, says: 'handled in a thread' },
    { path: '/handled/async', status: 409, says: 'handled in a coroutine' },
  ],
  'Channels: a consumer knows the user of the session, asks the database and tells its group alike': [
    market([null, '"Ap"', null, '"close"'], { code: 4001, says: '"count": 1' }),
    market([null], { protocols: ['v0', 'fruits'], leave: [1000], says: '"user": ""' }),
    ...login('ada', 'correct horse'),
    (last) =>
      market([null, '"K"', null, '"close"'], {
        headers: { Cookie: last.cookies()[1], ...ORIGIN },
        code: 4001,
        says: '{"user": "ada", "staff": true}',
      }),
    market([null, '"fail"'], { code: 1006, differs: { code: 'uvicorn drops the connection, without a close frame' } }),
  ],
  'Channels: a consumer that runs in threads, and one that answers over HTTP, work alike': [
    threaded([null, 'fruits', null, 'layer', null, 'end'], { code: 4002, says: 'Kirsche' }),
    threaded([null, Buffer.from([1, 2, 3]), null], { leave: [1000], says: 'from a thread' }),
    { path: '/events', says: 'data: 2 0' },
    { method: 'POST', path: '/events', body: 'four', says: 'data: 2 4' },
  ],
  'Channels: sockets are refused alike': [
    { websocket: '/threaded/forbidden', headers: ORIGIN, status: 403, differs: OWN_REFUSAL },
    { websocket: '/market', headers: { Origin: 'http://example.org' }, status: 403, differs: OWN_REFUSAL },
    { websocket: '/market', status: 403, differs: OWN_REFUSAL },
  ],
})
