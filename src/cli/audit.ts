import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type Audit, auditCounts } from '../4-verdict/audited.ts';
import { auditJson, auditText } from '../5-publication/audit-words.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import { auditLine, LINE_COMMITS_MAX } from '../adapters/audit/audit-line.ts';
import { type BranchKeys, branchKeys, namedKeys } from '../adapters/audit/branch-keys.ts';
import { type Landings, openLandings } from '../adapters/git/landings.ts';
import { textOfPlain, whyUnread } from '../adapters/plain-file.ts';
import { readTrustedKeys } from '../caws/trusted-keys.ts';
import { type CommitSha, fail, ok, type Result } from '../primitives.ts';
import { auditRange } from './audit-range.ts';
import { ledgerPlace, openAt } from './ledger-place.ts';
import { page } from './page.ts';
import { paintFor } from './stage-lines.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

interface AuditOptions {
  readonly ledger?: string;
  readonly trust?: string;
  readonly ref?: string;
  readonly last?: number;
  readonly formerName: readonly string[];
  readonly json?: boolean;
}

const examples = `
Examples:
  arbiter audit                            the whole line of the default branch
  arbiter audit v1.0..origin/main          what landed since a tag
  arbiter audit --last 20 --json           the newest commits, for a program
  arbiter audit --ledger FILE --trust FILE  with the ledger of the app, and keys you named

Each commit on the first-parent line is held against the verdict that its message or its note
(refs/notes/caws) names: record, signature, chain, key, and the merge tried again.
Notes come with: git fetch origin refs/notes/caws:refs/notes/caws
The policy of the organization that a record names is held against its case file; whether it had
changed between a verdict and its landing is not known here, where that repository is not.

Exit codes: 0 all of it holds, 1 a commit is unverified, 6 ledger or signature broken.`;

/** `arbiter audit [RANGE]`. */
export function command(world: World): Command {
  return new Command('audit')
    .description('prove by which verdicts the commits of a branch landed')
    .argument('[range]', 'A..B, or a branch (default: the default branch, from its beginning)')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--trust <file>', "trusted keys (default: the branch's .caws/trusted-keys.yaml)")
    .option('--ref <ref>', 'the branch whose verdicts count, e.g. refs/heads/main')
    .option('--last <n>', 'only the newest so many commits', countOf)
    .option('--former-name <name>', 'what the repository was called before; repeatable', also, [])
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (range: string | undefined, options: AuditOptions) => {
      const audited = await audit(world, range, options);
      if (!audited.ok) return stop(world, audited.fault, options.json === true);
      say(world, audited.value, options);
    });
}

function say(world: World, audited: Audit, options: AuditOptions): void {
  const ledger = options.ledger ?? null;
  if (options.json) world.out(`${JSON.stringify(auditJson(audited, ledger))}\n`);
  else page(world, auditText(audited, paintFor(world), ledger));
  const { broken, unverified } = auditCounts(audited);
  world.finish(broken > 0 ? exits.ledgerBroken : unverified > 0 ? exits.fail : exits.pass);
}

async function audit(
  world: World,
  named: string | undefined,
  options: AuditOptions,
): Promise<Result<Audit, AnyFault>> {
  const opened = await openLandings(world.directory, world.env);
  if (!opened.ok) return opened;
  using landings = opened.value;
  const range = await auditRange(world, named);
  if (!range.ok) return range;
  const ref = options.ref ?? range.value.ref;
  if (ref === null) return fail({ kind: 'branch-unnamed', revision: named ?? '' });
  const keys = keysFor(world, landings, range.value.until, options.trust);
  if (!keys.ok) return keys;
  const place = await ledgerPlace(world, options.ledger);
  if (!place.ok) return place;
  const ledgered = await openAt(place.value, 'read');
  if (!ledgered.ok) return ledgered;
  await using ledger = ledgered.value;
  // Awaited here: repository and ledger are closed when this returns.
  return await auditLine({
    landings,
    ledger,
    keys: keys.value,
    ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`,
    formerNames: options.formerName,
    since: range.value.since,
    until: range.value.until,
    countMax: options.last ?? LINE_COMMITS_MAX,
  });
}

function keysFor(
  world: World,
  landings: Landings,
  tip: CommitSha,
  trust: string | undefined,
): Result<BranchKeys, AnyFault> {
  if (trust === undefined) return ok(branchKeys(landings, tip));
  let text: string;
  try {
    text = textOfPlain(resolve(world.directory, trust));
  } catch (error) {
    return fail({
      kind: 'file-unreadable',
      file: trust,
      option: '--trust',
      folder: world.directory,
      ...whyUnread(error),
    });
  }
  const read = readTrustedKeys({ file: trust, text });
  return read.ok
    ? ok(namedKeys(read.value.keys))
    : fail({ kind: 'law-invalid', document: read.fault });
}

const also = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d{1,6}$/.test(text) || count === 0)
    throw new InvalidArgumentError('a whole number from 1 to 999999.');
  return count;
}
