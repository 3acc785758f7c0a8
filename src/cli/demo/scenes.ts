import { type ExitCode, exits } from '../world.ts';
import { type DemoRepository, lcovOf, moduleOf } from './repository.ts';

/** One change and what the arbiter has to say of it. */
export interface Scene {
  readonly branch: string;
  /** In plain words, at most 60 characters. */
  readonly title: string;
  readonly message: string;
  /** Of 100 branches, how many the tests took: the report that comes with the change. */
  readonly covered: number;
  readonly fill: (repository: DemoRepository) => void;
  readonly expected: ExitCode;
  /** How many of the grounds are shown: the first decides, the rest would bore. */
  readonly grounds: number;
}

/** The changes in the order in which they are shown. */
export const scenes: readonly Scene[] = [
  {
    branch: 'small-fix',
    title: 'A small, tested change',
    message: 'Round prices to the cent',
    covered: 92,
    fill: (shop) => shop.write('src/cart/total.ts', moduleOf(24, 'total')),
    expected: exits.pass,
    grounds: 1,
  },
  {
    branch: 'too-big',
    title: 'More lines than its risk tier allows',
    message: 'Add every discount there is',
    covered: 92,
    fill: (shop) => shop.write('src/cart/discounts.ts', moduleOf(260, 'discount')),
    expected: exits.waiverRequired,
    grounds: 1,
  },
  {
    branch: 'wrong-place',
    title: 'A file that its spec keeps out',
    message: 'Round prices, and charges too',
    covered: 92,
    fill: (shop) => {
      shop.write('src/cart/total.ts', moduleOf(22, 'total'));
      shop.write('src/payment/charge.ts', moduleOf(22, 'charge'));
    },
    expected: exits.waiverRequired,
    grounds: 1,
  },
  {
    branch: 'hidden-lines',
    title: '5,000 lines that .gitattributes hides from git diff',
    message: 'Add the price table',
    covered: 92,
    fill: (shop) => {
      shop.write('.gitattributes', '* -diff\n*.ts binary linguist-generated\n');
      shop.write('src/cart/prices.ts', moduleOf(5_000, 'price'));
    },
    expected: exits.waiverRequired,
    grounds: 2,
  },
  {
    branch: 'moved-guard',
    title: 'A protected workflow, renamed out of its protected folder',
    message: 'Move the release steps beside the cart',
    covered: 92,
    fill: (shop) => {
      shop.git('mv', '.github/workflows/release.yml', 'src/cart/release.yml');
    },
    expected: exits.waiverRequired,
    grounds: 2,
  },
  {
    branch: 'own-law',
    title: 'New code, and a new policy that would allow it',
    message: 'Add discounts and lift the limit',
    covered: 92,
    fill: (shop) => {
      shop.write('src/cart/discounts.ts', moduleOf(260, 'discount'));
      const policy = shop.git('show', 'main:.caws/policy.yaml');
      shop.write('.caws/policy.yaml', policy.replace('max_loc: 200', 'max_loc: 9000'));
    },
    expected: exits.fail,
    grounds: 1,
  },
];

/** The change that a maintainer lets through. */
export const waived: Scene = {
  branch: 'few-tests',
  title: 'Too few tests, until a maintainer allows it',
  message: 'Support the old price format',
  covered: 72,
  fill: (shop) => shop.write('src/cart/legacy.ts', moduleOf(30, 'legacy')),
  expected: exits.waiverRequired,
  grounds: 1,
};

/** The folder of reports that comes with a scene, beside the repository. */
export const reportsOf = (scene: Scene): string => `../reports/${scene.branch}`;

/** Makes the scene's branch. @returns the text of its coverage report. */
export function stage(scene: Scene, shop: DemoRepository): string {
  shop.branch(scene.branch, scene.message, () => scene.fill(shop));
  return lcovOf(scene.covered);
}
