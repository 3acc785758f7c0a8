import fc from 'fast-check';
import { overrun, peeked, pushedBack, reaimed, tightened } from './hosting-cases.ts';
import { everyOf, forEvery, type Row } from './row.ts';

/** B and F: what moves between a look and a deed, and who may look. */
export const hostingRows: readonly Row[] = [
  {
    id: 'B25',
    name: 'a merge of another head than the one judged',
    expected: 'the judged head is sent along, and the forge merges that or nothing',
    defence: {
      file: 'src/adapters/github/merging.ts',
      from: '        sha: wanted.head,\n',
      to: '',
    },
    holds: () => overrun(1),
    variants: () => forEvery(2, fc.integer({ min: 1, max: 3 }), overrun),
  },
  {
    id: 'B27b',
    name: 'a head that passed for a mild branch is aimed at a guarded one and merged at once',
    expected: 'a pass opens only branches that ask for the name it was given under',
    defence: {
      file: 'app/hearing/forges.ts',
      from: 'name: demanded ?? UNREQUIRED_NAME',
      to: "name: demanded ?? 'CAWS verdict'",
    },
    holds: () => reaimed(['edited', 400]),
    variants: () =>
      everyOf(
        [
          ['twin', 300],
          ['edited', 2_000],
        ] as const,
        reaimed,
      ),
  },
  {
    id: 'B27c',
    name: 'a head that passed is pushed back when the law is another',
    expected: 'a pass ends with the push that leaves its head',
    defence: {
      file: 'app/hearing/passes.ts',
      from: "status !== 'completed' || conclusion === 'success'",
      to: "status !== 'completed'",
    },
    holds: () => pushedBack(3),
    variants: () => forEvery(1, fc.integer({ min: 1, max: 400 }), pushedBack),
  },
  {
    id: 'B30',
    name: 'the policy changes under an open pull request',
    expected: 'all open pull requests of the branch are judged again',
    defence: {
      file: 'app/intake/concerns.ts',
      from: "    { kind: 'open-pulls', branch },\n",
      to: '',
    },
    holds: () => tightened([2]),
    variants: () => forEvery(1, fc.integer({ min: 1, max: 80 }), (cap) => tightened([cap, 500])),
  },
  {
    id: 'F92b',
    name: 'pages of other tenants',
    expected: 'as if there were no such page, to whom the forge does not let read',
    defence: {
      file: 'app/pages/pages.ts',
      from: 'if (!forge.value.repository.private) return null;',
      to: 'if (forge.value.repository.id > 0) return null;',
    },
    holds: () => peeked({}),
    variants: () =>
      everyOf([{ cookie: 'arbiter=guess' }, { authorization: 'Bearer guess' }], peeked),
  },
];
