import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type Act, type Narrator, narrator } from '../../src/cli/demo/narrator.ts';
import { programIn } from '../../src/cli/demo/program.ts';
import { exits, type World } from '../../src/cli/world.ts';
import type { PullHandle } from '../hub/handles.ts';
import { codeOf, laxPolicy } from './law.ts';
import type { Town } from './town.ts';

const program = join(import.meta.dirname, '../../src/cli/main.ts');
/** The app asks again by itself half a minute after GitHub failed to answer. */
const HALF_A_MINUTE_MS = 30_000;
const REASON = 'the price table is generated, see its script';

export interface Told {
  readonly acts: readonly Act[];
  /** In the order in which they were opened. */
  readonly pulls: readonly PullHandle[];
}

export const openingOf = ({ hub, app, shop }: Town): string => `
An offline GitHub and the app, on this machine alone:
  GitHub    ${hub.url}
  the app   ${app.address}
  the shop  ${shop.page}

${shop.owner}/${shop.name} has a policy and a working spec in .caws on main: CART-1
allows changes in src/cart and test/cart, up to 10 files and 200 lines. A ruleset
of main requires the check CAWS verdict, pinned to this app.
@kim and @lee write, @max maintains, @ada owns the organization.
`;

/** Everything in its order: pull requests, commands, an outage, merges, and the proof. */
export async function perform(
  town: Town,
  world: Pick<World, 'out' | 'env' | 'color'>,
): Promise<Told> {
  const clone = join(town.folder, 'clone');
  const arbiter = programIn(world, clone, join(town.folder, 'home'), program);
  const scene = { town, clone, narrate: narrator(world, arbiter) };
  const pulls = [
    await passes(scene),
    await fails(scene),
    await meetsOutage(scene),
    await isWaived(scene),
  ];
  const [small, , , waived] = pulls;
  if (small !== undefined) await isMergedByCommand(scene, small);
  if (waived !== undefined) await isMergedByButton(scene, waived);
  await proves(scene);
  await catchesPush(scene);
  return { acts: scene.narrate.acts(), pulls };
}

interface Scene {
  readonly town: Town;
  /** Where an auditor's clone comes to lie. */
  readonly clone: string;
  readonly narrate: Narrator;
}

async function passes({ town, narrate }: Scene): Promise<PullHandle> {
  narrate.heading('A small change, where its spec allows it');
  const pull = await opens({ town, narrate }, 'rounding', 'Round prices to the cent', {
    'src/cart/total.ts': codeOf(24, 'total'),
  });
  shows({ town, narrate }, pull, 'success', /^PASS /);
  narrate.ends('PASS');
  return pull;
}

async function fails({ town, narrate }: Scene): Promise<PullHandle> {
  narrate.heading('New code, and a new policy that would allow it');
  const pull = await opens({ town, narrate }, 'own-law', 'Add discounts and lift the limit', {
    'src/cart/discounts.ts': codeOf(260, 'discount'),
    '.caws/policy.yaml': laxPolicy,
  });
  shows({ town, narrate }, pull, 'failure', /^FAIL /);
  await isRefused({ town, narrate }, pull);
  narrate.ends('FAIL');
  return pull;
}

async function meetsOutage({ town, narrate }: Scene): Promise<PullHandle> {
  narrate.heading('GitHub breaks down while a change is judged');
  narrate.say("(GitHub's git answers 503 from now on)");
  town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
  const pull = await opens({ town, narrate }, 'currency', 'Name the currency', {
    'src/cart/currency.ts': codeOf(12, 'currency'),
  });
  shows({ town, narrate }, pull, null, /^WAITING /);
  await isRefused({ town, narrate }, pull);
  town.hub.faults.clear();
  narrate.say('(GitHub is well again; half a minute passes, and nobody does anything)');
  await town.later(HALF_A_MINUTE_MS);
  shows({ town, narrate }, pull, 'success', /^PASS /);
  narrate.ends('waits, PASS');
  return pull;
}

