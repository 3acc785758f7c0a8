import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { descriptionNaming } from '../../src/5-publication/merge-message.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import type { HeardPull } from './heard-pull.ts';

/**
 * Names a verdict that lets its head pass in the description, where a merge queue takes the text of its
 * commit from. Before the check says so: the queue may take it the moment the check does.
 */
export async function describe(
  { rules, live, forge, lease }: HeardPull,
  record: VerdictRecord,
): Promise<Result<void, ForgeFault>> {
  // A rebase writes no message of its own; there the note names the verdict.
  if (rules.queue === null || rules.queue === 'rebase') return ok(undefined);
  if (record.verdict !== 'PASS' || record.mode !== 'enforce') return ok(undefined);
  if (isNamed(live.body, record)) return ok(undefined);
  // Asked once more just before: whoever writes there meanwhile must not lose a word.
  const now = await forge.pull(live.number);
  if (!now.ok) return now;
  if (now.value === null || isNamed(now.value.body, record) || !lease.stillHeld())
    return ok(undefined);
  const body = descriptionNaming(now.value.body, record.id) ?? now.value.body;
  const written = await forge.setBody(live.number, body);
  // One that is too long to take a line more, or may not be written: the note names the verdict.
  return !written.ok && written.fault.kind === 'forge-refused' ? ok(undefined) : written;
}

/** Whether nothing is to be written: it stands there, or the author names one that would contradict it. */
function isNamed(body: string, { id }: VerdictRecord): boolean {
  const named = descriptionNaming(body, id);
  return named === null || named === body;
}
