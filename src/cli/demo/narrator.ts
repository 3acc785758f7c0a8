import { stripVTControlCharacters } from 'node:util';
import { asCalled, PROGRAM } from '../../5-publication/as-called.ts';
import { shellWord } from '../../5-publication/escape.ts';
import type { Paint, Tone } from '../../5-publication/report.ts';
import { paintFor } from '../stage-lines.ts';
import type { ExitCode, World } from '../world.ts';
import { folded } from './fold.ts';
import type { House } from './house.ts';
import type { Program, Said } from './program.ts';

/** What one part of the demo showed. */
export interface Act {
  readonly title: string;
  /** In one or two words. */
  readonly result: string;
  readonly asExpected: boolean;
}

/** How much of what a command says is shown. */
interface Shown {
  readonly expected: ExitCode;
  /** Shows the stages as they ended; once is enough. */
  readonly stages?: boolean;
  /** Paragraphs between the first and the last that are shown; default: all. */
  readonly grounds?: number;
  /** Lines that are left out, each run of them shown as `…`. */
  readonly without?: RegExp;
}

/** Prints headings, commands and what the program answers, and keeps what came of it. */
export interface Narrator {
  heading(title: string): void;
  /** A line of our own. */
  say(text: string): void;
  /** Holds what came about against what was to come about, and says where it differs. */
  expects(asWanted: boolean, what: string): void;
  /** Shows the command, runs it, shows its answer, and holds its exit code against the expected one. */
  types(args: readonly string[], shown: Shown): Promise<Said>;
  /** Closes the part: what the summary says of it. */
  ends(result: string): void;
  acts(): readonly Act[];
}

export function narrator(world: Pick<World, 'out' | 'color' | 'call'>, arbiter: Program): Narrator {
  const paint = paintFor(world);
  const acts: Act[] = [];
  const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const show = (text: string) => world.out(folded(asCalled(text, world.call), columns));
  let title = '';
  let asExpected = true;
  const expects = (asWanted: boolean, what: string) => {
    if (asWanted) return;
    asExpected = false;
    show(`${paint('bad', `Not as expected: ${what}.`)}\n`);
  };
  return {
    heading(text) {
      title = text;
      asExpected = true;
      show(`\n${paint('strong', `── ${acts.length + 1}. ${text} ──`)}\n`);
    },
    say: (text) => show(`${text}\n`),
    expects,
    async types(args, { expected, stages = false, grounds, without }) {
      show(`${paint('faint', '$')} ${paint('strong', commandText(args))}\n`);
      const said = await arbiter.run(...args);
      if (stages || said.code !== expected) show(`${said.err}\n`);
      const fewer = grounds === undefined ? said.out : shortened(said.out, grounds, paint);
      show(without === undefined ? fewer : withoutLines(fewer, without, paint));
      expects(said.code === expected, `exit code ${said.code}, not ${expected}`);
      return said;
    },
    ends: (result) => acts.push({ title, result, asExpected }),
    acts: () => acts,
  };
}

/** What one sees first. */
export const opening = `A real git repository in a temporary folder; nothing of yours is touched.

The working spec CART-1 allows changes in src/cart and test/cart, at risk
tier 2: up to 10 files, 200 lines, and tests that take 80 % of the branches.
Robin writes the changes. Sam maintains the shop and may grant waivers.
`;

const commandText = (args: readonly string[]): string =>
  ['arbiter', ...args.map(shellWord)].join(' ');

/** The first paragraph, some grounds, the last paragraph, and how many lie between. */
function shortened(text: string, grounds: number, paint: Paint): string {
  const paragraphs = text.trimEnd().split('\n\n');
  const [first = '', ...rest] = paragraphs;
  const last = rest.pop();
  const left = rest.length - grounds;
  if (last === undefined || left <= 0) return text;
  const more = paint('faint', `  (${left} more: arbiter verdict show)`);
  return `${[first, ...rest.slice(0, grounds), more, last].join('\n\n')}\n`;
}

function withoutLines(text: string, unwanted: RegExp, paint: Paint): string {
  let leftOut = false;
  return text
    .split('\n')
    .flatMap((line) => {
      const plain = stripVTControlCharacters(line);
      const begins = !leftOut;
      leftOut = unwanted.test(plain);
      if (!leftOut) return [line];
      return begins ? [paint('faint', `${/^ */.exec(plain)?.[0] ?? ''}…`)] : [];
    })
    .join('\n');
}

/** The table of what was shown. */
export function summaryOf(
  world: Pick<World, 'color'>,
  acts: readonly Act[],
  seconds: number,
): string {
  const paint = paintFor(world);
  const width = Math.max(...acts.map(({ result }) => result.length));
  const rows = acts.map(({ title, result, asExpected }) => {
    const shown = paint(asExpected ? toneOf(result) : 'bad', result.padEnd(width));
    return `${shown}  ${title}${asExpected ? '' : ' (not as expected)'}\n`;
  });
  const failed = acts.filter(({ asExpected }) => !asExpected).length;
  const outcome =
    failed === 0
      ? `All as expected, in ${seconds.toFixed(1)} s.`
      : paint('bad', `${failed} of ${acts.length} not as expected: please report this.`);
  return `\n${paint('strong', '── What you saw ──')}\n${rows.join('')}\n${outcome}\n`;
}

function toneOf(result: string): Tone {
  if (/^(?:PASS|holds|caught|merged)/.test(result)) return 'good';
  return result === 'FAIL' ? 'bad' : 'hold';
}

/** What to do next. @param kept the house, where it stays to be looked at. */
export function nextSteps(kept: House | null, { call }: Pick<World, 'call'>): string {
  const arbiter = call?.program ?? PROGRAM;
  const own = `In a repository of your own:  ${arbiter} -C DIR init\n`;
  if (kept === null) return `To look around in all this:   ${arbiter} demo --keep\n${own}`;
  const variables = Object.entries(kept.variables)
    .filter(([name]) => name !== 'HOME')
    .map(([name, value]) => `  export ${name}=${shellWord(value)}\n`);
  const shop = shellWord(kept.shop.directory);
  return `
The repository and its ledger stay. To look around:
${variables.join('')}  ${arbiter} -C ${shop} verdict list
  ${arbiter} -C ${shop} verdict explain
  ${arbiter} -C ${shop} waiver list
  ${arbiter} -C ${shop} ledger log
To remove them:  rm -r ${shellWord(kept.shop.directory.replace(/\/shop$/, ''))}
${own}`;
}
