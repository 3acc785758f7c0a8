import { Octokit } from '@octokit/rest';
import type { GroupRecord } from '../../src/4-verdict/group.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { titleWithoutWord } from '../../src/5-publication/check/titles.ts';
import type { PageContext } from '../../src/5-publication/pages/context.ts';
import { eventHeaders, livePageHeaders } from '../../src/5-publication/pages/live.ts';
import {
  absentPage,
  type ListedVerdict,
  verdictListPage,
} from '../../src/5-publication/pages/other-pages.ts';
import { stateMoves, statePage, type Undecided } from '../../src/5-publication/pages/state-page.ts';
import { pageHeaders } from '../../src/5-publication/pages/style.ts';
import { verdictPage } from '../../src/5-publication/pages/verdict-page.ts';
import { ask } from '../../src/adapters/github/client.ts';
import { repositoryOf } from '../../src/adapters/github/repository.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type { LedgerStore } from '../../src/ports.ts';
import type { VerdictId } from '../../src/primitives.ts';
import type { PageAnswer, PageRequest } from '../hands.ts';
import type { PullName, RepositoryPlace } from '../hearing/docket.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import { recordedVerdict } from '../hearing/judge-pull.ts';
import { pendingWaivers } from '../hearing/pending.ts';
import { caseFileOf } from '../hearing/states.ts';
import { NO_PULL } from '../merging/groups.ts';
import { eventsOf, undecidedState } from './events.ts';
import { COOKIE, cookieIn, openSessions, type Sessions, SIGN_IN_COOKIE } from './sessions.ts';

export interface PagesPlan {
  readonly deps: HearingDeps;
  /** For signing in; null: pages of private repositories are shown to nobody. */
  readonly client: { readonly id: string; readonly secret: () => string } | null;
  readonly webUrl: string;
  readonly apiUrl: string;
}

const ID = /^\/v\/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$/;
const EVENTS = /^(\/v\/[0-9a-f-]{36})\/events$/;
const LIST = /^\/r\/([\w.-]{1,100})\/([\w.-]{1,100})$/;
/** Whoever makes a repository private closes its pages at once; where word of it was lost, no later. */
const PUBLIC_BELIEVED_MS = 60_000;
/** A page shows so many; older ones are read from the ledger. */
const LISTED_MAX = 100;

/** The app's own pages. What a person may not read looks exactly like what is not there. */
export function pagesOf(plan: PagesPlan): (request: PageRequest) => Promise<PageAnswer> | null {
  const sessions = openSessions(plan.deps.now);
  return (request) => {
    const { pathname } = request.url;
    if (request.method === 'POST') return null;
    const id = ID.exec(pathname)?.[1] as VerdictId | undefined;
    if (id !== undefined) return verdictAnswer(plan, sessions, request, id);
    const watched = ID.exec(EVENTS.exec(pathname)?.[1] ?? '')?.[1] as VerdictId | undefined;
    if (watched !== undefined) return eventsAnswer(plan, sessions, request, watched);
    const [, owner, name] = LIST.exec(pathname) ?? [];
    if (owner !== undefined && name !== undefined)
      return listAnswer(plan, sessions, request, { owner, name });
    if (pathname === '/login') return signInAnswer(plan, sessions, request);
    if (pathname === '/login/callback') return callbackAnswer(plan, sessions, request);
    return null;
  };
}

const shown = (body: string, status = 200): PageAnswer => ({ status, headers: pageHeaders, body });
const shownState = (state: Undecided, context: PageContext): PageAnswer => ({
  status: 200,
  headers: stateMoves(state, context) ? livePageHeaders : pageHeaders,
  body: statePage(state, context),
});
const queuedNow = ({ now }: HearingDeps): Undecided => ({
  ...{ kind: 'queued', ahead: null, runner: null, since: now() },
});
const absent = (): PageAnswer => shown(absentPage(), 404);

