import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { CaseFile } from '../4-verdict/case.ts';
import { judgeUnder, type Replayed } from '../4-verdict/what-if.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import { replayJson, replayText } from '../5-publication/replay-words.ts';
import { textOfPlain, whyUnread } from '../adapters/plain-file.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import type { SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import { verdictBodyOf } from '../adapters/store-sqlite/verdict-proof.ts';
import type { LawText } from '../caws/law.ts';
import { readPolicy } from '../caws/read-policy.ts';
import { sha256Of } from '../ledger/entry.ts';
import type { LedgerEntry } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { page } from './page.ts';
import { openChosen } from './replay-ledger.ts';
import { paintFor } from './stage-lines.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

interface ReplayOptions {
  readonly policy: string;
  readonly last: number;
  readonly ledger?: string;
  readonly data?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  arbiter replay --policy new.yaml                       the last 50 verdicts of this repository
  arbiter replay acme/shop --last 200 --policy new.yaml  those that the app gave, on its machine

Every recorded case is heard again, offline, with FILE as the policy and all else as it was.
Gates that FILE plans and that nobody was asked then count as missing, and are named.
Nothing is recorded. Exit code 0 whatever would change.`;

/** `arbiter replay [OWNER/REPO]`. */
export function command(world: World): Command {
  return new Command('replay')
    .description('show which past verdicts another policy would change')
    .argument('[repository]', "OWNER/REPO among the app's ledgers (default: the repository here)")
    .requiredOption('--policy <file>', 'the policy to try')
    .option('--last <n>', 'how many verdicts, the newest first', countOf, 50)
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--data <dir>', "the app's data folder (default: ARBITER_DATA)")
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (repository: string | undefined, options: ReplayOptions) => {
      const replayed = await replay(world, repository, options);
      if (!replayed.ok) return stop(world, replayed.fault, options.json === true);
      if (options.json)
        world.out(`${JSON.stringify(replayJson(replayed.value, options.policy))}\n`);
      else page(world, replayText(replayed.value, paintFor(world)));
      world.finish(exits.pass);
    });
}

async function replay(
  world: World,
  repository: string | undefined,
  options: ReplayOptions,
): Promise<Result<readonly Replayed[], AnyFault>> {
  const policy = policyIn(world, options.policy);
  if (!policy.ok) return policy;
  const { ledger, data } = options;
  const opened = await openChosen(world, { repository, ledger, data });
  if (!opened.ok) return opened;
  await using books = opened.value;
  const entries = await books.recent(options.last, 'verdict');
  if (!entries.ok) return entries;
  const replayed: Replayed[] = [];
  for (const entry of entries.value) {
    const again = await replayOne(books, entry, policy.value);
    if (!again.ok) return again;
    replayed.push(again.value);
  }
  return ok(replayed);
}

/** A policy that cannot be read changes no verdict: it would stop every one. */
function policyIn(world: World, file: string): Result<LawText, AnyFault> {
  let text: string;
  try {
    text = textOfPlain(resolve(world.directory, file));
  } catch (error) {
    return fail({
      kind: 'file-unreadable',
      file,
      option: '--policy',
      folder: world.directory,
      ...whyUnread(error),
    });
  }
  const law = { file, text };
  const read = readPolicy(law, shippedPolicy());
  return read.ok ? ok(law) : fail({ kind: 'law-invalid', document: read.fault });
}

async function replayOne(
  ledger: SqliteLedger,
  entry: LedgerEntry,
  policy: LawText,
): Promise<Result<Replayed, AnyFault>> {
  const { sequence, about } = entry;
  const body = verdictBodyOf(entry);
  if (body === null || ledger.countAbout('verdict', about) !== 1) {
    const { file } = ledger.storage;
    return fail({ kind: 'ledger-broken', file, sequence, reason: 'verdict-repeated' });
  }
  const was = body.record;
  const blob = await ledger.blob(was.caseDigest);
  if (!blob.ok) return blob;
  if (blob.value === null) return ok({ was, outcome: { kind: 'case-gone' } });
  if (sha256Of(blob.value) !== was.caseDigest)
    return ok({ was, outcome: { kind: 'case-differs' } });
  const file = JSON.parse(Buffer.from(blob.value).toString('utf8')) as CaseFile;
  const wouldBe = judgeUnder(file, policy, was);
  if (wouldBe.ok) return ok({ was, outcome: { kind: 'judged', wouldBe: wouldBe.value } });
  return wouldBe.fault.kind === 'other-rules'
    ? ok({ was, outcome: { kind: 'other-rules', needed: wouldBe.fault.needed } })
    : wouldBe;
}

function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d{1,4}$/.test(text) || count === 0)
    throw new InvalidArgumentError('a whole number from 1 to 9999.');
  return count;
}
