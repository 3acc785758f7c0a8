import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandVerbs, commandWords } from '../../../src/5-publication/check/commands.ts';
import {
  type CommandReply,
  commandReply,
  type ReplyContext,
  reactions,
} from '../../../src/5-publication/check/replies.ts';
import type { PendingWaiver } from '../../../src/5-publication/check/state.ts';
import { marked } from '../../../src/5-publication/marked.ts';
import { hostile, kindsOf, strangers } from './hostile.ts';
import { context, decided, haunted, midway, recordOf, sha } from './kit.ts';

const asking: ReplyContext = {
  ...context,
  asker: 'kim',
  line: '/caws waive covrage reason:"…" expires:7d',
  commentUrl: 'https://github.example/acme/shop/pull/42#issuecomment-1',
  reference: '0b989ba4',
};
const gates = { waivable: ['coverage'], refused: ['governance'], holding: ['tests'] };
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

/** [what, reply, what the first line says, what has to stand in it]. */
const table: readonly (readonly [string, CommandReply, string, readonly string[]])[] = [
  [
    'an unknown command',
    { kind: 'unknown-command', verb: 'waiv', usable: ['waive', 'help'] },
    'there is no command `waiv`. Did you mean `waive`?',
    ['You may use: `waive`, `help`.', 'Try: `/caws waive GATE reason:"…" expires:7d`'],
  ],
  [
    'an unreadable argument',
    { kind: 'bad-arguments', verb: 'approve', problem: `${marked('W31')} is no waiver’s id.` },
    '`W31` is no waiver’s id.',
    ['Try: `/caws approve W-ID`'],
  ],
  [
    'an unknown gate of a request',
    {
      kind: 'request-refused',
      record,
      gate: 'covrage',
      fault: { kind: 'gate-unknown', gate: 'covrage', gates },
    },
    'there is no gate `covrage` in this verdict. Did you mean `coverage`?',
    [
      'Did you mean `coverage`?',
      'Gates you can ask to waive: `coverage`. Not waivable: `governance`.',
      'Try: `/caws waive coverage reason:"…" expires:7d`',
    ],
  ],
  [
    'a time that is too long',
    {
      kind: 'request-refused',
      record,
      gate: 'coverage',
      fault: { kind: 'expiry-too-late', text: '60d', longestDays: 14, lastDay: '2027-03-15' },
    },
    '`expires:60d` is longer than the 14 days that the policy allows for `coverage`.',
    ['Try: `/caws waive coverage reason:"…" expires:14d`'],
  ],
  [
    'an unknown gate to explain',
    { kind: 'unknown-gate', verb: 'explain', gate: 'covrage', gates },
    'there is no gate `covrage` in this policy. Did you mean `coverage`?',
    ['Try: `/caws explain coverage`'],
  ],
  [
    'an unknown waiver',
    { kind: 'unknown-waiver', verb: 'reject', waiver: 'W-e8156b0200abe8f9', known: [waiver] },
    'no waiver `W-e8156b0200abe8f9` waits on this pull request.',
    ['`W-e8156b0200abe8f8` for `coverage`', 'Try: `/caws reject W-e8156b0200abe8f8 reason:"…"`'],
  ],
  [
    'an author who approves',
    { kind: 'denied', verb: 'approve', because: 'is-author', who: marked('@acme/maintainers') },
    'approve is limited to `@acme/maintainers`, and you opened this pull request.',
    [],
  ],
  [
    'a role that nobody knows',
    { kind: 'denied', verb: 'recheck', because: 'role-unknown', who: null },
    'recheck is limited to the author, or anyone with write access, and GitHub did not say',
    [],
  ],
  [
    'a head that is not certain',
    { kind: 'ambiguous-head', now: sha('8'), seen: [sha('c')] },
    'the pull request moved around the time of your comment',
    ['`cccccccccccc`', 'sha:888888888888`'],
  ],
  [
    'another head than was named',
    { kind: 'other-head', named: 'cd3c4c8', now: sha('8') },
    'you named head `cd3c4c8`, and the pull request is at `888888888888`.',
    ['Nothing was done.'],
  ],
  [
    'no verdict yet',
    { kind: 'no-verdict-yet', verb: 'waive' },
    'this head has no verdict yet.',
    [],
  ],
  [
    'a merge of what does not pass',
    { kind: 'not-a-pass', record },
    'the verdict of this head is WAIVER REQUIRED; only a PASS merges.',
    [],
  ],
  [
    'too many commands',
    { kind: 'too-many-commands', max: 10 },
    '10 commands are read of one comment; the rest was left undone.',
    [],
  ],
  [
    'help',
    { kind: 'help', usable: ['explain', 'status', 'help'] },
    'what you may use here now:',
    ['`/caws explain [GATE]`', 'anyone who can read the repository'],
  ],
  [
    'status',
    { kind: 'status', state: decided(record), pending: [waiver] },
    'so it stands now:',
    ['**WAIVER REQUIRED**', '1 of 2 have approved', '/caws approve W-e8156b0200abe8f8'],
  ],
  [
    'status while it runs',
    { kind: 'status', state: { kind: 'running', progress: midway() }, pending: [] },
    'so it stands now:',
    ['**in progress**: there is no verdict of this head yet.'],
  ],
  [
    'explain',
    { kind: 'explain', record, gate: 'coverage' },
    'the findings of `coverage`:',
    ['`gate.below-minimum`', 'Way out: Raise it with tests'],
  ],
  [
    'explain where nothing is',
    { kind: 'explain', record, gate: 'tests' },
    'nothing is held against this change of `tests`.',
    [],
  ],
];

