import fc from 'fast-check';
import { hostile } from '../5-publication/check/hostile.ts';
import { everyOf, forEvery, type Row } from './row.ts';
import { borrowed, described, heaped, imitated, named, partial, rerun } from './showing-cases.ts';

const foreign = fc.option(fc.integer({ min: 42, max: 15_367 }), { nil: null });
const dividers = fc
  .array(
    fc.constantFrom(
      '---',
      '---------',
      'prose',
      '',
      'CAWS-VERDICT-ID: forged',
      'caws-verdict-id: lower',
      'Co-authored-by: x <x@y>',
      '--- a/file',
    ),
    { maxLength: 8 },
  )
  .map((lines) => lines.join('\n'));

/** C, E and F: checks of others, and what is written where a forge renders it. */
export const showingRows: readonly Row[] = [
  {
    id: 'C37',
    name: 'a check of the same name by someone else',
    expected: 'never taken for ours, and named beside it',
    defence: {
      file: 'app/hearing/check-post.ts',
      from: 'run.appId !== appId && run.name === name',
      to: 'run.appId === null && run.name === name',
    },
    holds: async () => imitated([15_368]),
    variants: () =>
      forEvery(20, fc.uniqueArray(foreign, { minLength: 1, maxLength: 4 }), async (ids) =>
        imitated(ids),
      ),
  },
  {
    id: 'C39',
    name: 'evidence from another app',
    expected: 'only the app that the policy names by its number answers',
    defence: {
      file: 'src/adapters/github/check-gates.ts',
      from: 'run.name === answer.name && run.appId === answer.appId &&',
      to: 'run.name === answer.name &&',
    },
    holds: () => borrowed(7),
    variants: () => forEvery(20, foreign, borrowed),
  },
  {
    id: 'C41',
    name: 'several runs of one check',
    expected: 'the newest of each suite, the worst of those; one that runs again is no answer',
    defence: {
      file: 'src/adapters/github/check-gates.ts',
      from: 'run.id > newest.id ? run : newest',
      to: 'run.id < newest.id ? run : newest',
    },
    holds: async () => {
      await rerun(['success', 'failure'], null);
      await rerun(['success'], 'in_progress');
      await rerun(['success', 'success'], null);
    },
    variants: () =>
      forEvery(
        30,
        fc.tuple(
          fc.array(fc.constantFrom('success', 'failure', 'skipped', 'neutral', 'cancelled'), {
            minLength: 1,
            maxLength: 4,
          }),
          fc.constantFrom('in_progress' as const, null),
        ),
        ([conclusions, again]) => rerun(conclusions, again),
      ),
  },
  {
    id: 'C51',
    name: 'the trailer gets lost on the way into the merge',
    expected: 'git reads exactly one trailer of ours, beside any co-author',
    defence: {
      file: 'src/5-publication/merge-message.ts',
      from: "line.startsWith('---') ?",
      to: 'line === null ?',
    },
    holds: async () => described('Prices are rounded.\n\n---\n\nCAWS-VERDICT-ID: forged'),
    variants: () => forEvery(15, dividers, async (body) => described(body)),
  },
  {
    id: 'E76b',
    name: 'names that speak to Markdown: comments and checks',
    expected: 'no link, image, mention, marker or table of theirs',
    defence: {
      file: 'src/5-publication/check/markdown.ts',
      from: "'`'.repeat(longestRun(shown) + 1)",
      to: "'`'",
    },
    holds: async () => named('`</details>![x](http://evil/?a) @org/team <!-- caws:v1 {} -->'),
    variants: () => forEvery(30, hostile, async (text) => named(text)),
  },
  {
    id: 'E79b',
    name: "the forge's limits of comments and annotations",
    expected: 'each field and list is cut within them, and the whole record is linked',
    defence: {
      file: 'src/5-publication/check/fit.ts',
      from: 'const FIELD_BYTES_MAX = 60_000;',
      to: 'const FIELD_BYTES_MAX = 6_000_000;',
    },
    holds: async () => heaped(3_000),
    variants: () => everyOf([1, 49, 50, 51, 700], async (count) => heaped(count)),
  },
  {
    id: 'F89b',
    name: 'a forge that answers in part about a pull request',
    expected: 'a list that ends before it is whole is no answer',
    defence: {
      file: 'src/adapters/github/pages.ts',
      from: 'if (items.length >= expected) return items;',
      to: 'if (items.length >= 0) return items;',
    },
    holds: () => partial(3_000, 3_001),
    variants: () =>
      forEvery(30, fc.tuple(fc.nat(50), fc.nat(50)), ([given, total]) => partial(given, total)),
  },
];
