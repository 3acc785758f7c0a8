import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { AnyFault } from '../5-publication/fault-words.ts';
import { withoutVerdict } from '../5-publication/merge-message.ts';
import {
  lookedAtText,
  ownersLawUnseenText,
  recordedText,
  unrecordedText,
} from '../5-publication/remote-words.ts';
import { report } from '../5-publication/report.ts';
import { anchorFolder } from '../adapters/anchors/state-file.ts';
import { openRepository } from '../adapters/git/repository.ts';
import { checkGates } from '../adapters/github/check-gates.ts';
import { ask, type GitHubClient, orNull } from '../adapters/github/client.ts';
import { type ObjectCache, openObjectCache } from '../adapters/github/object-cache.ts';
import { LAW_REPOSITORY, readOrganizationLaw } from '../adapters/github/organization-law.ts';
import {
  type ForgeAccess,
  forgeAccess,
  type ReadingForge,
  readOnlyClient,
  readOnlyForge,
} from '../adapters/github/read-only.ts';
import { repositoryOf } from '../adapters/github/repository.ts';
import { userFolder } from '../adapters/home-folder.ts';
import { signerOf } from '../adapters/keys/private-key.ts';
import { ledgerPrecedents } from '../adapters/precedents.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { openLedger, type SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import type { OrganizationLaw } from '../caws/law.ts';
import type { Adjudicated } from '../cycle/world.ts';
import { adjudicate } from '../cycle.ts';
import type { LivePull } from '../forge.ts';
import type { Signer } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { judgeFor } from './judge-seat.ts';
import { openAt, placeOf } from './ledger-place.ts';
import { newVerdictId } from './new-id.ts';
import { page } from './page.ts';
import type { PullName, RemoteOptions } from './pull-name.ts';
import { paintFor, stageLines } from './stage-lines.ts';
import { stop } from './stop.ts';
import { verdictJson } from './verdict-json.ts';
import { exitOf, signerFor, type VerifyOptions } from './verify-hearing.ts';
import type { World } from './world.ts';

type Options = VerifyOptions & RemoteOptions;

/**
 * Judges a pull request as it stands at the forge, by the law of its target. Nothing is written there: the
 * client sends only GET and HEAD, and git cannot push. The verdict stands nowhere unless it is asked for.
 */
export async function hearPull(world: World, named: PullName, options: Options): Promise<void> {
  const local = localOption(options);
  if (local !== null)
    return stop(world, { kind: 'option-not-remote', option: local }, options.json === true);
  const judged = await judgePull(world, named, options);
  if (!judged.ok) return stop(world, judged.fault, options.json === true);
  const { adjudicated, ledgerFile } = judged.value;
  const { record, entry } = adjudicated;
  if (options.json) world.out(verdictJson({ record, entry: ledgerFile === null ? null : entry }));
  else {
    page(world, report(record, paintFor(world), ledgerFile !== null, lookedAtText));
    world.err(ledgerFile === null ? unrecordedText : recordedText(ledgerFile));
  }
  world.finish(exitOf(record));
}

/** What a pull request brings stands at the forge; files of this machine are no part of it. */
function localOption({ plea, evidence, runGates }: Options): string | null {
  if (plea !== undefined) return '--plea';
  if (evidence !== undefined) return '--evidence';
  return runGates === true ? '--run-gates' : null;
}

interface Judged {
  readonly adjudicated: Adjudicated;
  /** null where the verdict is kept nowhere. */
  readonly ledgerFile: string | null;
}

async function judgePull(
  world: World,
  named: PullName,
  options: Options,
): Promise<Result<Judged, AnyFault>> {
  const access = forgeAccess(options.apiUrl ?? null, named.host, world.env);
  if (!access.ok) return access;
  const judged = await judgeAt(world, access.value, named, options);
  const { host } = new URL(access.value.apiUrl);
  return judged.ok || judged.fault.kind !== 'forge-unreachable'
    ? judged
    : fail({ ...judged.fault, host });
}

async function judgeAt(
  world: World,
  access: ForgeAccess,
  { owner, name, number }: PullName,
  options: Options,
): Promise<Result<Judged, AnyFault>> {
  const { apiUrl, webUrl, token } = access;
  const client = readOnlyClient(apiUrl, token);
  const forge = await readOnlyForge({ client, webUrl, owner, name, now: world.now });
  if (!forge.ok) return forge;
  const pull = await forge.value.pull(number);
  if (!pull.ok) return pull;
  if (pull.value?.state !== 'open')
    return fail({ kind: 'pull-unknown', name: `${owner}/${name}#${number}` });
  const kept = await openRecord(world, access, forge.value, options);
  if (!kept.ok) return kept;
  using _folder = kept.value;
  await using ledger = kept.value.ledger;
  const cached = options.cache ?? join(cacheFolder(world.env), new URL(webUrl).host);
  const objects = openObjectCache(resolve(world.directory, cached.replaceAll(':', '_')));
  const organization = await ownersLaw(world, {
    ...{ access, client, objects },
    owner: forge.value.repository.owner,
  });
  if (!organization.ok) return organization;
  const adjudicated = await adjudicatePull(world, {
    ...{ access, forge: forge.value, pull: pull.value, ledger, options, objects },
    ...{ signer: kept.value.signer, organization: organization.value },
  });
  if (!adjudicated.ok) return adjudicated;
  return ok({ adjudicated: adjudicated.value, ledgerFile: kept.value.file });
}

interface Hearing {
  readonly access: ForgeAccess;
  readonly forge: ReadingForge;
  readonly pull: LivePull;
  readonly ledger: SqliteLedger;
  readonly signer: Signer;
  readonly objects: ObjectCache;
  readonly organization: OrganizationLaw | undefined;
  readonly options: Options;
}

