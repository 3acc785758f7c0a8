import { availableParallelism } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { DIFF_CHARACTERS_MAX } from '../1-pleading/change-diff.ts';
import { PLEA_CHARACTERS_MAX, type PleaSource } from '../1-pleading/plea.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import type { KeyFault } from '../5-publication/faults.ts';
import type { SeatFault } from '../5-publication/judge-faults.ts';
import { notAskedText } from '../5-publication/judge-note.ts';
import type { FileUnreadable } from '../5-publication/named-fault-words.ts';
import { report } from '../5-publication/report.ts';
import { readBoundedFile } from '../adapters/gates/bounded-file.ts';
import { gateRunner } from '../adapters/gates/gate-runner.ts';
import type { OpenedRepository } from '../adapters/git/repository.ts';
import { localSigner } from '../adapters/keys/local-signer.ts';
import { ledgerPrecedents } from '../adapters/precedents.ts';
import { toolFolders } from '../adapters/sandbox/tool-folders.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { readLawPolicy } from '../caws/read-policy.ts';
import type { Adjudicated, CycleFault } from '../cycle/world.ts';
import { adjudicate } from '../cycle.ts';
import type { LedgerFault, RepositoryFault, ResolvedRange, Signer } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { type JudgeOptions, judgeNamed } from './judge-options.ts';
import { ledgerPlaceIn, openAt } from './ledger-place.ts';
import { newVerdictId } from './new-id.ts';
import { page } from './page.ts';
import { paintFor, stageLines } from './stage-lines.ts';
import { verdictJson } from './verdict-json.ts';
import { exits, type World } from './world.ts';

export interface VerifyOptions extends JudgeOptions {
  readonly spec?: string;
  readonly plea?: string;
  readonly evidence?: string;
  readonly runGates?: boolean;
  readonly key?: string;
  readonly json?: boolean;
}

/** A character of UTF-8 has at most four bytes; the readers count characters. */
const PLEA_BYTES_MAX = 4 * PLEA_CHARACTERS_MAX;
const DIFF_BYTES_MAX = 4 * DIFF_CHARACTERS_MAX;

/** A repository, and what git is looking for in it. */
export interface SoughtRange {
  readonly repository: OpenedRepository;
  readonly resolving: ReturnType<OpenedRepository['resolve']>;
}

/**
 * Judges a range of the repository that was opened for it, says the verdict, and sets the exit code.
 * The repository is disposed of.
 */
export async function hearRange(
  world: World,
  sought: Result<SoughtRange, RepositoryFault>,
  options: VerifyOptions,
): Promise<void> {
  const judged = await verify(world, sought, options);
  if (!judged.ok) {
    // The words of every fault there is are loaded where there is one.
    const { stop } = await import('./stop.ts');
    return stop(world, judged.fault, options.json === true);
  }
  const { record } = judged.value;
  if (options.json) world.out(verdictJson(judged.value, world.call));
  else {
    if (world.terminal) world.err('\n');
    page(world, report(record, paintFor(world)));
  }
  world.finish(exitOf(record));
}

/** The exit code of a verdict; a policy that only observes blocks nothing. */
export function exitOf({ verdict, mode }: VerdictRecord) {
  if (mode === 'observe') return exits.pass;
  switch (verdict) {
    case 'PASS':
      return exits.pass;
    case 'WAIVER_REQUIRED':
      return exits.waiverRequired;
    case 'FAIL':
      return exits.fail;
  }
}

type VerifyFault =
  | CycleFault
  | RepositoryFault
  | LedgerFault
  | KeyFault
  | SeatFault
  | FileUnreadable;

