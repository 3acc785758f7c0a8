import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { canonicalJson } from '../ledger/canonical.ts';
import { envelop, IN_TOTO_PAYLOAD_TYPE } from '../ledger/dsse.ts';
import { sha256Of } from '../ledger/entry.ts';
import { type VerdictFacts, verdictStatement } from '../ledger/statement.ts';
import { verdictEntryBody } from '../ledger/verdict-entry.ts';
import { type Digest, fail, ok, type Result } from '../primitives.ts';
import type { Adjudicated, CycleFault, Step, World } from './world.ts';

/** Stage 5: the entry first, then the word. */
export async function publish(
  record: VerdictRecord,
  caseBlob: { readonly digest: Digest; readonly bytes: Uint8Array },
  world: World,
  watch: (step: Step) => void,
): Promise<Result<Adjudicated, CycleFault>> {
  const canonical = canonicalJson(record);
  if (!canonical.ok) return fail({ kind: 'not-canonical' });
  const recordDigest = sha256Of(canonical.value);
  const statement = verdictStatement(factsOf(record, recordDigest));
  const envelope = envelop(IN_TOTO_PAYLOAD_TYPE, statement, world.signer);
  const body = verdictEntryBody(record, recordDigest, envelope);
  const entry = await world.ledger.append(
    {
      at: world.clock.now(),
      kind: 'verdict',
      about: record.id,
      body,
      blobs: [caseBlob],
    },
    world.signer,
  );
  if (!entry.ok) return entry;
  watch({ kind: 'published', entry: entry.value, at: world.clock.now() });
  await world.publisher.announce(record, entry.value);
  return ok({ record, envelope, entry: entry.value });
}

/** What the signed statement says of a record. */
function factsOf(record: VerdictRecord, recordDigest: Digest): VerdictFacts {
  const { subject, law } = record;
  return {
    verdictId: record.id,
    verdict: record.verdict,
    decidedAt: record.decidedAt,
    repository: subject.repository,
    baseRef: subject.baseRef,
    base: subject.base,
    head: subject.head,
    headTree: subject.headTree,
    policy: { uri: `${subject.repository}#${law.policy.file}`, digest: law.policy.digest },
    record: recordDigest,
    caseFile: record.caseDigest,
    tool: { name: record.tool.name, version: record.tool.version },
  };
}
