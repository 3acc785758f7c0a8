import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type PatchFault, refused } from '../1-pleading/candidate-patch.ts';
import { DIFF_CHARACTERS_MAX } from '../1-pleading/change-diff.ts';
import { PLEA_CHARACTERS_MAX, type PleaSource } from '../1-pleading/plea.ts';
import type { NoRange } from '../5-publication/arbitration-faults.ts';
import { type AnyFault, faultWords } from '../5-publication/fault-words.ts';
import { workerRefusedText } from '../5-publication/worker-words.ts';
import { readBoundedFile } from '../adapters/gates/bounded-file.ts';
import { gateRunner } from '../adapters/gates/gate-runner.ts';
import { rangeOfPatch } from '../adapters/git/candidate-range.ts';
import type { OpenedRepository } from '../adapters/git/repository.ts';
import type { CandidateRequest } from '../arbitration/arbitrate.ts';
import type { ResolvedRange } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import type { Branch } from './branch.ts';
import { gatesHere } from './verify-hearing.ts';
import type { WrittenPatch } from './worker-patches.ts';
import type { World } from './world.ts';

/** A character of UTF-8 has at most four bytes; the readers count characters. */
const PATCH_BYTES_MAX = 4 * DIFF_CHARACTERS_MAX;
const PLEA_BYTES_MAX = 4 * PLEA_CHARACTERS_MAX;
const PLEA_FILE = 'plea.yaml';

/** Whether a name is a patch's file; a revision that ends like one is written `refs/…`. */
const isPatchFile = (name: string): boolean =>
  /\.(?:patch|diff)$/.test(name) && !name.startsWith('refs/');

/**
 * Looks every candidate up, applies the patches among them, and reads what each pleads. Nothing is
 * judged yet.
 *
 * @param besideEach a folder that holds `1`, `2`, …: for each candidate its plea and reports.
 */
export async function candidatesNamed(
  named: readonly (string | WrittenPatch)[],
  {
    target,
    spec,
    besideEach,
    runGates,
  }: {
    readonly target: Branch;
    readonly spec: string;
    readonly besideEach: string | null;
    readonly runGates: boolean;
  },
  repository: OpenedRepository,
  world: World,
): Promise<Result<readonly CandidateRequest[], AnyFault>> {
  const found: CandidateRequest[] = [];
  const submittedAt = world.now();
  for (const [at, source] of named.entries()) {
    const name = typeof source === 'string' ? source : source.name;
    const range = await rangeOf(source, target, repository, world);
    const looked = range.ok ? lookedAt(range.value, name, target, found) : range;
    if (!looked.ok && typeof source !== 'string' && isOfPatch(looked.fault)) {
      // A worker that writes nonsense stops nobody else.
      world.err(workerRefusedText(name, faultWords(looked.fault).text));
      continue;
    }
    if (!looked.ok) return looked;
    const own = besideEach === null ? null : join(besideEach, String(at + 1));
    const folder = own !== null && existsSync(own) ? own : null;
    found.push({
      name,
      // One command hands all of them in: none was there before another.
      submittedAt,
      gatesFor: (references) =>
        gateRunner({
          evidenceDirectory: folder,
          references,
          runGates: runGates ? gatesHere(world) : null,
        }),
      request: {
        range: looked.value,
        plea: folder === null ? null : pleaIn(folder),
        pleaFile: async (file) => (folder === null ? null : textIn(folder, file, PATCH_BYTES_MAX)),
        specNamed: spec,
        branches: looked.value.branches,
      },
    });
  }
  return ok(found);
}

function lookedAt(
  range: ResolvedRange,
  name: string,
  target: Branch,
  found: readonly CandidateRequest[],
): Result<ResolvedRange, AnyFault> {
  if (range.base !== target.tip) return fail({ kind: 'target-moved', target: target.name });
  const twin = found.find(({ request }) => request.range.head === range.head);
  return twin === undefined
    ? ok(range)
    : fail({ kind: 'candidate-twice', one: twin.name, other: name });
}

const isOfPatch = ({ kind }: AnyFault): boolean =>
  kind === 'candidate-patch-refused' || kind === 'candidate-twice';

const isOfRange = (fault: AnyFault): fault is NoRange =>
  ['empty-range', 'several-merge-bases', 'unrelated-histories'].includes(fault.kind);

async function rangeOf(
  source: string | WrittenPatch,
  target: Branch,
  repository: OpenedRepository,
  world: World,
): Promise<Result<ResolvedRange, AnyFault>> {
  if (typeof source === 'string' && !isPatchFile(source)) {
    const range = await repository.resolve(`${target.name}...${source}`);
    return !range.ok && isOfRange(range.fault)
      ? fail({ kind: 'candidate-without-range', name: source, fault: range.fault })
      : range;
  }
  const bytes = typeof source === 'string' ? patchIn(source, world) : ok(source.bytes);
  const made = bytes.ok ? await rangeOfPatch(bytes.value, target, repository) : bytes;
  if (made.ok) return ok(made.value.range);
  const { fault } = made;
  const file = typeof source === 'string' ? source : source.name;
  return fail(
    fault.kind === 'patch-refused' ? { kind: 'candidate-patch-refused', file, fault } : fault,
  );
}

function patchIn(file: string, world: World): Result<Uint8Array, PatchFault> {
  const path = resolve(world.directory, file);
  const read = readBoundedFile(dirname(path), basename(path), PATCH_BYTES_MAX);
  return read.ok ? ok(read.value.bytes) : refused('file', null, read.fault.detail);
}

function pleaIn(folder: string): PleaSource | null {
  const text = textIn(folder, PLEA_FILE, PLEA_BYTES_MAX);
  return text === null ? null : { kind: 'file', file: PLEA_FILE, text };
}

function textIn(folder: string, file: string, bytesMax: number): string | null {
  const read = readBoundedFile(folder, file, bytesMax);
  return read.ok ? Buffer.from(read.value.bytes).toString('utf8') : null;
}
