import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { v7 } from 'uuid';
import type { KeyFault } from '../src/5-publication/faults.ts';
import { stateFileAnchor } from '../src/adapters/anchors/state-file.ts';
import { openObjectCache } from '../src/adapters/github/object-cache.ts';
import { LAW_REPOSITORY } from '../src/adapters/github/organization-law.ts';
import { createKey, currentSigner } from '../src/adapters/keys/key-ring.ts';
import { openReportReader } from '../src/adapters/reports/report-reader.ts';
import { openLedger, type SqliteLedger } from '../src/adapters/store-sqlite/ledger.ts';
import type { LedgerFault, Signer } from '../src/ports.ts';
import { type Instant, ok, type Result, type VerdictId } from '../src/primitives.ts';
import type { Hands, LookUp, MakeHands, Tools } from './hands.ts';
import { docketOf } from './hearing/docket-parts.ts';
import { openForges } from './hearing/forges.ts';
import { hearPull } from './hearing/hear-pull.ts';
import { againGroupsOf } from './hearing/heard-pull.ts';
import type { HearingDeps } from './hearing/hearing-deps.ts';
import { openOrganizations } from './hearing/organizations.ts';
import { hearOwner } from './hearing/owners.ts';
import { searchesOf } from './hearing/searches.ts';
import type { Where } from './intake/concern-types.ts';
import { holdDebate } from './judging/hold-debate.ts';
import { benchOf, type Seats, seatsOf } from './judging/open-bench.ts';
import { reasonsOf } from './judging/reasons.ts';
import { learningOf } from './learning.ts';
import type { Logger } from './log.ts';
import { auditPush } from './merging/audit-push.ts';
import { groupsOf } from './merging/groups.ts';
import { hearGroup } from './merging/hear-group.ts';
import { openLive } from './pages/live.ts';
import { pagesOf } from './pages/pages.ts';
import { proposalsOf } from './proposing/proposals.ts';
import { propose } from './proposing/propose.ts';
import { openRuns } from './runs/open-runs.ts';
import type { Runs } from './runs/runs.ts';
import type { PullReference } from './work/task.ts';

/** A court that has opened its books: what hears pull requests, and lets go of everything. */
export const court: MakeHands = async (tools) => {
  const { settings, now } = tools;
  const signer = signerIn(join(settings.dataFolder, 'keys'), now());
  if (!signer.ok) throw new Error(`no signing key: ${signer.fault.kind}`);
  const ledgers = ledgersIn(settings.dataFolder, tools.log);
  const forges = openForges({
    clientFor: (installationId) => tools.octokitOf(installationId),
    appId: settings.appId,
    webUrl: settings.forge.webUrl,
    now,
  });
  const objects = openObjectCache(join(settings.dataFolder, 'objects'), {
    bytesMax: settings.cacheBytesMax,
    repositoriesMax: settings.cacheRepositoriesMax,
  });
  const docket = docketOf(tools.store);
  const newId = (at: Instant) => v7({ msecs: at, random: randomBytes(16) }) as VerdictId;
  const site = settings.publicUrl ?? `http://${settings.host}:${settings.port}`;
  const live = openLive();
  const runs = openRuns({
    ...{ tools, docket, newId, site, signer: signer.value, live },
    forgeFor: (job) => forges.forgeFor(job),
    ledgerFor: (id) => ledgers.of(id),
  });
  const groups = groupsOf(tools.store);
  const seats = seatsOf(tools);
  const bench = benchOf(seats, now, (job) => {
    tools.want([job]);
    // A queue's commit may rest on it, whatever becomes of the pull request by itself.
    const branch = docket.row(job)?.baseBranch;
    if (branch !== undefined) againGroupsOf(job, branch, deps);
  });
  const reports = openReportReader();
  const reasons = reasonsOf(tools, (job) => tools.want([job]));
  const learning = learningOf(tools, {
    repositories: () => docket.enrolledRepositories().map(({ repositoryId }) => repositoryId),
    ledgerOf: (id) => ledgers.of(id),
  });
  const deps: HearingDeps = {
    ...forges,
    learning,
    objects,
    bench,
    reports,
    reasons,
    runners: runs.runners,
    organizations: openOrganizations({
      clientFor: (installationId) => tools.octokitOf(installationId),
      appClient: () => tools.appOctokit(),
      objects,
      webUrl: settings.forge.webUrl,
      env: process.env,
      now,
      hadLaw: (owner) => docket.hadOwnersLaw(owner),
    }),
    docket,
    signer: signer.value,
    arbiterKeys: [spkiOf(signer.value.publicKey)],
    records: tools.records,
    metrics: tools.metrics,
    now,
    newId,
    env: process.env,
    ledgerFor: (id) => ledgers.of(id),
    again: (job) => tools.want([job]),
    errand: tools.errand,
    live,
    groups,
    againGroup: ({ installationId, repositoryId, owner, name }, group) =>
      tools.errand(
        { installationId, repositoryId, owner, name },
        { kind: 'merge-group', ...group },
        now(),
      ),
    site,
    proposing: {
      proposals: proposalsOf(tools.store),
      workers: settings.proposers.length,
      wake: ({ installationId, repositoryId, owner, name, pull }) =>
        tools.errand(
          { installationId, repositoryId, owner, name },
          { kind: 'propose', pull },
          now(),
        ),
    },
    debating:
      seats === null
        ? null
        : {
            wake: ({ installationId, repositoryId, owner, name, pull }) =>
              tools.errand(
                { installationId, repositoryId, owner, name },
                { kind: 'debate', pull },
                now(),
              ),
          },
  };
  return handsOf(deps, { ...tools, seats }, runs, async () => {
    await bench?.close();
    await reasons?.close();
    await reports[Symbol.asyncDispose]();
    await ledgers.close();
  });
};