async function verdictAnswer(
  plan: PagesPlan,
  sessions: Sessions,
  request: PageRequest,
  id: VerdictId,
): Promise<PageAnswer> {
  const { docket, ledgerFor, now } = plan.deps;
  const place = docket.placeOf(id);
  const repository = place === null ? null : docket.repository(place.repositoryId);
  if (place === null || repository === null) return hidden(plan, sessions, request);
  const refused = await refusal(plan, sessions, request, repository);
  if (refused !== null) return refused;
  const ledger = await ledgerFor(place.repositoryId);
  if (ledger.ok && place.pull === NO_PULL)
    return groupAnswer(plan.deps, ledger.value, id, repository);
  const recorded = ledger.ok ? await recordedVerdict(ledger.value, id) : ledger;
  if (!ledger.ok || !recorded.ok) return unavailable();
  const url = `${plan.webUrl}/${repository.owner}/${repository.name}/pull/${place.pull}`;
  const context = {
    repository,
    now: now(),
    pull: { number: place.pull, title: null, url },
  };
  if (recorded.value === null) {
    // Decided by the docket's word and not in the ledger yet: a moment later it is.
    const state = undecidedState(plan.deps, place, id) ?? queuedNow(plan.deps);
    return shownState(state, context);
  }
  const { record, entry, envelope } = recorded.value;
  const file = await caseFileOf(record, ledger.value);
  return shown(
    verdictPage(record, {
      ...context,
      entry: { sequence: entry.sequence, digest: entry.digest, at: entry.at },
      signature: { keyId: envelope.signatures[0]?.keyid ?? '', standing: "this app's key" },
      progress: null,
      supersededBy: supersededBy(plan.deps, place, recorded.value),
      pending: file.ok && file.value !== null ? pendingWaivers(file.value, record) : [],
      candidates: [],
    }),
  );
}

/** The same page while it is open: what changes of it, as it changes. */
async function eventsAnswer(
  plan: PagesPlan,
  sessions: Sessions,
  request: PageRequest,
  id: VerdictId,
): Promise<PageAnswer> {
  const { docket } = plan.deps;
  const place = docket.placeOf(id);
  const repository = place === null ? null : docket.repository(place.repositoryId);
  if (place === null || repository === null) return hidden(plan, sessions, request);
  const refused = await refusal(plan, sessions, request, repository);
  if (refused !== null) return refused;
  const mayRead = async () => (await refusal(plan, sessions, request, repository)) === null;
  const events = eventsOf(plan.deps, place, id, repository, mayRead);
  return events === null ? unavailable() : { status: 200, headers: eventHeaders, body: events };
}

