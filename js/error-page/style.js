'use strict'

/** The style sheet of the page. It follows the browser's light or dark mode. */
const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --raised: #fff; --ink: #1d2126; --faint: #667085; --line: #e2e4e8;
  --error: #b42318; --here: #fdecea; --own: #175cd3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --raised: #1c2026; --ink: #e6e8eb; --faint: #98a2b3; --line: #30363f;
    --error: #ff8a7d; --here: #40211f; --own: #84b6ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 70rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2rem; }
h1 { margin: .25rem 0; color: var(--error); font-size: 1.75rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
h3 { margin: .75rem 1rem .25rem; color: var(--faint); font-size: .8rem; }
small { margin-left: .5rem; color: var(--faint); font-weight: normal; }
.request { margin: 0; color: var(--faint); }
.message { margin: 0; font-size: 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.request, code, pre, summary, td, th { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code, pre, summary, table { font-size: 13px; }
details, pre, section > table {
  margin: .5rem 0; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); overflow: hidden;
}
summary { padding: .5rem 1rem; cursor: pointer; overflow-wrap: anywhere; }
.folder { color: var(--faint); }
.own summary b { color: var(--own); }
.source { margin: 0; padding: .25rem 0; border-top: 1px solid var(--line); list-style: none; overflow-x: auto; }
.libraries { background: none; }
.libraries > summary { color: var(--faint); }
.libraries > details { margin: .5rem; }
.source li { display: flex; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; min-width: max-content; padding: 0 1rem; color: var(--faint); }
.source li::before { content: attr(value); width: 3rem; padding-right: 1rem; text-align: right; flex: none; }
.source code { white-space: pre; }
.source .here { background: var(--here); color: var(--ink); }
.source .here::before { color: var(--error); }
pre { padding: .75rem 1rem; overflow-x: auto; }
table { width: 100%; border-collapse: separate; border-spacing: 0; }
th, td { padding: .25rem 1rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { width: 12rem; color: var(--faint); font-weight: normal; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
section > table tr:first-child > * { border-top: 0; }
main { padding-bottom: 3rem; }
`

module.exports = { STYLE }
