/** What every page has: a title, who one is, and how to be somebody else. */
import type { Account } from '../state.ts';
import type { World } from '../world.ts';
import { type Html, html, Html as Raw } from './html.ts';
import { style } from './style.ts';

export interface Viewing {
  readonly world: World;
  /** null: nobody is signed in. */
  readonly viewer: Account | null;
  readonly url: URL;
}

export function page({ world, viewer, url }: Viewing, title: string, body: Html): string {
  const people = [...world.accounts.values()].filter((account) => account.kind === 'User');
  const links = people.map((account) => {
    const here = account.id === viewer?.id ? 'here' : '';
    return html`<a class="${here}" href="${url.pathname}?as=${encodeURIComponent(account.login)}">${account.login}</a>`;
  });
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${new Raw(style)}</style></head>
<body><header class="top"><div class="in"><a href="/"><strong>Offline GitHub</strong></a>
<span class="people small"><span class="soft">Acting as</span> ${links}</span></div></header>
<main>${body}</main></body></html>`.text;
}

export const ago = (now: number, at: number): string => {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 60) return 'now';
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 86_400
    ? `${Math.round(seconds / 3_600)} h ago`
    : `${Math.round(seconds / 86_400)} d ago`;
};

export const short = (sha: string): string => sha.slice(0, 7);

export const counted = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? '' : 's'}`;
