import type { Change } from '../1-pleading/change.ts';
import { compareChangeDiff } from '../1-pleading/change-diff.ts';
import { noPlea, type PleaSource, readPlea } from '../1-pleading/plea.ts';
import type { DiffComparison, OpenedCase } from '../4-verdict/case.ts';
import { RULE_SET } from '../caws/rules.ts';
import { type Instant, ok, type Result } from '../primitives.ts';
import type { CycleFault, Request, World } from './world.ts';

/** Stage 1: everything that is to be known of the change, its law and its plea, before it is judged. */
export async function plead(
  request: Request,
  world: Pick<World, 'repository' | 'precedents' | 'version' | 'shippedPolicy'>,
  at: Instant,
): Promise<Result<OpenedCase, CycleFault>> {
  const { range } = request;
  const [change, law, messages] = await Promise.all([
    world.repository.measure(range),
    world.repository.law(range),
    request.plea === null ? world.repository.messages(range) : ok([]),
  ]);
  if (!change.ok) return change;
  if (!law.ok) return law;
  if (!messages.ok) return messages;
  const precedents = await world.precedents.known(
    range,
    law.value,
    request.branches,
    change.value.commits.map(({ sha }) => sha),
    at,
  );
  if (!precedents.ok) return precedents;
  const plea = pleaOf(request.plea ?? { kind: 'commit-messages', messages: messages.value });
  const diff = await compareDiff(plea, change.value, request, world);
  if (!diff.ok) return diff;
  return ok({
    schema: 'caws-arbiter/case@1',
    recordForm: 2,
    tool: { version: world.version, rules: RULE_SET },
    at,
    change: change.value,
    law: law.value,
    shipped: world.shippedPolicy,
    ...plea.read,
    diff: diff.value,
    specNamed: request.specNamed,
    branches: request.branches,
    ...precedents.value,
  });
}

/** A plea that cannot be read is a doubt that people decide, not a reason to say nothing. */
function pleaOf(source: PleaSource): {
  readonly read: Pick<OpenedCase, 'plea' | 'pleaSigns' | 'pleaFault'>;
  readonly diffFile: string | null;
} {
  const reading = readPlea(source);
  if (!reading.ok)
    return { read: { plea: noPlea, pleaSigns: [], pleaFault: reading.fault }, diffFile: null };
  const { plea, signs, diffFile } = reading.value;
  return { read: { plea, pleaSigns: signs, pleaFault: null }, diffFile };
}

/** Holds a worker's change.diff against the objects; one that is named and cannot be read differs. */
async function compareDiff(
  { read, diffFile }: ReturnType<typeof pleaOf>,
  change: Change,
  request: Request,
  world: Pick<World, 'repository'>,
): Promise<Result<DiffComparison, CycleFault>> {
  const text = diffFile === null ? read.plea.changeDiff : await request.pleaFile(diffFile);
  if (text === null)
    return ok(
      diffFile === null
        ? { kind: 'absent' }
        : { kind: 'differs', path: diffFile, what: 'the file cannot be read' },
    );
  const wanted = change.files.flatMap(({ blobBefore }) =>
    blobBefore === null ? [] : [blobBefore],
  );
  const blobs = await world.repository.blobs(wanted);
  if (!blobs.ok) return blobs;
  const before = new Map(
    change.files.map((file) => [
      file.pathBefore ?? file.path,
      file.blobBefore === null ? undefined : blobs.value.get(file.blobBefore),
    ]),
  );
  const compared = compareChangeDiff({
    diff: text,
    change,
    blobsBefore: (path) => before.get(path),
  });
  if (compared.ok) return ok({ kind: 'equal' });
  const { path, what, detail } = compared.fault;
  return ok({ kind: 'differs', path: path ?? 'change.diff', what: `${what} ${detail}`.trim() });
}
