/** How the pages look: one style for light and dark, small and large, screen and paper. */
import { sha256Of } from '../../ledger/entry.ts';
import { html } from './html.ts';

export const styleElement = html`<style>
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f8, #111417);
  --card: light-dark(#ffffff, #191d22);
  --text: light-dark(#1a1f24, #e7eaed);
  --faint: light-dark(#59636e, #9ba6b2);
  --line: light-dark(#dde2e7, #2b323a);
  --code: light-dark(#eef0f3, #242a31);
  --link: light-dark(#0a56a3, #7db8ff);
  --good: light-dark(#12693a, #62d290);
  --good-soft: light-dark(#e7f5ec, #13281c);
  --bad: light-dark(#ad241c, #ff938a);
  --bad-soft: light-dark(#fdeceb, #351917);
  --hold: light-dark(#835400, #f1bd57);
  --hold-soft: light-dark(#fff3dc, #2f2511);
  --quiet: light-dark(#59636e, #9ba6b2);
  --quiet-soft: light-dark(#eceff2, #20262c);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.wide { max-width: 64rem; margin: 0 auto; padding-inline: 1.25rem; }
.top { border-bottom: 1px solid var(--line); background: var(--card); }
.top .wide { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding-block: .7rem; }
.top .brand { font-weight: 650; color: inherit; text-decoration: none; letter-spacing: -.01em; }
.top nav { color: var(--faint); }
.top nav a { color: inherit; }
main { padding-block: 1.5rem 3rem; }
h1, h2, h3 { line-height: 1.25; letter-spacing: -.012em; margin: 0; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1rem; }
p { margin: .5rem 0; }
code, pre { font-family: var(--mono); font-size: .86em; }
code { background: var(--code); border-radius: 4px; padding: .12em .35em; }
pre { background: var(--code); border-radius: 8px; padding: .75rem .9rem; margin: .6rem 0; white-space: pre-wrap; line-height: 1.5; }
pre code { background: none; padding: 0; font-size: 1em; }
.faint { color: var(--faint); }
.small { font-size: .875rem; }
time, .whole { white-space: nowrap; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.15rem; margin: .75rem 0; }
.good { --tone: var(--good); --soft: var(--good-soft); }
.bad { --tone: var(--bad); --soft: var(--bad-soft); }
.hold { --tone: var(--hold); --soft: var(--hold-soft); }
.quiet { --tone: var(--quiet); --soft: var(--quiet-soft); }
.banner { background: var(--soft); border: 1px solid var(--tone); border-radius: 12px; padding: 1.25rem 1.4rem; }
.banner h1 { color: var(--tone); font-size: 1.9rem; font-weight: 700; display: flex; gap: .6rem; align-items: center; }
.banner .says { font-size: 1.15rem; line-height: 1.45; margin: .6rem 0 0; max-width: 52rem; }
.banner code { background: color-mix(in srgb, var(--tone) 12%, transparent); }
.about { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; margin: .9rem 0 0; padding: 0; color: var(--faint); font-size: .9rem; list-style: none; }
.about code { background: none; padding: 0; }
.card > :first-child { margin-top: 0; }
.card > :last-child { margin-bottom: 0; }
.title { font-size: 1.3rem; font-weight: 600; line-height: 1.3; letter-spacing: -.012em; margin: 0 0 1rem; }
.title a { font-weight: 400; text-decoration: none; }
.title a:hover { text-decoration: underline; }
.notice { border-left: 4px solid var(--tone); background: var(--soft); padding: .6rem .9rem; border-radius: 0 8px 8px 0; margin: .9rem 0; }
.chip { display: inline-block; white-space: nowrap; color: var(--tone); background: var(--soft); border-radius: 999px; padding: .05rem .6rem; font-size: .85rem; font-weight: 600; }
.steps { list-style: none; display: grid; grid-template-columns: repeat(5, 1fr); gap: .75rem; margin: 0; padding: 0; }
.steps li { border-top: 3px solid var(--tone); padding-top: .5rem; }
.steps .name { font-weight: 600; display: block; }
.steps .said { font-size: .875rem; color: var(--faint); display: block; }
.steps .took { font-size: .8rem; color: var(--faint); font-variant-numeric: tabular-nums; }
ol.index { margin: 0 0 1.25rem; padding: 0; list-style: none; display: grid; gap: .35rem; }
.index li { display: grid; grid-template-columns: 9.75rem minmax(0, 1fr); align-items: baseline; }
.index .chip { justify-self: start; }
.finding { border-left: 4px solid var(--tone); }
.finding header { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: baseline; }
.finding header code { font-weight: 600; }
.finding .says { margin: .45rem 0 .2rem; font-size: 1.05rem; }
dl { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .3rem 1rem; margin: .6rem 0 0; }
dt { color: var(--faint); font-size: .9rem; padding-top: .08rem; }
dd { margin: 0; }
dd ul { list-style: none; margin: 0; padding: 0; }
dd pre { margin: .3rem 0 0; }
dd summary { font-weight: 400; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; overflow-wrap: normal; }
th { text-align: left; font-weight: 600; color: var(--faint); font-size: .85rem; white-space: nowrap; }
tr:first-child th { padding-top: 0; }
th, td { padding: .5rem .9rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; padding-bottom: 0; }
td code, .free { overflow-wrap: anywhere; }
.bars { display: grid; gap: .9rem; }
.bar .words { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: .95rem; }
.bar svg { display: block; width: 100%; height: 8px; margin-top: .3rem; border-radius: 4px; overflow: hidden; background: var(--code); }
.bar .spent { fill: var(--tone); }
.bar .cap { fill: var(--text); }
summary { cursor: pointer; font-weight: 600; padding: .25rem 0; }
details > summary { color: var(--faint); }
.foot { border-top: 1px solid var(--line); color: var(--faint); font-size: .875rem; padding-block: 1rem 2rem; }
@media (max-width: 44rem) {
  body { font-size: 15px; }
  .wide { padding-inline: 1rem; }
  .banner { padding: 1rem; }
  .banner h1 { font-size: 1.5rem; }
  .banner .says { font-size: 1.05rem; }
  .index li { grid-template-columns: minmax(0, 1fr); }
  .steps { grid-template-columns: 1fr; gap: .5rem; }
  .steps li { border-top: 0; border-left: 3px solid var(--tone); padding: 0 0 0 .7rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dt { padding-top: .45rem; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .stack tr:last-child { border-bottom: 0; }
  .stack td { display: flex; gap: .75rem; justify-content: space-between; text-align: right; border: 0; padding: .12rem 0; }
  .stack td:has(> div:empty) { display: none; }
  .stack td::before { content: attr(data-name); color: var(--faint); font-size: .85rem; text-align: left; flex: none; }
}
@media print {
  :root { color-scheme: light; }
  body { background: none; font-size: 10.5pt; }
  .top nav, .no-print { display: none; }
  .card, .banner { break-inside: avoid; }
  .banner, .chip, .notice, pre, code, .bar svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  a { color: inherit; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
</style>`;

const styleText = styleElement.toString().slice('<style>'.length, -'</style>'.length);
const styleDigest = Buffer.from(sha256Of(styleText).slice('sha256:'.length), 'hex').toString(
  'base64',
);

/**
 * What every page is served with: no script, no image, no frame, nothing from elsewhere; the style by
 * its digest. A page is for who asked, so no cache on the way keeps it.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
