import { type Html, html, joined } from './html.ts';
import { liveElement } from './live.ts';
import { styleElement } from './style.ts';

export interface Crumb {
  readonly text: string;
  /** null: where the reader is. */
  readonly href: string | null;
}

export interface PageParts {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly main: Html;
  /** For what changes while it is open; seconds after which a browser without scripts asks again. */
  readonly live?: { readonly refreshSeconds: number };
  readonly foot?: Html;
}

/** The whole document as text. It needs no script, and nothing of it comes from elsewhere. */
export function pageText({ title, crumbs, main, live, foot }: PageParts): string {
  const refresh =
    live === undefined
      ? null
      : html`<noscript><meta http-equiv="refresh" content="${live.refreshSeconds}"></noscript>`;
  const nav = joined(
    crumbs.map(({ text, href }) =>
      href === null
        ? html`<span aria-current="page">${text}</span>`
        : html`<a href="${href}">${text}</a>`,
    ),
    html` / `,
  );
  const bottom =
    foot === undefined ? null : html`<footer class="foot"><div class="wide">${foot}</div></footer>`;
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}<title>${title}</title>
${styleElement}
</head>
<body>
<header class="top"><div class="wide"><a class="brand" href="/">CAWS arbiter</a><nav aria-label="Where you are">${nav}</nav></div></header>
<main class="wide">${main}</main>
${bottom}${live === undefined ? null : liveElement}
</body>
</html>`;
  return `<!doctype html>\n${page.toString()}\n`;
}