async function isWaived({ town, narrate }: Scene): Promise<PullHandle> {
  narrate.heading('Too many lines, until a maintainer allows them');
  const pull = await opensTooLarge(town, 'prices', 'Add the price table', 'price', narrate);
  shows({ town, narrate }, pull, 'action_required', /^WAIVER REQUIRED /);
  await comments(
    { town, narrate },
    'kim',
    pull,
    `/caws waive budget_limit reason:"${REASON}" expires:7d`,
  );
  const id = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0] ?? 'W-none';
  await comments({ town, narrate }, 'kim', pull, `/caws approve ${id}`);
  shows({ town, narrate }, pull, 'action_required', /^WAIVER REQUIRED /);
  await comments({ town, narrate }, 'max', pull, `/caws approve ${id}`);
  shows({ town, narrate }, pull, 'success', /^PASS with 1 waiver /);
  narrate.ends('PASS, waived');
  return pull;
}

async function isMergedByCommand(scene: Scene, pull: PullHandle): Promise<void> {
  const { narrate } = scene;
  narrate.heading('Merged by a comment: the commit names its verdict');
  await comments(scene, 'kim', pull, '/caws merge');
  // Judged once more just before: whatever has changed meanwhile makes it another verdict.
  const verdict = scene.town.check(pull)?.externalId ?? 'none';
  narrate.expects(pull.state.mergedAt !== null, `#${pull.number} is not merged`);
  narrate.say('');
  await gitIn(scene, scene.town.folder, ['clone', '--quiet', scene.town.shop.gitUrl, 'clone']);
  const notes = ['fetch', '--quiet', 'origin', 'refs/notes/caws:refs/notes/caws'];
  await gitIn(scene, scene.clone, notes);
  const log = await gitIn(scene, scene.clone, ['log', '-1', '--notes=caws'], 'shown');
  const named = log.split(`CAWS-VERDICT-ID: ${verdict}`).length - 1;
  narrate.expects(named === 2, `the verdict is named ${named} times, not by trailer and note`);
  narrate.ends('merged');
}

async function isMergedByButton(scene: Scene, pull: PullHandle): Promise<void> {
  const { town, narrate, clone } = scene;
  narrate.heading("Squashed by GitHub's own button: a note names the verdict");
  const verdict = town.check(pull)?.externalId ?? 'none';
  narrate.say(`@max presses "Squash and merge" at #${pull.number}`);
  const merged = await town.hub.person('max').merges(pull, { method: 'squash' });
  narrate.expects(merged.ok, merged.ok ? '' : merged.message);
  await town.rest();
  await gitIn(scene, clone, ['pull', '--quiet']);
  await gitIn(scene, clone, ['fetch', '--quiet', 'origin', 'refs/notes/caws:refs/notes/caws']);
  const log = await gitIn(scene, clone, ['log', '-1', '--notes=caws'], 'shown');
  narrate.expects(log.includes(`CAWS-VERDICT-ID: ${verdict}`), 'nothing names the verdict');
  narrate.ends('merged');
}

async function proves({ town, clone, narrate }: Scene): Promise<void> {
  narrate.heading("The app's ledger, and what landed on main, held against each other");
  const ledger = relative(clone, town.ledger);
  const trust = '.caws/trusted-keys.yaml';
  const verify = ['ledger', 'verify', '--ledger', ledger, '--trust', trust];
  const chain = await narrate.types(verify, {
    expected: exits.pass,
    // Its digest, its parts, and a state folder that nobody has here.
    without: /^(?:ledger|head|beside|anchor) /,
  });
  narrate.say('');
  const line = await narrate.types(['audit', '--ledger', ledger], { expected: exits.pass });
  narrate.ends(chain.code === exits.pass && line.code === exits.pass ? 'holds' : 'does not hold');
}

