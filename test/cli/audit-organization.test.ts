/** What an audit tells of the organization's policy that a verdict was judged by as well. */
import { expect, test } from 'vitest';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { judge } from '../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { signerOf } from '../../src/adapters/keys/private-key.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { envelop, IN_TOTO_PAYLOAD_TYPE } from '../../src/ledger/dsse.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import { verdictStatement } from '../../src/ledger/statement.ts';
import { verdictEntryBody } from '../../src/ledger/verdict-entry.ts';
import type { CommitSha, Instant, Result, VerdictId } from '../../src/primitives.ts';
import { policy } from '../stories/documents.ts';
import { arbiter } from '../stories/people.ts';
import { Branch, trailer } from './audit-kit.ts';

const theirs = policy();
const commit = 'c'.repeat(40) as CommitSha;
const organization = {
  repository: 'acme/.github',
  commit,
  policy: { file: 'acme/.github/.caws/policy.yaml', text: theirs },
};

function given<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

/**
 * The newest verdict once more, judged by the organization's policy as well, and signed by the arbiter itself.
 *
 * @param alter what whoever holds the arbiter's key makes of the record before it is signed.
 */
async function judgedByBoth(
  branch: Branch,
  id: string,
  alter: (record: VerdictRecord) => VerdictRecord = (record) => record,
): Promise<void> {
  const { ledgerFile: file } = branch.story;
  const opened = await openLedger({ file, anchors: [], access: 'create' });
  await using ledger = given(opened);
  const { caseDigest: own } = await branch.story.record();
  const bytesOf = given(await ledger.blob(own));
  const alone = JSON.parse(Buffer.from(bytesOf ?? '').toString()) as CaseFile;
  const text = given(canonicalJson({ ...alone, law: { ...alone.law, organization } }));
  const caseDigest = sha256Of(text);
  const judged = judge(JSON.parse(text) as CaseFile, { id: id as VerdictId, caseDigest });
  const record = alter(given(judged));
  const digest = sha256Of(given(canonicalJson(record)));
  const { subject, law, tool } = record;
  const { repository, baseRef, base, head, headTree } = subject;
  const { name, version } = tool;
  const statement = verdictStatement({
    ...{ verdictId: record.id, verdict: record.verdict, decidedAt: record.decidedAt },
    ...{ repository, baseRef, base, head, headTree, record: digest, caseFile: caseDigest },
    ...{ policy: { uri: `${repository}#${law.policy.file}`, digest: law.policy.digest } },
    tool: { name, version },
  });
  const signer = given(signerOf(arbiter.privateKey, undefined, 'memory'));
  const body = verdictEntryBody(record, digest, envelop(IN_TOTO_PAYLOAD_TYPE, statement, signer));
  const blobs = [{ digest: caseDigest, bytes: Buffer.from(text) }];
  const at = Date.parse(record.decidedAt) as Instant;
  given(await ledger.append({ at, kind: 'verdict', about: record.id, body, blobs }, signer));
}

const another: VerdictId = '0199a3f2-0000-7000-8000-00000000000b' as VerdictId;

test('it is shown by commit and digest, and a record that names another one than it was judged by is a finding', async () => {
  using branch = new Branch();
  const first = await branch.passed();
  const id = '0199a3f2-0000-7000-8000-00000000000a';
  await judgedByBoth(branch, id);
  branch.squash(first.name, trailer(id));
  const digest = textDigest(theirs);
  const { newest } = await branch.audit();
  expect(newest).toMatchObject({
    state: 'verified',
    organization: { repository: 'acme/.github', commit, digest },
  });
  const page = await branch.shows();
  expect(page.out).toContain(`policy of acme/.github as well,\n    ${digest.slice(0, 19)}`);
  expect(page.out).toContain(commit.slice(0, 12));

  const second = await branch.passed();
  await judgedByBoth(branch, another, ({ law, ...record }) => {
    const { organization: named, ...rest } = law;
    if (named === undefined) throw new Error('judged by one policy alone');
    return { ...record, law: { ...rest, organization: { ...named, digest: textDigest('') } } };
  });
  branch.squash(second.name, trailer(another));
  const audited = await branch.audit();
  expect(audited.newest).toMatchObject({
    state: 'unverified',
    fault: 'organization-policy-differs',
    next: `arbiter verdict show ${another}`,
  });
  expect(audited.code).toBe(1);
});