/** What was said of a merge queue's commit; several pull requests have it together. */
async function groupAnswer(
  { groups, now }: HearingDeps,
  ledger: LedgerStore,
  id: VerdictId,
  repository: RepositoryPlace,
): Promise<PageAnswer> {
  const context = { repository, now: now(), pull: null };
  const undecided = groups.shown(id);
  if (undecided !== null) return shownState(undecided, context);
  const found = await ledger.find('group', id);
  if (!found.ok) return unavailable();
  if (found.value === null) return absent();
  const record = JSON.parse(found.value.body) as GroupRecord;
  const { sequence, digest } = found.value;
  const state = { kind: 'decided', record, entry: { sequence, digest } } as const;
  const baseBranch = record.baseRef.replace(/^refs\/heads\//, '');
  return shownState({ kind: 'merge-group', baseBranch, shown: state }, context);
}

/** The verdict that stands for the pull request now, where it is another one. */
function supersededBy(
  { docket }: HearingDeps,
  place: PullName,
  { record }: Adjudicated,
): VerdictId | null {
  const now = docket.row(place)?.verdict?.id ?? null;
  return now === record.id ? null : now;
}

async function listAnswer(
  plan: PagesPlan,
  sessions: Sessions,
  request: PageRequest,
  named: { readonly owner: string; readonly name: string },
): Promise<PageAnswer> {
  const repository = plan.deps.docket
    .enrolledRepositories()
    .find(({ owner, name }) => owner === named.owner && name === named.name);
  if (repository === undefined) return hidden(plan, sessions, request);
  const refused = await refusal(plan, sessions, request, repository);
  if (refused !== null) return refused;
  const ledger = await plan.deps.ledgerFor(repository.repositoryId);
  const entries = ledger.ok ? await ledger.value.recent(LISTED_MAX, 'verdict') : ledger;
  if (!entries.ok) return unavailable();
  const url = `${plan.webUrl}/${repository.owner}/${repository.name}/pull`;
  const verdicts = entries.value.map(({ body }) => listed(JSON.parse(body).record, url));
  return shown(verdictListPage(verdicts, { repository, olderPath: null }));
}

function listed(record: VerdictRecord, pulls: string): ListedVerdict {
  const number = Number(record.subject.branches[0]);
  return {
    id: record.id,
    verdict: record.verdict,
    mode: record.mode,
    pull: Number.isSafeInteger(number) ? { number, url: `${pulls}/${number}` } : null,
    head: record.subject.head,
    decidedAt: record.decidedAt,
    phrase: titleWithoutWord(record),
  };
}

/**
 * For what is not there, and for what this reader may not see. Whoever has not signed in is asked to
 * for both alike, so that nobody learns which pages there are.
 */
function hidden({ client }: PagesPlan, sessions: Sessions, request: PageRequest): PageAnswer {
  const isKnown = sessions.find(request.headers.cookie) !== null;
  return client === null || isKnown ? absent() : toSignIn(request);
}

/**
 * Why somebody is not shown a page of this repository; null where they may read it. While the forge does
 * not say who may, nobody may: any other answer would tell that there is such a page.
 */
async function refusal(
  plan: PagesPlan,
  sessions: Sessions,
  request: PageRequest,
  repository: RepositoryPlace,
): Promise<PageAnswer | null> {
  const forge = await plan.deps.forgeFor({ ...repository, pull: 0 }, PUBLIC_BELIEVED_MS);
  if (!forge.ok) return hidden(plan, sessions, request);
  if (!forge.value.repository.private) return null;
  const session = sessions.find(request.headers.cookie);
  if (session === null) return hidden(plan, sessions, request);
  const { owner, name } = forge.value.repository;
  const viewer = new Octokit({ auth: session.token, baseUrl: plan.apiUrl, log: quiet });
  const seen = await ask('reading as the viewer', plan.deps.now, () =>
    repositoryOf(viewer, { owner, name }),
  );
  if (!seen.ok) {
    // GitHub knows the token no more: its owner took it back, or it lapsed.
    if (seen.fault.kind === 'forge-refused' && seen.fault.status === 401)
      sessions.close(request.headers.cookie);
    return hidden(plan, sessions, request);
  }
  return seen.value.id === repository.repositoryId ? null : absent();
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function toSignIn({ url }: PageRequest): PageAnswer {
  return redirect(`/login?to=${encodeURIComponent(url.pathname)}`);
}

function redirect(to: string, headers: Readonly<Record<string, string>> = {}): PageAnswer {
  return { status: 302, headers: { ...pageHeaders, location: to, ...headers }, body: '' };
}

function unavailable(): PageAnswer {
  return { ...absent(), status: 503 };
}

async function signInAnswer(
  { client, webUrl, deps }: PagesPlan,
  sessions: Sessions,
  { url }: PageRequest,
): Promise<PageAnswer> {
  if (client === null) return absent();
  const wanted = url.searchParams.get('to') ?? '/';
  // Only pages of our own: a redirect elsewhere would lend our name to anybody.
  const path = ID.test(wanted) || LIST.test(wanted) ? wanted : '/';
  const to = new URL('/login/oauth/authorize', webUrl);
  to.searchParams.set('client_id', client.id);
  to.searchParams.set('redirect_uri', `${deps.site}/login/callback`);
  const state = sessions.begin(path);
  to.searchParams.set('state', state);
  return redirect(to.href, { 'set-cookie': cookie(deps.site, SIGN_IN_COOKIE, state) });
}

async function callbackAnswer(
  { client, webUrl, deps }: PagesPlan,
  sessions: Sessions,
  { url, headers }: PageRequest,
): Promise<PageAnswer> {
  const state = url.searchParams.get('state') ?? '';
  // Only the browser that began ends it: else a link would sign its reader in as somebody else.
  const isOwn = cookieIn(headers.cookie, SIGN_IN_COOKIE) === state;
  const path = isOwn ? sessions.end(state) : null;
  const code = url.searchParams.get('code');
  if (client === null || path === null || code === null) return absent();
  const answer = await ask('signing somebody in', deps.now, async () => {
    const response = await fetch(new URL('/login/oauth/access_token', webUrl), {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ client_id: client.id, client_secret: client.secret(), code }),
      signal: AbortSignal.timeout(10_000),
    });
    return (await response.json()) as { readonly access_token?: unknown };
  });
  const token = answer.ok ? answer.value.access_token : undefined;
  if (typeof token !== 'string') return absent();
  return redirect(path, { 'set-cookie': cookie(deps.site, COOKIE, sessions.open(token)) });
}

function cookie(site: string, name: string, value: string): string {
  const secure = site.startsWith('https:') ? '; Secure' : '';
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}
