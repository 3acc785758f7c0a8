/**
 * Everything that can happen to one pull request and come of its deliveries, in every order, on the parts
 * of the app that are pure: what a delivery asks for, which askings are one, and the judge.
 */

import { concernsOf } from '../../app/intake/concerns.ts';
import { subjectText } from '../../app/work/task.ts';
import { noPlea } from '../../src/1-pleading/plea.ts';
import { judge } from '../../src/4-verdict/judge.ts';
import { checkFace } from '../../src/5-publication/check/face.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { RULE_SET } from '../../src/caws/rules.ts';
import type { VerdictId } from '../../src/primitives.ts';
import { aChange, aFile, digestOf, now } from '../2-examination/case.ts';
import { shopPolicy, shopSpec } from '../shop.ts';
import { appId, commentOn, given, installation, pullRequest, repository, sha } from './mail.ts';

const kim = { id: 9, login: 'kim', type: 'User' };
const [a, b] = [sha('a'), sha('b')];
const asked = JSON.parse(pullRequest(4));

/** What happens, and the delivery that tells of it. */
export const happenings = {
  opened: ['pull_request', { ...asked, action: 'opened' }],
  push: ['pull_request', JSON.parse(pullRequest(4, { head: b }))],
  comment: ['issue_comment', JSON.parse(commentOn(4, { body: '/caws status' }))],
  review: ['pull_request_review', { ...asked, action: 'submitted' }],
  label: ['pull_request', { ...asked, action: 'labeled' }],
  base: [
    'pull_request',
    { ...asked, action: 'edited', changes: { base: { ref: { from: 'main' } } } },
  ],
  policy: [
    'push',
    { ref: 'refs/heads/main', before: a, after: b, repository, installation, sender: kim },
  ],
} as const satisfies Readonly<Record<string, readonly [string, object]>>;

export type Kind = keyof typeof happenings;
export const kinds = Object.keys(happenings) as Kind[];

/** The texts of what a delivery asks to be looked at, as the queue keeps them. */
export function asksFor(kind: Kind): readonly string[] {
  const [event, body] = happenings[kind];
  const { heard } = concernsOf(event, body, { appId, login: 'caws-arbiter[bot]' });
  return heard.flatMap(({ concerns }) => concerns.map(subjectText));
}

/** What decides about the pull request: its head, its base, and the policy of the base it was opened for. */
const [PUSHED, MOVED, TIGHTENED] = [1, 2, 4];
const bitOf: Partial<Record<Kind, number>> = { push: PUSHED, base: MOVED, policy: TIGHTENED };
const WORLDS = 8;