function handsOf(
  deps: HearingDeps,
  tools: Tools & { readonly seats: Seats | null },
  runs: ReturnType<typeof openRuns>,
  close: () => Promise<void>,
): Hands {
  return {
    work: (job, lease) => hearPull(job, lease, deps),
    lookUp: (where, about) => lookUp(where, about, deps, { ...tools, runs: runs.runs }),
    audit: (where, push, lease) => auditPush({ where, push, lease }, deps, tools),
    propose: (where, pull, lease) =>
      propose({ ...where, pull }, lease, { ...deps, settings: tools.settings, log: tools.log }),
    debate: (where, pull, lease) =>
      holdDebate({ ...where, pull }, lease, { ...deps, seats: tools.seats }),
    mergeGroup: (where, group, lease) => hearGroup({ where, group, lease }, deps),
    searches: searchesOf(deps),
    async sweep(now) {
      deps.groups.sweep(now);
      await deps.learning.pass();
    },
    page: pagesOf({
      deps,
      client:
        tools.settings.client === null
          ? null
          : { id: tools.settings.client.id, secret: tools.settings.client.secret.reveal },
      webUrl: tools.settings.forge.webUrl,
      apiUrl: tools.settings.forge.apiUrl,
    }),
    endStreams: () => deps.live.close(),
    runs: runs.answers,
    close,
  };
}

async function lookUp(
  where: Where,
  about: LookUp,
  deps: HearingDeps,
  { records, runs }: Pick<Tools, 'records'> & { readonly runs: Runs },
): ReturnType<Hands['lookUp']> {
  const named = (pulls: Iterable<number>): readonly PullReference[] =>
    [...new Set(pulls)].map((pull) => ({ ...where, pull }));
  switch (about.kind) {
    case 'pulls-at': {
      const group = deps.groups.at(where.repositoryId, about.head);
      if (group !== null) deps.againGroup(where, group);
      const open = deps.docket.openAt(where.repositoryId, about.head).map(({ pull }) => pull);
      return ok(
        named([...about.named, ...open, ...records.pullsAt(where.repositoryId, about.head)]),
      );
    }
    case 'open-pulls': {
      // It may have come just now, and its policy with it.
      if (where.name === LAW_REPOSITORY && about.branch === null)
        deps.errand(where, { kind: 'organization' }, deps.now());
      if (about.branch === null) deps.forgetRepository(where.repositoryId);
      const forge = await deps.forgeFor({ ...where, pull: 0 });
      if (!forge.ok) return forge;
      if (about.branch !== null) againGroupsOf(where, about.branch, deps);
      const open = await forge.value.openPulls(about.branch ?? undefined);
      return open.ok ? ok(named(open.value.map(({ number }) => number))) : open;
    }
    case 'run':
      return ok(named(runs.pullsOf(where.repositoryId, about.run)));
    case 'organization':
      return hearOwner(where, deps);
  }
}

/** PEM without its frame. */
const spkiOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '');

/** The key of this app; the first start makes it. */
function signerIn(folder: string, now: Instant): Result<Signer, KeyFault> {
  const current = currentSigner(folder, undefined);
  if (!current.ok) return current;
  return current.value === null ? createKey(folder, undefined, now) : ok(current.value);
}

/** One ledger a repository, opened once and kept open. */
function ledgersIn(dataFolder: string, log: Logger) {
  const opened = new Map<number, Promise<Result<SqliteLedger, LedgerFault>>>();
  const anchors = [stateFileAnchor(join(dataFolder, 'anchors'))];
  return {
    of(repositoryId: number): Promise<Result<SqliteLedger, LedgerFault>> {
      const known = opened.get(repositoryId);
      if (known !== undefined) return known;
      const file = join(dataFolder, 'ledgers', String(repositoryId), 'ledger.db');
      const anchorFailed = (where: string, reason: string) =>
        log.warn({ repository: repositoryId, where, reason }, 'an anchor was not written');
      const opening = openLedger({ file, anchors, anchorFailed, access: 'create' });
      opened.set(repositoryId, opening);
      // What could not be opened now may be later.
      void opening.then((ledger) => ledger.ok || opened.delete(repositoryId));
      return opening;
    },
    async close(): Promise<void> {
      for (const opening of opened.values()) {
        const ledger = await opening;
        if (ledger.ok) await ledger.value[Symbol.asyncDispose]();
      }
      opened.clear();
    },
  };
}
