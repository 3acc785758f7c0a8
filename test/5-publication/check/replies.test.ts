import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../src/4-verdict/arbitration.ts';
import type { Reply } from '../../../src/4-verdict/commands/reply.ts';
import { verbs } from '../../../src/4-verdict/commands/verbs.ts';
import { commandWords } from '../../../src/5-publication/check/commands.ts';
import { type ReplyContext, replyText } from '../../../src/5-publication/check/replies.ts';
import type { PendingWaiver } from '../../../src/5-publication/check/state.ts';
import type { Instant } from '../../../src/primitives.ts';
import { hostile, kindsOf, strangers } from './hostile.ts';
import { context, decided, haunted, midway, recordOf, sha } from './kit.ts';

const record = recordOf('coverage-below-the-tier');
const waiver: PendingWaiver = {
  id: 'W-e8156b0200abe8f8',
  gate: 'coverage',
  requestedBy: '@kim',
  reason: 'legacy adapter, removed by the end of May',
  expiresAt: '2027-03-08T10:00:00.000Z',
  approvals: 1,
  approvalsNeeded: 2,
};
const aRival = (name: string, outcome: Candidate['outcome'], s: number): Candidate => ({
  name,
  verdict: record.id,
  outcome,
  head: sha(name === '#42' ? 'c' : '7'),
  change: record.subject.change,
  files: 1,
  lines: 12,
  submittedAt: 0 as Instant,
  score: { e: 1, b: 0.9, g: 1, p: 0, s },
  isInBand: outcome === 'PASS',
  standing: 'undecided',
});
const asking: ReplyContext = {
  ...context,
  asker: 'kim',
  line: '/caws waive covrage reason:"…" expires:7d',
  commentUrl: 'https://github.example/acme/shop/pull/42#issuecomment-1',
  reference: '0b989ba4',
  state: decided(record),
  pending: [waiver],
  rivals: {
    spec: 'FEAT-1',
    leftOut: 3,
    accepted: null,
    near: { pairs: 0, heard: 0, isDebated: false },
    candidates: [aRival('#42', 'PASS', 0.87), aRival('#7', 'FAIL', 0.31)],
  },
};
const gates = { waivable: ['coverage'], refused: ['governance'], holding: ['tests'] };
const heads = { head: sha('c'), live: sha('8') };

const stands = { pull: 7, head: sha('7'), by: 'mia', entry: 12 };
/** [because, what the first line says, the next step]. */
const refusedAccepting = [
  [
    'another',
    '#7 at `777777777777` stands accepted for `FEAT-1`, by `mia` (entry 12',
    'First comment on #7: `/caws unaccept`',
  ],
  ['already', 'stands accepted for `FEAT-1` already, by `mia`', 'Try: `/caws merge`'],
  ['nobody', 'does not stand accepted', ''],
  ['over-since', 'has ended since', 'Try: `/caws accept`'],
  ['no-spec', 'is bound by no spec', ''],
  ['standing-spec', '`FEAT-1` is a standing spec', ''],
  ['several-specs', 'is bound by several specs', 'Split it'],
  ['no-pass', 'only a PASS is accepted', '`/caws explain`'],
  ['no-rivals', 'nobody to put it before', 'Try: `/caws merge`'],
  ['unreadable', 'cannot be read now', 'Try: `/caws accept`'],
  ['head-moved', 'your comment was about head', 'Try: `/caws accept sha:888888888888`'],
  ['was-closed', 'before this pull request was opened again', 'Try: `/caws accept`'],
  ['moved-often', 'more often since than the forge lists', 'Try: `/caws accept`'],
  ['elsewhere', 'led into `dev`, and it leads into `main` now', 'Try: `/caws accept`'],
  ['not-judged-then', 'had no verdict yet when you said it', 'Try: `/caws accept scope:FEAT-1`'],
  ['spec-moved', 'went from `FEAT-0` to `FEAT-1`', 'Try: `/caws accept scope:FEAT-1`'],
] as const;

