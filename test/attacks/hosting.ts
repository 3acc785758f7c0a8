import fc from 'fast-check';
import { overrun, peeked, tightened } from './hosting-cases.ts';
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
