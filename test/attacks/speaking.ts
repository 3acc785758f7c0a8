import fc from 'fast-check';
import { everyOf, forEvery, type Row } from './row.ts';
import {
  disguised,
  disguises,
  edited,
  member,
  pushedMeanwhile,
  rewritten,
  smuggled,
  unsaid,
  updated,
} from './speaking-cases.ts';

const innocent = fc.constantFrom('Looks fine.', 'hm', '/caws status', '> quoted', 'a\nb');
const smuggling = fc
  .tuple(
    fc.constantFrom('--', '-', '', '__'),
    fc.constantFrom('policy.max_loc', 'judge__base_url', 'config', 'model.url'),
    fc.constantFrom('=', ':', ' '),
    fc.constantFrom('99999', 'http://evil', '$(id)', '`id`'),
  )
  .map((parts) => parts.join(''));

/** A and B: what people write, edit and push so that a waiver is granted. */
export const speakingRows: readonly Row[] = [
  {
    id: 'A3',
    name: 'the approver pressed the button that updates the branch',
    expected: 'a plain update makes nobody an author, one with own lines does',
    defence: {
      file: 'src/4-verdict/waivers/hosted-facts.ts',
      from: 'parents.length === 2 && mergeOwnLines === 0,',
      to: 'parents.length === 2 && mergeOwnLines !== null,',
    },
    holds: async () => {
      updated(0);
      updated(3);
    },
    variants: () => forEvery(10, fc.integer({ min: 1, max: 5_000 }), async (own) => updated(own)),
  },
  {
    id: 'A9',
    name: "someone else's edit turns a comment into a command",
    expected: 'nothing is granted, and the ledger tells of the edit',
    defence: {
      file: 'src/4-verdict/commands/comment-standing.ts',
      from: "return isSame ? 'as-created' : 'edited';",
      to: "return 'as-created';",
    },
    holds: async () => edited('Looks fine.', { times: false, word: true }),
    variants: () =>
      forEvery(10, innocent, async (text) => edited(text, { times: false, word: true })),
  },
  {
    id: 'A10',
    name: 'an own old comment becomes a command',
    expected: 'the same, also where word of the comment never came',
    defence: {
      file: 'src/4-verdict/commands/comment-standing.ts',
      from: "if (recorded === null) return 'edited';",
      to: "if (recorded === null) return 'as-created';",
    },
    holds: async () => edited('Looks fine.', { times: false, word: false }),
    variants: () =>
      forEvery(10, fc.tuple(innocent, fc.boolean()), async ([text, times]) =>
        edited(text, { times, word: false }),
      ),
  },
  {
    id: 'A11',
    name: 'a comment changes between its delivery and its reading',
    expected: 'what was delivered and what stands there have to be one text',
    defence: {
      file: 'src/4-verdict/commands/comment-standing.ts',
      from: 'recorded.digest === textDigest(live.body)',
      to: "recorded.digest.startsWith('sha256:')",
    },
    holds: async () => edited('/caws explain', { times: false, word: true }),
    variants: () =>
      forEvery(10, innocent, async (text) => edited(`${text} `, { times: false, word: true })),
  },
  {
    id: 'A13',
    name: 'a command in a quotation, a fence or hidden text',
    expected: 'nothing is done: only a plain line of a top-level paragraph counts',
    defence: {
      file: 'src/4-verdict/commands/read-comment.ts',
      from: "line > trusted ? 'after-markup' : isPlain",
      to: 'isPlain',
    },
    holds: async () => disguised('<details>\n\nAPPROVAL\n\n</details>'),
    variants: () => everyOf(disguises, async (form) => disguised(form)),
  },
  {
    id: 'A15',
    name: 'arguments of a command that reach the configuration',
    expected: 'a closed list of arguments; any other is refused, and nothing is done',
    defence: {
      file: 'src/4-verdict/commands/grammar.ts',
      from: 'key === null && !quoted && /^-|__|[=:$`\\\\]/.test(value)',
      to: "key === null && !quoted && value === ''",
    },
    holds: async () => smuggled('--policy.max_loc=99999'),
    variants: () => forEvery(40, smuggling, async (words) => smuggled(words)),
  },
  {
    id: 'A17',
    name: 'a membership that gives no right here',
    expected: 'only active members of the named team approve, and only where they may write here',
    defence: {
      file: 'src/2-examination/waiver-grounds.ts',
      from: '(approval.teams ?? []).some((team) => sameIdentity(team, entry))',
      to: '(approval.teams ?? []).length > 0',
    },
    holds: async () => member(['@other/leads'], 'write'),
    variants: () =>
      forEvery(
        10,
        fc.tuple(
          fc.subarray(['@other/leads', '@acme/lead', '@acme/leads-emeritus', '@acme-x/leads'], {
            minLength: 1,
          }),
          fc.constantFrom('read' as const, 'write' as const),
        ),
        async ([teams, role]) => member(teams, role),
      ),
  },
  {
    id: 'A19',
    name: 'the forge does not say who may approve',
    expected: 'asked again while somebody speaks; at a verdict nothing counts meanwhile',
    defence: {
      file: 'src/4-verdict/waivers/hosted-facts.ts',
      // An account of an unknown role is doubted, and may not write, either; here it counts as one that may.
      from: 'return only;',
      to: "return { ...only, role: only.role ?? 'maintain' };",
    },
    holds: async () => unsaid('judging'),
    variants: () => everyOf(['speaking', 'judging'] as const, async (when) => unsaid(when)),
  },
  {
    id: 'B23b',
    name: 'a push between the command and its delivery',
    expected: 'the command is about the head that was known before it was written',
    defence: {
      file: 'src/4-verdict/commands/bind-head.ts',
      from: 'timed.filter(({ at }) => at < createdAt)',
      to: 'timed.filter(({ at }) => at < Number.MAX_SAFE_INTEGER)',
    },
    holds: async () => pushedMeanwhile(400),
    variants: () =>
      forEvery(10, fc.integer({ min: 251, max: 9_000 }), async (lines) => pushedMeanwhile(lines)),
  },
  {
    id: 'B29',
    name: 'the target is rewritten after the approval',
    expected: 'a waiver allows what was measured when it was asked for, and no more',
    defence: {
      file: 'src/2-examination/waiver-bounds.ts',
      from: 'noFurther(finding, finding.measured.value, floor.value)',
      to: 'finding.measured.value > 0',
    },
    holds: async () => rewritten(251),
    variants: () =>
      forEvery(10, fc.integer({ min: 251, max: 90_000 }), async (lines) => rewritten(lines)),
  },
];
