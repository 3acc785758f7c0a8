import { describe, expect, test } from 'vitest';
import type { GroupFault } from '../../../src/4-verdict/group.ts';
import { checkFace } from '../../../src/5-publication/check/face.ts';
import { UNREQUIRED_NAME } from '../../../src/5-publication/check/names.ts';
import type { CheckState, GroupShown } from '../../../src/5-publication/check/state.ts';
import type { CheckFace } from '../../../src/forge.ts';
import type { Digest, ObjectId, VerdictId } from '../../../src/primitives.ts';
import { at, context, decided, glassRecord, midway, precedentNames, recordOf, sha } from './kit.ts';

/** A face as a reviewer reads it: what a list of checks shows, then what opens. */
function page(face: CheckFace, text = ''): string {
  const { name, status, conclusion, title, actions, annotations, summary } = face;
  const head = [
    `${name}: ${conclusion ?? status}`,
    title,
    ...actions.map(
      ({ label, description, identifier }) => `[${label}] ${description} (${identifier})`,
    ),
    ...annotations.map(
      (each) => `${each.level} ${each.path}:${each.startLine} ${each.title} - ${each.message}`,
    ),
  ];
  return `${head.join('\n')}\n\n${summary}\n${text === '' ? '' : `\n${text}\n`}`;
}

const states: Readonly<Record<string, CheckState>> = {
  queued: { kind: 'queued', ahead: 2, runner: 'm2-01', since: context.now },
  'in-progress': { kind: 'running', progress: midway() },
  'waiver-asked-for': decided(recordOf('coverage-below-the-tier'), {
    pending: [
      {
        id: 'W-e8156b0200abe8f8',
        gate: 'coverage',
        requestedBy: '@kim',
        reason: 'legacy adapter, removed in #418',
        expiresAt: '2027-03-08T10:00:00.000Z',
        approvals: 1,
        approvalsNeeded: 2,
      },
    ],
  }),
  'error-runner-lost': {
    kind: 'error',
    stopped: { kind: 'runner-lost', runner: 'm2-01', afterMs: 312_000 },
    stage: 'Deliberation',
    attempt: 2,
    attemptsMax: 2,
    reference: 'E-RUNNER-LOST / d4c0',
  },
  'error-law-invalid': {
    kind: 'error',
    stopped: {
      kind: 'fault',
      fault: {
        kind: 'law-invalid',
        document: {
          file: '.caws/policy.yaml',
          problems: [
            {
              rule: 'unknown-key',
              severity: 'error',
              line: 3,
              column: 1,
              message: 'unknown key "gatez"',
              hint: 'Did you mean gates?',
            },
          ],
        },
      },
    },
    stage: 'Pleading',
    attempt: 1,
    attemptsMax: 3,
    reference: 'R-1',
  },
  waiting: {
    kind: 'waiting',
    fault: {
      kind: 'forge-busy',
      doing: 'reading the comments',
      retryAt: at('2027-03-01T10:20:00Z'),
    },
    since: at('2027-03-01T10:00:00Z'),
    attempt: 3,
    againAt: at('2027-03-01T10:20:00Z'),
    deadline: at('2027-03-01T11:00:00Z'),
  },
  'broken-glass': decided(glassRecord()),
  superseded: { kind: 'superseded', by: sha('8') },
  ...groupStates(),
  'two-at-one-head': {
    kind: 'several',
    pulls: [
      {
        number: 42,
        baseBranch: 'main',
        name: context.name,
        state: decided(recordOf('coverage-that-holds')),
      },
      {
        number: 57,
        baseBranch: 'release/2',
        name: context.name,
        state: decided(recordOf('too-many-lines')),
      },
    ],
  },
};