/** [what, reply, what the first line says, what has to stand in it]. */
const table: readonly (readonly [string, Reply, string, readonly string[]])[] = [
  [
    'an unknown command',
    { kind: 'not-understood', fault: { kind: 'verb-unknown', word: 'waiv', nearest: 'waive' } },
    'there is no command `waiv`. Did you mean `waive`?',
    ['Try: `/caws waive GATE reason:"…" expires:7d`'],
  ],
  [
    'an unknown argument',
    {
      kind: 'not-understood',
      fault: {
        kind: 'argument-unknown',
        verb: 'recheck',
        argument: '--policy',
        nearest: null,
        known: ['gate'],
      },
    },
    'recheck takes no argument `--policy`.',
    ['It takes: `gate`.', 'Try: `/caws recheck`'],
  ],
  [
    'a character that nobody sees',
    { kind: 'not-understood', fault: { kind: 'character', codePoint: 0x200b } },
    'the line holds `U+200B`',
    [],
  ],
  [
    'an argument that does not fit',
    {
      kind: 'not-understood',
      fault: { kind: 'argument-unfit', verb: 'waive', argument: 'expires', value: '7y' },
    },
    '`7y` is no `expires`: write 12h, 7d, 2w or a date',
    [],
  ],
  [
    'a line that is shown otherwise than it is written',
    { kind: 'not-understood', fault: { kind: 'not-plain' } },
    'the line is shown otherwise than it is written',
    [],
  ],
  [
    'too many commands',
    { kind: 'not-understood', fault: { kind: 'too-many-commands', max: 10 } },
    '10 commands are read of one comment',
    [],
  ],
  [
    'an unknown gate of a request',
    {
      kind: 'request-refused',
      nearest: 'coverage',
      fault: { kind: 'gate-unknown', gate: 'covrage', gates },
    },
    'there is no gate `covrage` in this verdict. Did you mean `coverage`?',
    ['Try: `/caws waive coverage reason:"…" expires:7d`'],
  ],
  [
    'an author who approves',
    {
      kind: 'not-allowed',
      verb: 'approve',
      because: 'approver-is-author',
      circle: 'approvers',
      named: ['@acme/maintainers'],
    },
    'approve is limited to `@acme/maintainers`, and you took part in this change.',
    [],
  ],
  [
    'a role that is too low',
    {
      kind: 'not-allowed',
      verb: 'recheck',
      because: 'role',
      circle: 'author-or-writers',
      named: [],
    },
    'recheck is limited to the author, or anyone with write access, and your role here is too low.',
    [],
  ],
  [
    'a head that is not certain',
    {
      kind: 'head-unclear',
      verb: 'merge',
      fault: { kind: 'head-unclear', newest: sha('8') },
    },
    'the pull request moved around the time of your comment',
    ['sha:888888888888`'],
  ],
  [
    'a waiver that nobody knows',
    { kind: 'waiver-unknown', id: 'W-e8156b0200abe8f9', known: [waiver.id] },
    'no waiver `W-e8156b0200abe8f9` waits on this pull request.',
    ['Try: `/caws approve W-e8156b0200abe8f8`'],
  ],
  [
    'a change that became worse',
    {
      kind: 'waiver-stale',
      waiver: waiver.id,
      because: 'worse-than-floor',
      asked: sha('c'),
      head: sha('8'),
    },
    'the change is worse now',
    ['Ask anew.'],
  ],
  [
    'an approval for which no place is left',
    {
      kind: 'places-taken',
      waiver: waiver.id,
      gate: 'coverage',
      max: 2,
      by: [
        { waiver: 'WV-1', pull: null, file: '.caws/waivers/WV-1.yaml', until: waiver.expiresAt },
        { waiver: 'W-e8156b0200abe8f7', pull: 7, file: null, until: waiver.expiresAt },
      ],
    },
    'nothing was approved: 2 waivers of `coverage` run, and the policy lets 2 run at a time',
    [
      '`WV-1` until 2027-03-08 10:00 UTC, in `.caws/waivers/WV-1.yaml` of the base',
      '`W-e8156b0200abe8f7` until 2027-03-08 10:00 UTC, of pull request number 7',
      'On pull request number 7: `/caws revoke W-e8156b0200abe8f7 reason:"…"`',
      `comment \`/caws approve ${waiver.id}\` again`,
    ],
  ],
  [
    'a merge of what does not pass',
    { kind: 'merge-refused', because: 'no-pass', ...heads },
    'only a PASS merges.',
    [],
  ],
  [
    'a merge of another head',
    { kind: 'merge-refused', because: 'head-moved', ...heads },
    'Nothing was merged.',
    ['Try: `/caws merge sha:888888888888`'],
  ],
  [
    'a merge that was wished for while it was closed',
    { kind: 'merge-refused', because: 'was-closed', ...heads },
    'it was said before this pull request was opened again.',
    ['Try: `/caws merge`'],
  ],
  [
    'a merge after which more happened than is listed',
    { kind: 'merge-refused', because: 'moved-often', ...heads },
    'more often since than the forge lists.',
    ['Try: `/caws merge`'],
  ],
  [
    'a merge into another branch than it was said about',
    { kind: 'merge-elsewhere', into: 'refs/heads/dev', live: 'refs/heads/main' },
    'it was said while this pull request led into `dev`, and it leads into `main` now.',
    ['Try: `/caws merge`'],
  ],
  [
    'nothing to cancel',
    { kind: 'nothing-to-cancel' },
    'nothing goes on here that could be stopped: no merge waits',
    ['`/caws hold`', '`/caws revoke`'],
  ],
  [
    'a debate',
    { kind: 'debate', head: sha('c') },
    'of 2 open pull requests for `FEAT-1` `#42` is the best that passes.',
    [
      '| Change | Verdict | E | B | G | P | S | Lines |',
      '(this one)',
      '| 0.870 | 12 |',
      'lets none pass',
      '3 more are open',
    ],
  ],
  [
    'one that is accepted',
    {
      ...{ kind: 'accepted', spec: 'FEAT-1', head: sha('8'), leftOut: 3 },
      candidates: [aRival('#42', 'PASS', 0.87), { ...aRival('#7', 'PASS', 0.31), head: sha('8') }],
    },
    'this head, `888888888888`, is accepted for `FEAT-1`',
    ['| Standing |', 'By the scores `#42` came first', '3 more are open', '`/caws unaccept`'],
  ],
  [
    'one that is accepted no more',
    { kind: 'unaccepted', spec: 'FEAT-1' },
    'nobody is accepted for `FEAT-1` any more.',
    [],
  ],
  ...refusedAccepting.map(
    ([because, first, next]) =>
      [
        `why nobody is accepted: ${because}`,
        {
          ...{ kind: 'accept-refused', verb: 'accept', spec: 'FEAT-1', ...heads },
          ...{ because, stands, before: 'FEAT-0', into: 'refs/heads/dev', now: 'refs/heads/main' },
        } as Reply,
        first,
        next === '' ? [] : [next],
      ] as const,
  ),
  ['an edited comment', { kind: 'comment-edited', lines: [1] }, 'the comment was edited', []],
  [
    'help',
    { kind: 'help', about: null, mayUse: ['explain', 'status', 'help'] },
    'what you may use here now:',
    ['`/caws explain [GATE]`', 'anyone who can read the repository'],
  ],
  ['status', { kind: 'status' }, 'so it stands now:', ['**WAIVER REQUIRED**', '1 of 2']],
  [
    'explain',
    { kind: 'explain', gate: 'coverage', head: sha('c') },
    'the findings of `coverage`:',
    ['`gate.below-minimum`', 'Way out: Raise it with tests'],
  ],
  [
    'explain where nothing is',
    { kind: 'explain', gate: 'tests', head: sha('c') },
    'nothing is held against this change of `tests`.',
    [],
  ],
];

