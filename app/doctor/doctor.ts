import { pino } from 'pino';
import type { Finding } from '../../src/5-publication/doctor-findings.ts';
import type { GitHubClient } from '../../src/adapters/github/client.ts';
import type { Instant } from '../../src/primitives.ts';
import { forgeClient } from '../forge-client.ts';
import { isWithoutIdentity, readSettings, type Settings } from '../settings.ts';
import { identityFindings, webhookFindings } from './app-findings.ts';
import { branchFindings, installationFindings, type RepositoryName } from './branch-findings.ts';
import { dataFinding, gitFinding, keyFinding } from './machine.ts';
import { organizationFinding } from './organization-finding.ts';
import { runnerFinding } from './runner-finding.ts';

export interface Visit {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** The repository whose branch is looked at too, or null. */
  readonly repository: RepositoryName | null;
  readonly now: () => Instant;
}

/** Looks at everything that has to be right for the app to be a gate. Nothing is changed anywhere. */
export async function examineApp(visit: Visit): Promise<readonly Finding[]> {
  const { environment, directory } = visit;
  const git = await gitFinding(environment);
  const read = readSettings({ environment, directory });
  if (!read.ok) {
    const hasApp = !isWithoutIdentity({ environment, directory });
    return [
      git,
      ...read.fault.map((fault): Finding => ({ kind: 'settings-fault', fault })),
      ...(hasApp && visit.repository === null ? [] : [notLookedAt(visit, hasApp)]),
    ];
  }
  const { dataFolder } = read.value;
  return [
    { kind: 'settings-hold' },
    git,
    dataFinding(dataFolder),
    keyFinding(dataFolder, environment),
    ...(await forgeFindings(read.value, visit)),
  ];
}

async function forgeFindings(
  settings: Settings,
  { repository, now }: Visit,
): Promise<readonly Finding[]> {
  const log = pino({ level: 'silent' });
  const forge = forgeClient({ settings, log, now, called: () => undefined });
  const asApp = (await forge.probot.auth()) as unknown as GitHubClient;
  const identity = await identityFindings(asApp, settings, now);
  // Who is not known at the forge is told nothing else.
  const isKnown = identity.some(({ kind }) => kind === 'identity');
  if (!isKnown && repository === null) return identity;
  if (!isKnown) return [...identity, notLookedAt({ repository }, true)];
  const webhook = await webhookFindings(asApp, settings, now);
  if (repository === null) return [...identity, ...webhook];
  const installed = await installationFindings(asApp, repository, now);
  const found = [...identity, ...webhook, ...installed.findings];
  if (installed.id === null) return found;
  const client = (await forge.octokitOf(installed.id)) as unknown as GitHubClient;
  const owner = { owner: repository.owner, installationId: installed.id };
  return [
    ...found,
    await organizationFinding(asApp, client, owner, now),
    ...(await branchFindings(client, repository, { appId: settings.appId, now })),
    await runnerFinding(client, repository, now),
  ];
}

function notLookedAt({ repository }: Pick<Visit, 'repository'>, hasApp: boolean): Finding {
  const name = repository === null ? null : `${repository.owner}/${repository.repo}`;
  return { kind: 'not-looked-at', repository: name, hasApp };
}
