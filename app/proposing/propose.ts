import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { EarlierTry } from '../../src/4-verdict/worker-task.ts';
import {
  notProposedReply,
  type ProposalOffer,
  proposalReply,
} from '../../src/5-publication/check/proposal-words.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { rangeAt } from '../../src/arbitration/examine-plan.ts';
import { readLawPolicy } from '../../src/caws/read-policy.ts';
import { readSpec } from '../../src/caws/read-spec.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { Forge, LivePull } from '../../src/forge.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { LedgerStore } from '../../src/ports.ts';
import { type CommitSha, type Digest, fail, ok, type Result } from '../../src/primitives.ts';
import { newestVerdict } from '../hearing/command-context.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import { type JudgeFault, lawOf } from '../hearing/judge-pull.ts';
import { caseFileOf } from '../hearing/states.ts';
import { retry } from '../hearing/waiting.ts';
import type { Logger } from '../log.ts';
import type { Settings } from '../settings.ts';
import type { Job, Lease, Outcome } from '../work/task.ts';
import { offerBranch } from './offer-branch.ts';
import type { AskedProposal } from './proposals.ts';
import { type Bench, holdsSoFar, type Tried, tryPatch, writeProposal } from './write-proposal.ts';

/** What writing proposals needs beside hearing. */
export interface ProposingDeps extends HearingDeps {
  readonly settings: Pick<Settings, 'proposers' | 'proposingMs'>;
  readonly log: Logger;
}

/** A worker that ends our process with it is not asked for ever. */
const TRIES_MAX = 3;

/**
 * Has the next patch written that was asked for on a pull request, judges it like anyone's, records it, and
 * leaves word of it for the hearing that says it. Nothing is ever pushed over the author's branch.
 *
 * Done again after a crash it goes on with the patch that the ledger holds, or has it written once more.
 */
export async function propose(job: Job, lease: Lease, deps: ProposingDeps): Promise<Outcome> {
  const { proposals } = deps.proposing;
  const asked = proposals.next(job);
  if (asked === null) return { kind: 'done' };
  const errand: Errand = { asked, job, lease, deps };
  const tries = proposals.tries(asked);
  const made = tries > TRIES_MAX ? ok(notProposedReply('given-up', asked)) : await offered(errand);
  if (lease.signal.aborted) {
    // We were stopped: whoever goes on begins anew.
    proposals.untried(asked);
    return { kind: 'retry', because: 'ended before it was done' };
  }
  if (!made.ok) return retry(made.fault);
  if (made.value !== null) {
    const key = `proposal ${asked.command}`;
    deps.docket.answered(job, key, { key, reaction: null, says: made.value });
    deps.again(job);
  }
  proposals.over(asked);
  if (proposals.next(job) !== null) deps.proposing.wake(job);
  return { kind: 'done' };
}

interface Errand {
  readonly asked: AskedProposal;
  readonly job: Job;
  readonly lease: Lease;
  readonly deps: ProposingDeps;
}

/** @returns what is to be said; null where nobody is there to hear it. */
async function offered(errand: Errand): Promise<Result<string | null, JudgeFault>> {
  const { asked, job, deps } = errand;
  const forge = await deps.forgeFor(job);
  if (!forge.ok) return forge;
  const live = await forge.value.pull(job.pull);
  if (!live.ok) return live;
  if (live.value === null || live.value.state !== 'open') return ok(null);
  if (live.value.head.sha !== asked.head) return ok(notProposedReply('head-moved', asked));
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return ledger;
  const earlier = await earlierTry(errand, ledger.value);
  if (!earlier.ok) return earlier;
  if (earlier.value === null) return ok(notProposedReply('no-verdict', asked));
  return onTarget({ ...errand, forge: forge.value, live: live.value }, ledger.value, earlier.value);
}

interface Place extends Errand {
  readonly forge: Forge;
  readonly live: LivePull;
}