const noDeadline = new AbortController().signal;

/**
 * The policy of the owner, as the app holds every repository of the owner to it. What is there and cannot be read
 * whole is a fault; whether something is there that nobody shows us cannot be known, and is said.
 */
async function ownersLaw(
  world: World,
  {
    access: { webUrl, token },
    client,
    owner,
    objects,
  }: Pick<Hearing, 'access' | 'objects'> & {
    readonly client: GitHubClient;
    readonly owner: string;
  },
): Promise<Result<OrganizationLaw | undefined, AnyFault>> {
  const place = await ask("looking for the organization's policy", world.now, () =>
    orNull(() => repositoryOf(client, { owner, name: LAW_REPOSITORY })),
  );
  if (!place.ok) return place;
  if (place.value === null) {
    world.err(ownersLawUnseenText(`${owner}/${LAW_REPOSITORY}`));
    return ok(undefined);
  }
  const from = { webUrl, token, readOnly: true, atTerminal: true };
  return readOrganizationLaw(place.value, from, { objects, env: world.env, signal: noDeadline });
}

async function adjudicatePull(
  world: World,
  { access, forge, pull, ledger, signer, objects, organization, options }: Hearing,
): Promise<Result<Adjudicated, AnyFault>> {
  const [base, head] = [`refs/heads/${pull.base.branch}`, `refs/pull/${pull.number}/head`];
  const fetched = await objects.fetch(
    {
      ...{ repositoryId: forge.repository.id, url: forge.gitUrl },
      ...{ token: access.token, readOnly: true, atTerminal: true },
    },
    [base, head],
    noDeadline,
  );
  if (!fetched.ok) return fetched;
  using here = fetched.value;
  if (here.tips.get(head) !== pull.head.sha)
    return fail({ kind: 'forge-incomplete', doing: 'fetching', what: 'an older head' });
  const gates = await gatesOf(world, forge, pull);
  if (!gates.ok) return gates;
  const seated = await judgeFor(world, options);
  if (!seated.ok) return seated;
  const opened = await openRepository(here.directory, { env: world.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const range = await repository.resolve(`${base}...${head}`);
  if (!range.ok) return range;
  const law: typeof repository.law = async (...asked) => {
    const own = await repository.law(...asked);
    return own.ok && organization !== undefined ? ok({ ...own.value, organization }) : own;
  };
  // Awaited here: the repository is closed when this returns.
  return await adjudicate(
    {
      range: range.value,
      plea: { kind: 'pull-request-body', text: withoutVerdict(pull.body) },
      pleaFile: async () => null,
      specNamed: options.spec ?? null,
      // The number alone: a branch may be named as another pull request's number.
      branches: [String(pull.number)],
    },
    {
      clock: { now: world.now },
      newId: (at) => newVerdictId(at, world),
      version: packageJson.version,
      shippedPolicy: shippedPolicy(),
      ...{
        repository: { ...repository, law },
        ledger,
        signer,
        precedents: ledgerPrecedents(ledger),
      },
      gatesFor: () => gates.value,
      publisher: { announce: async () => {} },
      ...seated.value,
    },
    options.json ? () => {} : stageLines(world),
  );
}

async function gatesOf(world: World, forge: ReadingForge, pull: LivePull) {
  const checkRuns = await forge.checkRuns(pull.head.sha);
  if (!checkRuns.ok) return checkRuns;
  const workflowRuns = await forge.workflowRuns(pull.head.sha);
  if (!workflowRuns.ok) return workflowRuns;
  const facts = { checkRuns: checkRuns.value, workflowRuns: workflowRuns.value };
  // Nobody here saw the head come; it stood there no later than the pull request last moved.
  return ok(checkGates({ ...facts, seenAt: pull.updatedAt, now: world.now(), cancelled: false }));
}

interface Kept extends Disposable {
  readonly ledger: SqliteLedger;
  readonly signer: Signer;
  readonly file: string | null;
}

/** A ledger for every repository of every forge; or one that is gone when the verdict was shown. */
async function openRecord(
  world: World,
  { webUrl }: ForgeAccess,
  { repository }: ReadingForge,
  options: Options,
): Promise<Result<Kept, AnyFault>> {
  if (options.record !== true) return openUnrecorded();
  const anchors = anchorFolder(world.env);
  const host = new URL(webUrl).host.replaceAll(':', '_');
  const file = join(anchors, '..', 'forges', host, String(repository.id), 'ledger.db');
  const signer = await signerFor(world, options.key);
  if (!signer.ok) return signer;
  const opened = await openAt(placeOf(world, file), 'create');
  if (!opened.ok) return opened;
  return ok({
    ...{ ledger: opened.value, signer: signer.value, file },
    [Symbol.dispose]: () => undefined,
  });
}

async function openUnrecorded(): Promise<Result<Kept, AnyFault>> {
  const folder = mkdtempSync(join(tmpdir(), 'caws-arbiter-look-'));
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const signer = signerOf(pem.toString(), undefined, 'memory');
  const file = join(folder, 'ledger.db');
  const opened = await openLedger({ file, access: 'create', anchors: [] });
  const gone = () => rmSync(folder, { recursive: true, force: true });
  if (!signer.ok || !opened.ok) {
    gone();
    return signer.ok ? (opened as Extract<typeof opened, { ok: false }>) : signer;
  }
  return ok({
    ...{ ledger: opened.value, signer: signer.value, file: null },
    [Symbol.dispose]: gone,
  });
}

/** By the XDG base directory rules, where a relative folder is ignored. */
function cacheFolder(env: World['env']): string {
  return join(userFolder(env, 'XDG_CACHE_HOME', ['.cache']), 'caws-arbiter', 'forges');
}