describe('a reply names who asked and what was read, says why, and what to type', () => {
  test.each(table)('%s', (_, reply, first, parts) => {
    const text = commandReply(reply, asking);
    const [line = ''] = text.split('\n');
    expect(line).toContain('@kim: `/caws waive covrage');
    expect(line).toContain(first);
    for (const part of parts) expect(text).toContain(part);
    expect(text).toMatch(/<sub>In response to \[this comment\]\(.*\) · request `0b989ba4`<\/sub>$/);
    expect(text).not.toMatch(/arbiter waiver|undefined|null|\[object/);
  });
});

test('help lists what the person may use and nothing else', () => {
  const text = commandReply({ kind: 'help', usable: ['status', 'help'] }, asking);
  expect(text.match(/\| `\/caws \w+/g)).toEqual(['| `/caws status', '| `/caws help']);
});

test('every command is told of in full, its example is one of its own', () => {
  for (const verb of commandVerbs) {
    const { usage, example, who, does } = commandWords[verb];
    expect(usage.startsWith(`/caws ${verb}`)).toBe(true);
    expect(example.startsWith(`/caws ${verb}`)).toBe(true);
    expect(who + does).not.toMatch(/\.$/);
  }
});

test('the five outcomes have five reactions of those that a forge knows', () => {
  expect(Object.values(reactions).toSorted()).toEqual(['+1', '-1', 'confused', 'eyes', 'rocket']);
});

test('whatever a person types, a reply calls that person and nobody else', () => {
  const replies = (text: string): readonly CommandReply[] => [
    { kind: 'unknown-command', verb: text, usable: commandVerbs },
    {
      kind: 'request-refused',
      record: haunted(record, text),
      gate: text,
      fault: {
        kind: 'gate-unknown',
        gate: text,
        gates: { waivable: [text], refused: [text], holding: [text] },
      },
    },
    {
      kind: 'request-refused',
      record,
      gate: text,
      fault: { kind: 'expiry-too-late', text, longestDays: 1, lastDay: null },
    },
    {
      kind: 'request-refused',
      record,
      gate: text,
      fault: { kind: 'expiry-in-the-past', text, now: '2027-03-01T10:00:00.000Z' },
    },
    {
      kind: 'unknown-gate',
      verb: 'explain',
      gate: text,
      gates: { waivable: [text], refused: [], holding: [text] },
    },
    {
      kind: 'unknown-waiver',
      verb: 'revoke',
      waiver: text,
      known: [{ ...waiver, id: text, gate: text }],
    },
    { kind: 'other-head', named: text, now: sha('8') },
    {
      kind: 'status',
      state: decided(haunted(record, text)),
      pending: [{ ...waiver, reason: text }],
    },
    { kind: 'explain', record: haunted(record, text), gate: null },
  ];
  const render = (text: string) =>
    replies(text).map((reply) =>
      commandReply(reply, { ...asking, line: text, commentUrl: 'https://arbiter.example/v/c' }),
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