/** Fetches the target and reads its law: a proposal is a change of its own, onto what stands there now. */
async function onTarget(
  place: Place,
  ledger: LedgerStore,
  earlier: EarlierTry,
): Promise<Result<string | null, JudgeFault>> {
  const { asked, job, lease, deps, forge, live } = place;
  const token = await forge.gitToken();
  if (!token.ok) return token;
  const name = `refs/heads/${live.base.branch}`;
  const from = { repositoryId: job.repositoryId, url: forge.gitUrl, token: token.value };
  const fetched = await deps.objects.fetch(from, [name], lease.signal);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const tip = objects.tips.get(name);
  if (tip === undefined) return ok(null);
  const opened = await openRepository(objects.located, { env: deps.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const range = rangeAt({ base: tip, baseRef: name });
  const law = await lawOf(range, repository, { name: job, forge, signal: lease.signal }, deps);
  if (!law.ok) return law;
  const reading = readLawPolicy(law.value, shippedPolicy());
  const id = earlier.record.law.spec?.id;
  const spec = law.value.specs
    .map(readSpec)
    .flatMap((read) => (read.ok ? [read.value] : []))
    .find((each) => each.id === id);
  if (!reading.ok || spec === undefined) return ok(notProposedReply('no-spec', asked));
  const { policy } = reading.value;
  const bench: Bench = {
    ...{ court: deps, repository, ledger, law: law.value, policy, spec },
    target: { name, tip },
  };
  const found = await writtenOrKept(place, bench, earlier);
  if (!found.ok) return found;
  if (typeof found.value === 'string') return ok(found.value);
  const to = { directory: objects.directory, url: forge.gitUrl, token: token.value };
  return ok(await offer(place, bench, found.value, to));
}

/** The patch that the ledger holds from before a crash, or a new one; words, where there is none. */
async function writtenOrKept(
  { asked, lease, deps }: Place,
  bench: Bench,
  earlier: EarlierTry,
): Promise<Result<{ readonly tried: Tried; readonly entry: number } | string, JudgeFault>> {
  const { ledger } = bench;
  const about = aboutOf(asked);
  const known = await ledger.find('proposal', about);
  if (!known.ok) return known;
  if (known.value !== null) {
    const body = JSON.parse(known.value.body) as ProposalEntry;
    const bytes = await ledger.blob(body.patch);
    if (!bytes.ok) return bytes;
    const again = bytes.value === null ? null : await tryPatch(bytes.value, bench);
    return again?.ok === true
      ? ok({ tried: again.value, entry: known.value.sequence })
      : ok(notProposedReply('given-up', asked));
  }
  const signal = AbortSignal.any([lease.signal, AbortSignal.timeout(deps.settings.proposingMs)]);
  const better = earlier.record.verdict === 'PASS' ? null : earlier;
  const written = await writeProposal(bench, better, deps.settings.proposers, signal);
  if (!written.ok) {
    deps.log.warn({ pull: asked.pull, came: written.fault }, 'no patch was proposed');
    return ok(notProposedReply(written.fault, asked));
  }
  const { bytes, tried } = written.value;
  if (!lease.stillHeld())
    return fail({ kind: 'forge-unexpected', doing: 'proposing', detail: 'lease lost' });
  const patch = sha256Of(bytes);
  const body = entryOf(asked, bench, tried, patch);
  const draft = { at: deps.now(), kind: 'proposal', about, body } as const;
  const entry = await ledger.append({ ...draft, blobs: [{ digest: patch, bytes }] }, deps.signer);
  return entry.ok ? ok({ tried, entry: entry.value.sequence }) : entry;
}

const aboutOf = ({ pull, command }: AskedProposal): string =>
  `proposal:${pull}:${textDigest(command).slice(7, 39)}`;

/** What the ledger is told of a patch before anybody else is. */
interface ProposalEntry {
  readonly schema: 'caws-arbiter/proposal@1';
  readonly pull: number;
  /** What it was to better. */
  readonly head: CommitSha;
  readonly spec: string;
  readonly base: CommitSha;
  /** What the patch is as a commit on the base. */
  readonly commit: CommitSha;
  readonly patch: Digest;
  /** As far as it could be judged without a pull request. */
  readonly outcome: VerdictRecord['verdict'];
  readonly score: VerdictRecord['deliberation']['score'];
}

function entryOf(
  { pull, head }: AskedProposal,
  { spec }: Bench,
  { range, weighed: { record } }: Tried,
  patch: Digest,
): ProposalEntry {
  const { base, head: commit } = range;
  const { verdict: outcome, deliberation } = record;
  const told = { pull, head, spec: spec.id, base, commit, patch, outcome };
  return { schema: 'caws-arbiter/proposal@1', ...told, score: deliberation.score };
}

/** As a branch only where nothing stands against it: whatever is pushed, workflows of the repository may run. */
async function offer(
  { asked, lease, deps, forge, live }: Place,
  { policy, spec }: Bench,
  { tried, entry }: { readonly tried: Tried; readonly entry: number },
  to: Parameters<typeof offerBranch>[0],
): Promise<string> {
  const { range, patch, weighed } = tried;
  const asBranch = policy.workers.offer === 'branch' && holdsSoFar(tried) && lease.stillHeld();
  const pushed = asBranch ? await offerBranch(to, asked.pull, range.head, lease.signal) : null;
  if (pushed?.ok === false)
    deps.log.warn({ pull: asked.pull, said: pushed.fault }, 'a proposed branch was not taken');
  const offered: ProposalOffer =
    pushed?.ok === true
      ? { as: 'branch', branch: pushed.value }
      : { as: 'suggestion', patch: patch.text, branchRefused: pushed !== null };
  const { owner, name } = forge.repository;
  return proposalReply({
    ...{ asked, offered, entry, spec: spec.id, record: weighed.record },
    ...{ base: range.base, baseBranch: live.base.branch, holds: holdsSoFar(tried) },
    repositoryUrl: forge.gitUrl.replace(/\.git$/, ''),
    site: deps.site,
    repository: { owner, name },
  });
}

/** The verdict on the head that is to be bettered, and what its gates printed; null: it has none. */
async function earlierTry(
  { asked, job, deps }: Errand,
  ledger: LedgerStore,
): Promise<Result<EarlierTry | null, JudgeFault>> {
  const newest = await newestVerdict({ deps, job, ledger });
  if (!newest.ok) return newest;
  const record = newest.value?.record;
  if (record?.subject.head !== asked.head) return ok(null);
  const file = await caseFileOf(record, ledger);
  if (!file.ok) return file;
  return ok({ record, answers: file.value?.answers ?? [] });
}