/** The check that a world deserves, in all its words. */
function faceOf(world: number): string {
  const lines = (world & PUSHED) === 0 ? 10 : 30;
  const limit = (world & MOVED) !== 0 ? 40 : (world & TIGHTENED) !== 0 ? 5 : 25;
  const policy = shopPolicy.replace('max_loc: 200', `max_loc: ${limit}`);
  const file = aFile('src/cart/total.ts', {
    lines,
    added: lines,
    ownAdded: lines,
    linesAdded: lines,
  });
  const record = given(
    judge(
      {
        schema: 'caws-arbiter/case@1',
        tool: { version: '0.1.0', rules: RULE_SET },
        at: now,
        change: aChange({ files: [file] }),
        law: {
          policy: { file: '.caws/policy.yaml', text: policy },
          specs: [{ file: '.caws/specs/CART-1.yaml', text: shopSpec }],
          waivers: [],
          trustedKeys: null,
          allowedSigners: null,
        },
        shipped: shippedPolicy(),
        plea: noPlea,
        pleaSigns: [],
        pleaFault: null,
        diff: { kind: 'absent' },
        specNamed: null,
        branches: ['4'],
        waiverEvents: [],
        waiverUses: null,
        history: null,
        answers: [],
      },
      { id: '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId, caseDigest: digestOf('case') },
    ),
  );
  const face = checkFace(
    {
      kind: 'decided',
      record,
      entry: { sequence: 1, digest: digestOf('entry') },
      tookMs: null,
      annotatable: new Set([file.path]),
      pending: [],
    },
    {
      site: 'https://arbiter.example',
      repository: { owner: 'acme', name: 'widgets' },
      name: 'CAWS verdict',
      id: record.id,
      now,
      mode: 'enforce',
      imitators: [],
      unsaid: null,
      aside: null,
    },
  );
  return JSON.stringify(face);
}

/**
 * How far a happening has come, a digit of base 4 for each kind: 0 not at all; 1 untold; 2 told once; 3
 * told twice.
 */
const STEPS = 4;
const NODES = STEPS ** kinds.length;
const stepOf = (node: number, kind: Kind) =>
  Math.floor(node / STEPS ** kinds.indexOf(kind)) % STEPS;
const happened = (node: number, kind: Kind) => stepOf(node, kind) > 0;

/**
 * The app at one moment, in one number: a bit for each asking that waits; the world, and one, that the
 * check of the first head speaks of, that of the pushed one, and the docket. 0 where there is none.
 */
type App = number;
const WAITING = 12;
const checkAt = (world: number) => ((world & PUSHED) === 0 ? 8 : 4);
const standsAt = (app: App, place: number) => (app >> place) & 15;

/** What has happened, for whoever looks. */
interface Node {
  readonly number: number;
  readonly world: number;
  readonly open: boolean;
  /** Nothing that happened is untold. */
  readonly allTold: boolean;
  /** The askings that lead to the pull request now. */
  readonly leading: number;
}

function nodeOf(number: number, subjects: readonly string[]): Node {
  const world = kinds.reduce(
    (all, kind) => all | (happened(number, kind) ? (bitOf[kind] ?? 0) : 0),
    0,
  );
  const leading = ['pull:4', `open:${(world & MOVED) === 0 ? 'main' : 'other'}`];
  return {
    number,
    world,
    open: happened(number, 'opened'),
    allTold: kinds.every((kind) => stepOf(number, kind) !== 1),
    leading: bitsOf(leading, subjects),
  };
}

const bitsOf = (texts: readonly string[], subjects: readonly string[]): number =>
  subjects.reduce((bits, subject, at) => bits | (texts.includes(subject) ? 1 << at : 0), 0);

/** Works on all that waits, as the app does: the pull request is heard by the world as it is now. */
function worked(app: App, { world, open, leading }: Node): App {
  const rested = app & ((1 << WAITING) - 1);
  return open && ((app >> WAITING) & leading) !== 0 ? heard(rested, world) : rested;
}

function heard(app: App, world: number): App {
  const place = checkAt(world);
  return (app & ~(15 << place) & ~15) | ((world + 1) << place) | (world + 1);
}

export interface Orders {
  /** In how many orders the deliveries can come, each of them never, once or twice. */
  readonly orders: number;
  /** What has happened, what of it was told, and how the app stands: as many as there are. */
  readonly moments: number;
  /** Different checks at the end. */
  readonly endings: number;
  /** Moments after which the check does not become what it has to be. */
  readonly wrong: readonly string[];
}

/**
 * Walks through every order in which everything can happen, be told never, once or twice at any time
 * afterwards, and be worked on at any time after that. Orders that lead to one moment go on alike, so each
 * moment is walked through once.
 */
export function everyOrder(asks: (kind: Kind) => readonly string[] = asksFor): Orders {
  const subjects = [...new Set(kinds.flatMap(asks))];
  const moves = kinds.map((kind, at) => ({
    kind,
    step: STEPS ** at,
    asking: bitsOf(asks(kind), subjects) << WAITING,
  }));
  const faces = Array.from({ length: WORLDS }, (_, world) => faceOf(world));
  const reached = Array.from({ length: NODES }, () => new Set<App>());
  const endings = new Set<string>();
  const wrong: string[] = [];
  let moments = 0;
  reached[0]?.add(0);
  // A step only ever adds to a node's number, so each is complete when its turn comes.
  for (const [number, apps] of reached.entries()) {
    const node = nodeOf(number, subjects);
    for (const app of apps) apps.add(worked(app, node));
    moments += apps.size;
    for (const { kind, step, asking } of moves) {
      if (!mayMove(node, kind)) continue;
      const told = happened(number, kind) ? asking : 0;
      for (const app of apps) reached[number + step]?.add(app | told);
    }
    if (node.open) endings.add(faces[node.world] ?? '');
    for (const app of apps) if (!endsRight(app, node, faces)) wrong.push(described(number, app));
    apps.clear();
  }
  return { orders: countOrders(), moments, endings: endings.size, wrong };
}

/** A pull request that is not open yet cannot be spoken of. */
function mayMove({ number, open }: Node, kind: Kind): boolean {
  const needsPull = kind !== 'opened' && kind !== 'policy';
  return stepOf(number, kind) < STEPS - 1 && (!needsPull || open);
}

/**
 * Where all was told, what waits is enough. Where something was lost, a look at all open pull requests
 * finds one of which the docket has another world, or none.
 */
function endsRight(app: App, node: Node, faces: readonly string[]): boolean {
  if (!node.open) return true;
  const ended = worked(app, node);
  const found = !node.allTold && standsAt(ended, 0) !== node.world + 1;
  const check = standsAt(found ? heard(ended, node.world) : ended, checkAt(node.world));
  return check > 0 && faces[check - 1] === faces[node.world];
}

const described = (number: number, app: App): string =>
  `${kinds.map((kind) => `${kind} ${['-', 'untold', 'told', 'told twice'][stepOf(number, kind)]}`).join(', ')}; app ${app.toString(16)}`;

/** Words of seven letters, each of them at most twice in a word. */
function countOrders(): number {
  const times = 3;
  const words = Array.from({ length: times ** kinds.length }, () => 0);
  words[0] = 1;
  for (const [node, count] of words.entries())
    for (const at of kinds.keys()) {
      const step = times ** at;
      if (Math.floor(node / step) % times < times - 1)
        words[node + step] = (words[node + step] ?? 0) + count;
    }
  return words.reduce((all, count) => all + count, 0);
}