async function catchesPush(scene: Scene): Promise<void> {
  const { town, clone, narrate } = scene;
  narrate.heading('An owner pushes past the gate');
  narrate.say('@ada, whom the ruleset lets pass, pushes a commit straight to main');
  const files = { 'src/cart/total.ts': codeOf(30, 'total') };
  await town.hub.person('ada').push(town.shop, 'main', files, 'Just this once');
  await town.rest();
  await gitIn(scene, clone, ['pull', '--quiet']);
  narrate.say('');
  const audit = ['audit', '--ledger', relative(clone, town.ledger)];
  const { code } = await narrate.types(audit, { expected: exits.fail });
  narrate.ends(code === exits.fail ? 'caught' : 'not caught');
}

type Seen = Pick<Scene, 'town' | 'narrate'>;

async function opens(
  { town, narrate }: Seen,
  branch: string,
  title: string,
  files: Readonly<Record<string, string>>,
): Promise<PullHandle> {
  const pull = await town.opens(branch, title, files);
  narrate.say(`@kim opens #${pull.number} ${title}\n  ${pull.page}`);
  await town.rest();
  return pull;
}

/** @param narrate tells of it, where somebody watches. */
export async function opensTooLarge(
  town: Town,
  branch: string,
  title: string,
  name: string,
  narrate?: Narrator,
): Promise<PullHandle> {
  const files = { [`src/cart/${branch}.ts`]: codeOf(260, name) };
  if (narrate !== undefined) return opens({ town, narrate }, branch, title, files);
  const pull = await town.opens(branch, title, files);
  await town.rest();
  return pull;
}

async function comments(
  { town, narrate }: Seen,
  login: string,
  pull: PullHandle,
  body: string,
): Promise<void> {
  narrate.say(`@${login} comments at #${pull.number}\n  ${body}`);
  const { id } = town.hub.person(login).comments(pull, body);
  await town.rest();
  const app = town.check(pull)?.appId;
  const answers = pull.comments.filter(
    (each) => each.id > id && each.viaAppId === app && !each.body.includes('caws:sticky'),
  );
  for (const answer of answers) narrate.say(`@caws-arbiter answers\n  ${plain(answer.body)}`);
}

/** Markdown as a terminal shows it: the first paragraph, without marks for machines. */
const plain = (markdown: string): string =>
  (
    markdown
      .replaceAll(/<!--.*?-->/gs, '')
      .trim()
      .split(/\n\n/)[0] ?? ''
  )
    .replaceAll(/&#8203;|\*\*|\\(?=[^\w\s])/g, '')
    .replaceAll('\n', '\n  ');

/** Tells what the check shows, and holds it against what it has to show. */
function shows(
  { town, narrate }: Seen,
  pull: PullHandle,
  conclusion: string | null,
  title: RegExp,
): void {
  const check = town.check(pull);
  narrate.say(`CAWS verdict  ${check?.title ?? 'is missing'}\n  ${check?.detailsUrl ?? ''}`);
  narrate.expects(
    check !== undefined &&
      (check.conclusion ?? null) === conclusion &&
      title.test(check.title ?? ''),
    `the check says ${check?.conclusion ?? 'nothing'}, not ${conclusion ?? 'nothing'}`,
  );
}

async function isRefused({ town, narrate }: Seen, pull: PullHandle): Promise<void> {
  const merged = await town.hub.person('max').merges(pull);
  narrate.say(
    `@max presses "Merge": ${merged.ok ? 'merged' : `GitHub refuses. ${merged.message}`}`,
  );
  narrate.expects(!merged.ok, 'GitHub let it pass');
}

const run = promisify(execFile);

/** Stock git, with nothing of this machine's settings. GitHub answers it from this very process. */
async function gitIn(
  { narrate }: Pick<Scene, 'narrate'>,
  folder: string,
  args: readonly string[],
  shown?: 'shown',
): Promise<string> {
  narrate.say(`$ git ${args.join(' ')}`);
  const { stdout } = await run('git', args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
    },
  });
  if (shown) narrate.say(stdout.trimEnd());
  return stdout;
}