describe('a reply names who asked and what was read, says why, and what to type', () => {
  test.each(table)('%s', (_, reply, first, parts) => {
    const text = replyText(reply, asking) ?? '';
    const [line = ''] = text.split('\n');
    expect(line).toContain('@kim: `/caws waive covrage');
    expect(line).toContain(first);
    for (const part of parts) expect(text).toContain(part);
    expect(text).toMatch(/<sub>In response to \[this comment\]\(.*\) · request `0b989ba4`<\/sub>$/);
    expect(text).not.toMatch(/arbiter waiver|undefined|null|\[object/);
  });
});

test('where the check shows what came of a command, nothing is written', () => {
  const approved: Reply = {
    kind: 'approved',
    waiver: waiver.id,
    gate: 'coverage',
    until: waiver.expiresAt,
    have: 2,
    needed: 2,
  };
  expect(replyText(approved, asking)).toBeNull();
});

test('status of a head that is being judged says so', () => {
  const state = { kind: 'running', progress: midway() } as const;
  expect(replyText({ kind: 'status' }, { ...asking, state })).toContain(
    '**in progress**: there is no verdict of this head yet.',
  );
});

test('help lists what the person may use and nothing else', () => {
  const text = replyText({ kind: 'help', about: null, mayUse: ['status', 'help'] }, asking);
  expect(text?.match(/\| `\/caws \w+/g)).toEqual(['| `/caws status', '| `/caws help']);
});

test('every command is told of in full, its example is one of its own', () => {
  for (const verb of verbs) {
    const { usage, example, who, does } = commandWords[verb];
    expect(usage.startsWith(`/caws ${verb}`)).toBe(true);
    expect(example.startsWith(`/caws ${verb}`)).toBe(true);
    expect(who + does).not.toMatch(/\.$/);
  }
});

test('whatever a person types, a reply calls that person and nobody else', () => {
  const replies = (text: string): readonly Reply[] => [
    { kind: 'not-understood', fault: { kind: 'verb-unknown', word: text, nearest: null } },
    {
      kind: 'not-understood',
      fault: {
        kind: 'argument-unknown',
        verb: 'waive',
        argument: text,
        nearest: text,
        known: [text],
      },
    },
    {
      kind: 'request-refused',
      nearest: text,
      fault: {
        kind: 'gate-unknown',
        gate: text,
        gates: { waivable: [text], refused: [text], holding: [text] },
      },
    },
    {
      kind: 'request-refused',
      nearest: null,
      fault: { kind: 'expiry-too-late', text, longestDays: 1, lastDay: null },
    },
    { kind: 'waiver-unknown', id: text, known: [text] },
    { kind: 'spec-differs', named: text, spec: text },
    { kind: 'not-allowed', verb: 'approve', because: 'role', circle: 'approvers', named: [text] },
    { kind: 'status' },
    { kind: 'explain', gate: null, head: sha('c') },
  ];
  const render = (text: string) =>
    replies(text).map(
      (reply) =>
        replyText(reply, {
          ...asking,
          line: text,
          commentUrl: 'https://arbiter.example/v/c',
          state: decided(haunted(record, text)),
          pending: [{ ...waiver, reason: text }],
        }) ?? '',
    );
  const known = kindsOf(...render('a `b` $'));
  fc.assert(
    fc.property(hostile, (text) => {
      for (const reply of render(text)) {
        expect(reply.startsWith('@kim: ')).toBe(true);
        expect(strangers(reply.slice('@kim'.length), known)).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
});
