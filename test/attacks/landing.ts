import fc from 'fast-check';
import { bypassed, demanded, slipped } from './landing-cases.ts';
import { everyOf, forEvery, type Row } from './row.ts';

const other = fc
  .tuple(fc.constantFrom('src/cart/more.ts', 'README.md', '.github/workflows/x.yml'), fc.nat(999))
  .map(([path, mark]) => ({ [path]: `${mark}\n` }));

/** B and C: what lands is what was judged, and it is known where it is not. */
export const landingRows: readonly Row[] = [
  {
    id: 'B32',
    name: 'a queue merges another group than was judged',
    expected: 'the tree is what the judged heads give on the branch, or the group fails',
    defence: {
      file: 'src/4-verdict/landing.ts',
      from: 'onto === mergeBase && landing.tree === headTree',
      to: 'onto === mergeBase',
    },
    holds: () => slipped({ 'src/cart/more.ts': 'export const b = 2;\n' }),
    variants: () => forEvery(1, other, slipped),
  },
  {
    id: 'B35',
    name: 'a check at the test merge hides the one at the head',
    expected: 'the doctor fails a branch that takes the check from any other app',
    defence: {
      file: 'src/5-publication/doctor-branch-words.ts',
      from: 'return pins.includes(appId)',
      to: 'return pins.length > 0',
    },
    holds: async () => {
      await demanded('ours');
      await demanded('anybody');
    },
    variants: () => everyOf(['another', 'nobody'] as const, demanded),
  },
  {
    id: 'C52',
    name: 'the merge holds something else than the verdict',
    expected: 'every commit on the branch without its verdict is written down, logged and counted',
    defence: {
      file: 'app/merging/audit-push.ts',
      from: 'if (unverified.length === 0)',
      to: 'if (unverified.length >= 0)',
    },
    holds: () => bypassed({ 'src/pay.ts': 'export const evil = 1;\n' }),
    variants: () => forEvery(1, other, bypassed),
  },
];
