import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { floorOf } from '../../src/2-examination/waiver-bounds.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { WAIVER_EVENT_SCHEMA, type WaiverRequested } from '../../src/4-verdict/waivers/event.ts';
import { signEvent, waiverIdOf } from '../../src/4-verdict/waivers/open-event.ts';
import type { WaiverRefusal } from '../../src/caws/findings.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import { readPublicKey } from '../../src/ledger/key.ts';
import { type Instant, isoOf } from '../../src/primitives.ts';
import { type Defence, forEvery, mustCatch, mustEqual, mustPass, type Row } from './row.ts';
import { gitEnv, judged, lines, NOW, newYard, POLICY, type Yard } from './yard.ts';

interface Person {
  readonly keyId: string;
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

function person(): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    keyId: readPublicKey(text)?.id ?? '',
    publicKey: text,
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

const worker = person();
const approver = person();
const second = person();
const hour = 3_600_000;
const at = (offsetMs: number) => isoOf((NOW + offsetMs) as Instant);

/** One line of `.caws/trusted-keys.yaml`. */
const keyOf = (key: Person, holder: string, more = '', role = 'maintainer', id = 'k'): string =>
  `  - { id: ${id}-${key.keyId.slice(0, 6)}, algorithm: ed25519, publicKey: ${key.publicKey}, role: ${role}, holder: '${holder}', validFrom: 2026-01-01T00:00:00Z${more} }\n`;
const keysFile = (...keys: readonly string[]) =>
  `version: 1\nkeys:${keys.length === 0 ? ' []' : ''}\n${keys.join('')}`;

/** What differs between an honest grant and an attack on it. */
interface Grant {
  readonly keys?: string;
  /** The trusted keys when the change is judged, where they changed after the approval. */
  readonly keysLater?: string;
  readonly policy?: string;
  readonly policyLater?: string;
  readonly author?: { readonly name: string; readonly email: string };
  readonly committerEmail?: string;
  readonly message?: string;
  readonly approvers?: readonly Person[];
  readonly request?: Partial<WaiverRequested>;
  readonly judgedAt?: Instant;
  /** Lines added after the approval. */
  readonly grows?: number;
  /** Another branch of the same state to aim the change at. */
  readonly target?: string;
}

/** A change over its budget, a request of its author, approvals, and the verdict after them. */
async function granted(grant: Grant): Promise<VerdictRecord> {
  using yard = newYard();
  const law = (policy: string | undefined, keys: string | undefined) => ({
    '.caws/policy.yaml': policy ?? POLICY,
    '.caws/trusted-keys.yaml': keys ?? keysFile(keyOf(approver, '@mia'), keyOf(second, '@noor')),
  });
  yard.onBase(law(grant.policy, grant.keys));
  write(yard, grant, 300, 'src/cart.ts');
  const range = 'main...feature';
  const request = requestOf(await judged(yard, { range, at: (NOW - 3 * hour) as Instant }), grant);
  const waiverEvents = eventsOf(request, grant.approvers ?? [approver]);
  if (grant.grows !== undefined) write(yard, grant, grant.grows, 'src/more.ts');
  if (grant.keysLater !== undefined || grant.policyLater !== undefined) {
    yard.git('checkout', '-q', 'main');
    const changed = law(grant.policyLater ?? grant.policy, grant.keysLater ?? grant.keys);
    for (const [path, text] of Object.entries(changed)) yard.write(path, text);
    yard.commit('law changes');
    yard.git('checkout', '-q', 'feature');
  }
  if (grant.target !== undefined) yard.git('branch', grant.target, 'main');
  return await judged(yard, {
    waiverEvents,
    range: `${grant.target ?? 'main'}...feature`,
    ...(grant.judgedAt === undefined ? {} : { at: grant.judgedAt }),
  });
}

function write(
  yard: Yard,
  { author, committerEmail, message }: Grant,
  count: number,
  path: string,
) {
  yard.write(path, lines(count));
  yard.git('add', '-A');
  const name = author?.name ?? 'Ada Worker';
  const email = author?.email ?? 'ada@example.org';
  yard.gitWith(
    {
      input: message ?? 'change',
      env: {
        ...gitEnv,
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_COMMITTER_EMAIL: committerEmail ?? email,
      },
    },
    ...['commit', '-q', '--cleanup=verbatim', '-F', '-'],
  );
}

function requestOf(record: VerdictRecord, { request }: Grant): WaiverRequested {
  const found = mustCatch(record, 'WAIVER_REQUIRED', 'budget.lines');
  const floors = record.examination.findings
    .filter(({ gate, standing }) => gate === found.gate && standing === 'needs-waiver')
    .flatMap((finding) => floorOf(finding) ?? []);
  const { spec, policy } = record.law;
  const content: Omit<WaiverRequested, 'waiver'> = {
    schema: WAIVER_EVENT_SCHEMA,
    event: 'requested',
    at: at(-2 * hour),
    requestedBy: '@ada',
    requesterKey: worker.publicKey,
    gate: 'budget_limit',
    floors,
    spec: spec === null ? null : { id: spec.id, digest: spec.digest },
    policy: policy.digest,
    repository: record.subject.repository,
    baseRef: record.subject.baseRef,
    branch: record.subject.branches[0] ?? null,
    head: record.subject.head,
    verdict: record.id,
    expiresAt: at(48 * hour),
    reason: 'the adapter goes away with the next release',
    ...request,
  };
  return { ...content, waiver: waiverIdOf(content) };
}

function eventsOf(request: WaiverRequested, approvers: readonly Person[]): readonly string[] {
  const text = canonicalJson(request);
  if (!text.ok) throw new Error(text.fault.path);
  const approval = {
    schema: WAIVER_EVENT_SCHEMA,
    event: 'approved',
    waiver: request.waiver,
    request: sha256Of(text.value),
    at: at(-hour),
  } as const;
  return [signEvent(request, worker), ...approvers.map((key) => signEvent(approval, key))].map(
    (envelope) => JSON.stringify(envelope),
  );
}

interface GrantAttack<Input> extends Pick<Row, 'id' | 'name'> {
  readonly defence: Defence;
  readonly attack: Grant;
  /** Why the waiver does not count; null where its events are not even a waiver. */
  readonly because: WaiverRefusal['because'] | null;
  readonly inputs: fc.Arbitrary<Input>;
  readonly runs: number;
  readonly variant: (input: Input) => Grant;
  readonly control?: Grant;
}

function grantRow<Input>(given: GrantAttack<Input>): Row {
  const caught = async (grant: Grant) => {
    const found = mustCatch(await granted(grant), 'WAIVER_REQUIRED', 'budget.lines');
    const reasons = found.waiversRefused.map(({ because }) => because);
    return reasons[0] ?? null;
  };
  return {
    id: given.id,
    name: given.name,
    expected: `WAIVER_REQUIRED budget.lines; the waiver is refused: ${given.because ?? 'no approval counts'}`,
    defence: given.defence,
    async holds() {
      mustPass(await granted(given.control ?? {}));
      mustEqual(await caught(given.attack), given.because, 'why the waiver does not count');
    },
    variants: () =>
      forEvery(given.runs, given.inputs, async (input) => {
        await caught(given.variant(input));
      }),
  };
}

const miaMail = fc.constantFrom(
  'mia@example.org',
  '77+mia@users.noreply.github.com',
  'MIA@example.org',
  'mia+work@example.org',
);
const grounds = 'src/2-examination/waiver-grounds.ts';

/** Waivers granted by the wrong person, for something else, or for too long. */
export const grantingRows: readonly Row[] = [
  grantRow({
    id: 'A1',
    name: 'the author approves the own waiver',
    defence: {
      file: grounds,
      from: 'if (shareName(names, involved) ||',
      to: 'if (',
    },
    attack: { author: { name: 'Mia', email: '77+mia@users.noreply.github.com' } },
    because: 'approver-is-author',
    runs: 4,
    inputs: miaMail,
    variant: (email) => ({ author: { name: 'M', email } }),
  }),
  grantRow({
    id: 'A2',
    name: 'an approver who co-wrote or committed it',
    defence: {
      file: 'src/2-examination/examine.ts',
      from: '    ...commit.coAuthors,\n',
      to: '',
    },
    attack: { message: 'change\n\nCo-authored-by: Mia <mia@example.org>\n' },
    because: 'approver-is-author',
    runs: 4,
    inputs: fc.record({
      email: miaMail,
      key: fc.constantFrom('co-authored-BY', 'Co-developed-by', 'Signed-off-by'),
      place: fc.constantFrom('last', 'first', 'committer', 'after-rule'),
    }),
    variant: ({ email, key, place }) => {
      const line = `${key}: Mia <${email}>`;
      if (place === 'committer') return { committerEmail: email };
      if (place === 'first') return { message: `change\n\n${line}\n\nmore words after it\n` };
      if (place === 'after-rule') return { message: `change\n---\n${line}\n` };
      return { message: `change\n\nwords\n\n${line}\n` };
    },
  }),
  grantRow({
    id: 'A4',
    name: 'a robot as approver, or one person with two keys',
    defence: { file: grounds, from: 'if (isNobody(approval.by) ||', to: 'if (' },
    control: { policy: POLICY.replace("['@mia', '@noor']", '[]') },
    attack: {
      policy: POLICY.replace("['@mia', '@noor']", '[]'),
      keys: keysFile(keyOf(approver, '@release[bot]')),
    },
    because: 'approver-unverified',
    runs: 4,
    inputs: fc.oneof(
      fc.constantFrom('@dependabot[bot]', '@github-actions', '@x[bot]', '@web-flow'),
      fc.constant(null),
    ),
    variant: (robot) =>
      robot === null
        ? {
            policy: POLICY.replace("'@noor'] }", "'@noor'], min_approvers: 2 }"),
            keys: keysFile(keyOf(approver, '@mia'), keyOf(second, '@Mia')),
            approvers: [approver, second],
          }
        : {
            policy: POLICY.replace("['@mia', '@noor']", '[]'),
            keys: keysFile(keyOf(approver, robot)),
          },
  }),
  grantRow({
    id: 'A16',
    name: 'an approver who lost the right after granting',
    defence: {
      file: 'src/4-verdict/waiver-events.ts',
      from: 'const key = maintainerFault(signer, keyId, at) ?? maintainerFault(signer, keyId, now);',
      to: 'const key = signer === undefined ? maintainerFault(signer, keyId, at) : undefined;',
    },
    attack: {
      keysLater: keysFile(
        keyOf(approver, '@mia', ", revoked: { at: '2026-11-23T11:30:00Z', reason: left the team }"),
      ),
    },
    because: 'not-granted',
    runs: 4,
    inputs: fc.constantFrom(
      keysFile(keyOf(second, '@noor')),
      keysFile(),
      keysFile(keyOf(approver, '@mia', '', 'arbiter')),
      keysFile(keyOf(approver, '@mia', ', validUntil: 2026-11-23T11:30:00Z')),
      keysFile(keyOf(approver, '@zoe')),
    ),
    variant: (keysLater) => ({ keysLater }),
  }),
  grantRow({
    id: 'A22',
    name: 'a waiver at its very end',
    defence: {
      // Its own end is asked for twice; the policy's longest time once.
      file: 'src/2-examination/waiver-grounds.ts',
      from: 'until: Math.min(waiver.expiresAt, Math.min(...dated) + longestMs),',
      to: 'until: waiver.expiresAt,',
    },
    control: { judgedAt: (NOW + 48 * hour - 1) as Instant },
    attack: { judgedAt: (NOW + 48 * hour) as Instant },
    because: 'expired',
    runs: 4,
    inputs: fc.oneof(
      fc.integer({ min: 0, max: 400 * 24 * hour }).map((later) => ({
        judgedAt: (NOW + 48 * hour + later) as Instant,
      })),
      // Longer than the policy's 30 days: the policy ends it.
      fc.integer({ min: 32, max: 300 }).map((days) => ({
        request: { expiresAt: at(days * 24 * hour) },
        judgedAt: (NOW + 31 * 24 * hour) as Instant,
      })),
    ),
    variant: (grant) => grant,
  }),
  grantRow({
    id: 'B27',
    name: 'granted against one branch, aimed at another',
    defence: {
      file: 'src/4-verdict/hearing.ts',
      from: '    change.baseRef,\n  ).waivers;',
      to: '  ).waivers;',
    },
    attack: { target: 'release' },
    because: null,
    runs: 3,
    inputs: fc.stringMatching(/^[a-z]{3,9}\/[a-z0-9]{1,9}$/),
    variant: (target) => ({ target }),
  }),
  grantRow({
    id: 'B31b',
    name: 'a waiver of an older policy or spec',
    defence: {
      file: grounds,
      from: "if (differs(scope.policyDigest, grounds.policyDigest)) return refused('policy-changed');",
      to: '',
    },
    attack: { policyLater: `${POLICY}# stricter now\n` },
    because: 'policy-changed',
    runs: 3,
    inputs: fc.constantFrom(
      { policyLater: POLICY.replace('max_loc: 200', 'max_loc: 150') },
      { policyLater: `${POLICY}history: net\n` },
      { policyLater: POLICY.replace("'@noor'", "'@zoe'") },
    ),
    variant: (grant) => grant,
  }),
  grantRow({
    id: 'B23',
    name: 'more is pushed after the approval',
    defence: {
      file: 'src/2-examination/waiver-bounds.ts',
      from: 'if (measured > limit) return value <= bound;',
      to: 'if (measured > limit) return true;',
    },
    attack: { grows: 1 },
    because: 'worse-than-floor',
    runs: 3,
    inputs: fc.integer({ min: 1, max: 400 }),
    variant: (grows) => ({ grows }),
  }),
];