async function verify(
  world: World,
  sought: Result<SoughtRange, RepositoryFault>,
  options: VerifyOptions,
): Promise<Result<Adjudicated, VerifyFault>> {
  if (!sought.ok) return sought;
  using repository = sought.value.repository;
  // The ledger is opened, mostly in this process, while git works.
  const [ledgered, resolved] = await Promise.all([
    openAt(ledgerPlaceIn(world, repository.commonDirectory), 'create'),
    sought.value.resolving,
  ]);
  if (!ledgered.ok) return ledgered;
  await using ledger = ledgered.value;
  if (!resolved.ok) return resolved;
  if (resolved.value.dirty === true)
    world.err('Note: the work tree holds changes that no commit has; they are not judged.\n');
  const signer = await signerFor(world, options.key);
  if (!signer.ok) return signer;
  const plea = pleaFor(world, options.plea);
  if (!plea.ok) return plea;
  // Most calls name no judge: what seats one is loaded for those that do.
  const seated =
    judgeNamed(world, options) === undefined
      ? ok({})
      : await (await import('./judge-seat.ts')).judgeFor(world, options);
  if (!seated.ok) return seated;
  const given = await adjudicate(
    {
      range: resolved.value,
      plea: plea.value,
      pleaFile: async (file) => besidePlea(world, options.plea, file),
      specNamed: options.spec ?? null,
      branches: resolved.value.branches,
    },
    {
      clock: { now: world.now },
      newId: (at) => newVerdictId(at, world),
      version: packageJson.version,
      shippedPolicy: shippedPolicy(),
      repository,
      gatesFor: (references) =>
        gateRunner({
          evidenceDirectory:
            options.evidence === undefined ? null : resolve(world.directory, options.evidence),
          references,
          runGates: options.runGates ? gatesHere(world) : null,
        }),
      ledger,
      precedents: ledgerPrecedents(ledger),
      signer: signer.value,
      publisher: { announce: async () => {} },
      ...seated.value,
    },
    options.json ? () => {} : stageLines(world),
  );
  // Awaited here: repository and ledger are closed when this returns.
  if (
    given.ok &&
    options.judge !== undefined &&
    given.value.record.deliberation.judge === undefined
  )
    world.err(notAskedText(await asksForJudge(resolved.value, repository)));
  return given;
}

/** Whether the policy of the target has a judge; a law that was just judged by can be read. */
async function asksForJudge(range: ResolvedRange, repository: OpenedRepository): Promise<boolean> {
  const law = await repository.law(range);
  const reading = law.ok ? readLawPolicy(law.value, shippedPolicy()) : law;
  return !reading.ok || reading.value.policy.judge !== null;
}

/** Gates run on this machine, in the strongest sandbox it has. */
export function gatesHere(world: World) {
  return {
    repository: world.directory,
    cores: availableParallelism(),
    sandbox: async () => {
      const [{ isolationOf }, { readHost }] = await Promise.all([
        import('../adapters/sandbox/strongest.ts'),
        import('../adapters/sandbox/host.ts'),
      ]);
      return isolationOf(await readHost(), toolFolders(world.env));
    },
  };
}

/** The key that signs; a first key is made and said, so that a newcomer gets a signed record at once. */
export async function signerFor(
  world: World,
  keyFile: string | undefined,
): Promise<Result<Signer, KeyFault>> {
  const signer = await localSigner({
    env: world.env,
    keyFile: keyFile ?? null,
    directory: world.directory,
    now: world.now(),
    create: true,
  });
  if (signer.ok && signer.value.madeNow)
    world.err(
      `Note: made a signing key for this machine, ${signer.value.keyId.slice(0, 12)}; it is untrusted\nuntil .caws/trusted-keys.yaml of the target names it: arbiter keys show\n`,
    );
  return signer;
}

function pleaFor(
  world: World,
  file: string | undefined,
): Result<PleaSource | null, FileUnreadable> {
  if (file === undefined) return ok(null);
  const path = resolve(world.directory, file);
  const read = readBoundedFile(dirname(path), basename(path), PLEA_BYTES_MAX);
  if (read.ok)
    return ok({ kind: 'file', file, text: Buffer.from(read.value.bytes).toString('utf8') });
  const { kind, detail } = read.fault;
  const why = kind === 'absent' ? {} : { reason: detail };
  return fail({
    kind: 'file-unreadable',
    file,
    option: '--plea',
    folder: world.directory,
    ...why,
  });
}

/** A file that the plea names, below the plea's own folder; null where there is none to be read. */
function besidePlea(world: World, plea: string | undefined, file: string): string | null {
  if (plea === undefined) return null;
  const folder = dirname(resolve(world.directory, plea));
  const read = readBoundedFile(folder, file, DIFF_BYTES_MAX);
  return read.ok ? Buffer.from(read.value.bytes).toString('utf8') : null;
}
