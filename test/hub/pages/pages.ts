/** Finds the page of an address, and does what its forms ask for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { askGit } from '../git.ts';
import { textOfDiff } from '../pull-files.ts';
import type { Account, Repository } from '../state.ts';
import { accountNamed, accountOf, atLeast, repositoryNamed, roleOf, type World } from '../world.ts';
import { appPage, exchangeCode } from './apps.ts';
import { runPage } from './checks.ts';
import { doDeed } from './deeds.ts';
import { type Html, html } from './html.ts';
import { page, type Viewing } from './layout.ts';
import { pullPage } from './pull.ts';
import { blobPage, commitPage, frontPage, ownerPage, repositoryPage } from './repository.ts';

const formBytesMax = 1_048_576;

export async function servePage(
  world: World,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const form = request.method === 'POST' ? await readForm(request) : null;
  if (url.pathname === '/login/oauth/access_token' && form !== null) {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(exchangeCode(world, form)));
    return 200;
  }
  const viewing: Viewing = { world, viewer: viewerOf(world, url, request), url };
  // Whom one acts as is kept, so that links and forms need not carry it.
  if (url.searchParams.has('as'))
    response.setHeader(
      'Set-Cookie',
      `hub_as=${encodeURIComponent(viewing.viewer?.login ?? '')}; Path=/; SameSite=Lax`,
    );
  const reply = await replyTo(viewing, form);
  return write(viewing, response, reply);
}

type Reply =
  | { readonly status: number; readonly title: string; readonly page: Html }
  | { readonly to: string }
  | { readonly text: string };

function write(viewing: Viewing, response: ServerResponse, reply: Reply): number {
  if ('to' in reply) {
    response.writeHead(303, { Location: reply.to }).end();
    return 303;
  }
  if ('text' in reply) {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end(reply.text);
    return 200;
  }
  response.writeHead(reply.status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; form-action *",
  });
  response.end(page(viewing, reply.title, reply.page));
  return reply.status;
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > formBytesMax) throw new Error('the form is larger than any page of the hub sends');
    parts.push(part as Buffer);
  }
  const raw = Buffer.concat(parts).toString();
  if (!String(request.headers['content-type']).includes('json')) return new URLSearchParams(raw);
  const value: unknown = JSON.parse(raw);
  return new URLSearchParams(value as Record<string, string>);
}

function viewerOf(world: World, url: URL, request: IncomingMessage): Account | null {
  const cookie = /(?:^|;\s*)hub_as=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const login = url.searchParams.get('as') ?? decodeURIComponent(cookie);
  return accountNamed(world, login) ?? null;
}

const missing = (): Reply => ({
  status: 404,
  title: 'Not found',
  page: html`<h1>Not found</h1><p class="soft">There is no such page, or you may not see it.</p>`,
});

/** An address of GitHub's that the hub has no page for; whoever follows a link there learns of it. */
const notBuilt = (): Reply => ({
  status: 501,
  title: 'Not built',
  page: html`<h1>Not built</h1><p class="soft">The offline GitHub has no such page.</p>`,
});

async function replyTo(viewing: Viewing, form: URLSearchParams | null): Promise<Reply> {
  const { world, url } = viewing;
  const visible = [...world.repositories.values()].filter((each) => maySee(viewing, each));
  if (url.pathname === '/')
    return { status: 200, title: 'Offline GitHub', page: frontPage(visible, viewing) };
  const ofApp = await appPage(viewing, form);
  if (ofApp !== null) return 'to' in ofApp ? ofApp : { status: 200, ...ofApp };
  const [owner = '', name, ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const account = accountNamed(world, owner);
  if (name === undefined && account !== undefined) {
    const own = visible.filter((each) => accountOf(world, each.ownerId).id === account.id);
    return { status: 200, title: owner, page: ownerPage(account, own, viewing) };
  }
  if (account === undefined) return owner === 'favicon.ico' ? missing() : notBuilt();
  const repository = repositoryNamed(world, owner, name ?? '');
  if (repository === undefined || !maySee(viewing, repository)) return missing();
  const path = rest.join('/');
  return form === null
    ? inRepository(viewing, repository, path)
    : deed(viewing, repository, path, form);
}

const maySee = ({ world, viewer }: Viewing, repository: Repository): boolean =>
  !repository.settings.private ||
  (viewer !== null && atLeast(roleOf(world, repository, viewer.id), 'read'));

async function deed(
  viewing: Viewing,
  repository: Repository,
  path: string,
  form: URLSearchParams,
): Promise<Reply> {
  const { world, viewer } = viewing;
  if (viewer === null)
    return { status: 401, title: 'Who are you?', page: html`<p>Choose above whom you act as.</p>` };
  const done = await doDeed({ world, by: viewer, repository, path, form });
  if (done === null) return missing();
  if (typeof done !== 'string') return done;
  const words = html`<h1>That did not work</h1><div class="note bad">${done}</div>`;
  return { status: 422, title: 'Refused', page: words };
}

async function inRepository(
  viewing: Viewing,
  repository: Repository,
  path: string,
): Promise<Reply> {
  const show = (title: string, shown: Html | null): Reply =>
    shown === null ? missing() : { status: 200, title, page: shown };
  if (path === '' || path === 'pulls')
    return show(repository.name, await repositoryPage(viewing, repository));
  const [, number, what] = /^pull\/(\d+)(\/files|\.diff|\.patch)?$/.exec(path) ?? [];
  const pull = repository.pulls.get(Number(number));
  if (pull !== undefined) {
    if (what === '.diff' || what === '.patch')
      return { text: await textOfDiff(repository, `${pull.base.sha}...${pull.head.sha}`) };
    const tab = what === '/files' ? 'files' : 'conversation';
    return show(`${pull.title} #${pull.number}`, await pullPage(viewing, repository, pull, tab));
  }
  const run = repository.checks.get(Number(/^runs\/(\d+)$/.exec(path)?.[1]));
  if (run !== undefined) return show(run.name, runPage(viewing, repository, run));
  const commit = /^commit\/([0-9a-f]{4,40})$/.exec(path)?.[1];
  if (commit !== undefined) return show('Commit', await commitPage(viewing, repository, commit));
  const [, kind, ref = '', file = ''] = /^(blob|raw)\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (kind === 'blob') return show(file, await blobPage(viewing, repository, { ref, path: file }));
  if (kind === undefined) return notBuilt();
  const blob = await askGit(repository.folder, ['cat-file', 'blob', `${ref}:${file}`]);
  return blob.code === 0 ? { text: blob.out.toString() } : missing();
}