function groupStates(): Readonly<Record<string, CheckState>> {
  const group = (shown: GroupShown) =>
    ({ kind: 'merge-group', baseBranch: 'main', shown }) as const;
  const since = at('2027-03-01T10:00:00Z');
  const wait = { kind: 'pull', pull: 57, head: sha('7') } as const;
  const waiting = { kind: 'waiting', wait, since, againAt: at('2027-03-01T10:00:30Z') } as const;
  const refused = (fault: GroupFault, isRead = true) => group(groupDecided(fault, isRead));
  return {
    'merge-group-judging': group({ kind: 'judging', since }),
    'merge-group-waiting': group({ ...waiting, deadline: at('2027-03-01T11:00:00Z') }),
    'merge-group-waited-in-vain': group({ ...waiting, deadline: at('2027-03-01T10:00:30Z') }),
    'merge-group-base-moved': group({
      ...waiting,
      wait: { kind: 'base', tip: sha('b') },
      deadline: at('2027-03-01T11:00:00Z'),
    }),
    'merge-group-dropped': group({ kind: 'dropped' }),
    'merge-group-passes': group(groupDecided(null)),
    'merge-group-foreign': refused(
      { kind: 'foreign-commit', commit: sha('e'), tree: oid('f'), tried: 2 },
      false,
    ),
    'merge-group-tree': refused(
      {
        ...{ kind: 'tree-differs', pull: 57, head: sha('7'), commit: sha('e') },
        ...{ tree: oid('f'), expected: oid('9') },
      },
      false,
    ),
    'merge-group-fails': refused({
      ...{ kind: 'does-not-pass', pull: 57, onto: sha('c'), verdict: 'FAIL' },
      finding: recordOf('outside-scope').examination.findings[0] ?? null,
    }),
    'merge-group-heard-otherwise': refused({
      ...{ kind: 'heard-otherwise', pull: 57, onto: sha('c') },
      verdict: '019b1d2e-8a00-7000-8000-000000000057' as VerdictId,
    }),
    'merge-group-together': refused({
      ...{ kind: 'together', pull: 57, rule: 'path.collision' },
      ...{ made: 'src/cart/Total.ts', beside: 'src/cart/total.ts' },
    }),
    'merge-group-gate': refused({ kind: 'gate', gate: 'tests', detail: 'test never reported' }),
    'merge-group-unproven': refused({
      ...{ kind: 'would-not-be-proven', pull: 57, commit: sha('e') },
      ...{ verdict: null, fault: 'several-verdicts-named' },
    }),
  };
}

function oid(letter: string): ObjectId {
  return letter.repeat(40) as ObjectId;
}

function groupDecided(fault: GroupFault | null, isRead = true): GroupShown {
  const member = (pull: number, letter: string) => ({
    ...{ pull, head: sha(letter), onto: sha('b'), commit: sha('c'), tree: oid('d') },
    way: 'squash' as const,
    verdict: `019b1d2e-8a00-7000-8000-0000000000${pull}` as VerdictId,
  });
  return {
    kind: 'decided',
    entry: { sequence: 118, digest: `sha256:${'4'.repeat(64)}` as Digest },
    record: {
      ...{ schema: 'caws-arbiter/group@1', outcome: fault === null ? 'PASS' : 'FAIL' },
      id: '019b1d2e-8a00-7000-8000-000000000099' as VerdictId,
      ...{ decidedAt: '2027-03-01T10:00:00.000Z', baseRef: 'refs/heads/main' },
      ...{ base: sha('b'), head: sha('e'), tree: oid('f'), fault, validUntil: null },
      members: isRead ? [member(42, '4'), member(57, '7')] : [],
    },
  };
}

// A face that reads otherwise than it did is a reviewed difference of one of these files.
describe('each decided case is shown as it was when somebody read it', () => {
  test.each(precedentNames)('%s', async (name) => {
    const face = checkFace(decided(recordOf(name)), context);
    await expect(page(face)).toMatchFileSnapshot(`faces/${name}.md`);
  });
});

test('a check that no branch requires says how one is made to', async () => {
  const state = decided(recordOf('within-budget-and-scope'));
  const face = checkFace(state, { ...context, name: UNREQUIRED_NAME });
  await expect(page(face)).toMatchFileSnapshot('faces/not-required.md');
});

describe('so is each state without a verdict of one pull request', () => {
  test.each(Object.entries(states))('%s', async (name, state) => {
    await expect(page(checkFace(state, context))).toMatchFileSnapshot(`faces/state-${name}.md`);
  });
});

test('and the whole text of one', async () => {
  const face = checkFace(decided(recordOf('evidence-of-another-digest')), context);
  await expect(page(face, face.text)).toMatchFileSnapshot('faces/whole-text.md');
});
