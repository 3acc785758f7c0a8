/**
 * What the protocol makes of judges whose mistakes are planted, beside the published arithmetic, and what
 * judges that obey, lie or ramble bring about. Every judge here is a script: no model was asked.
 * Ends with 1 where a bar is missed.
 *
 * Run: npm run bench:judge [-- --outputs 100000]
 */
import { parseArgs } from 'node:util';
import { steer, throwOutputs } from '../test/3-deliberation/judge/adversaries.ts';
import { type DebateRow, debateRow, type debates } from '../test/3-deliberation/judge/debated.ts';
import { payloads, places } from '../test/3-deliberation/judge/payloads.ts';
import {
  type Plant,
  panelRow,
  protocolRow,
  tieRates,
  votingRow,
} from '../test/3-deliberation/judge/planted.ts';
import { type Row, report } from './rows.ts';

const { values: options } = parseArgs({
  options: { outputs: { type: 'string', default: '100000' } },
});

/** A planted judge beside what is expected of it: one call, six in one order, six in both, agreeing pairs, five of six, two reads. */
const planted: readonly {
  readonly name: string;
  readonly plant: Plant;
  readonly expected: readonly (readonly [accuracy: number, covered?: number])[];
}[] = [
  {
    name: '67 %, bias 0',
    plant: { signal: 0.8, noise: 0.8, bias: 0 },
    expected: [[0.667], [0.74], [0.74], [0.77, 0.62], [0.864, 0.49], [0.816], [0.935, 0.54]],
  },
  {
    name: '67 %, bias 1',
    plant: { signal: 0.8, noise: 0.8, bias: 1 },
    expected: [[0.648], [0.682], [0.727], [0.784, 0.52], [0.874, 0.4], [0.818], [0.936, 0.54]],
  },
  {
    name: '67 %, bias 2',
    plant: { signal: 0.8, noise: 0.8, bias: 2 },
    expected: [[0.593], [0.581], [0.681], [0.795, 0.32], [0.905, 0.2], [0.816], [0.935, 0.54]],
  },
  {
    name: '77 %, bias 0',
    plant: { signal: 1.5, noise: 0.8, bias: 0 },
    expected: [[0.774], [0.861], [0.86], [0.89, 0.7], [0.954, 0.65], [0.92], [0.982, 0.76]],
  },
  {
    name: '77 %, bias 2',
    plant: { signal: 1.5, noise: 0.8, bias: 2 },
    expected: [[0.676], [0.676], [0.8], [0.916, 0.43], [0.975, 0.37], [0.921], [0.982, 0.76]],
  },
];
const ways = [
  'one call',
  'six calls, one order',
  'six calls, both orders',
  'a pair that agrees',
  'five of six',
  'two reads',
  'two reads, sure',
];

/** Sampling moves a share of some thousand items by a percent or two. */
const TOLERANCE = 0.03;

const shown = ([accuracy, covered]: readonly [number, number?]): string =>
  accuracy.toFixed(3) + (covered === undefined ? '' : ` (${covered.toFixed(2)})`);

function plantedRows(): readonly Row[] {
  return planted.flatMap(({ name, plant, expected }) => {
    const votes = votingRow(plant, 40_000, 1);
    const protocol = protocolRow(plant, 3_000, 2);
    const found: readonly (readonly [number, number?])[] = [
      [votes.oneCall],
      [votes.sixOneOrder],
      [votes.sixBothOrders],
      [votes.swapRight, votes.swapCovered],
      [votes.fiveRight, votes.fiveCovered],
      [protocol.twoReads],
      [protocol.sureRight, protocol.sureCovered],
    ];
    const rows = found.map((each, at): Row => {
      const wanted = expected[at] ?? [Number.NaN];
      const near = each.every(
        (value, part) => Math.abs((value ?? 0) - (wanted[part] ?? 0)) <= TOLERANCE,
      );
      return {
        what: `${name}: ${ways[at]}`,
        measured: shown(each),
        floor: shown(wanted),
        ratio: '',
        bar: `± ${TOLERANCE}`,
        ok: near,
      };
    });
    const whole: Row = {
      what: `${name}: the whole protocol`,
      measured: `${shown([protocol.right, protocol.covered])}, ${protocol.meanCalls.toFixed(1)} calls`,
      floor: shown(expected[6] ?? [0]),
      ratio: '',
      bar: '≥ 0.92, < 6 calls',
      ok: protocol.right >= 0.92 && protocol.meanCalls < 6,
    };
    return [...rows, whole];
  });
}

function panelRows(): readonly Row[] {
  const seeds = Array.from({ length: 12 }, (_, at) => at + 1);
  const of = (
    name: string,
    accuracies: readonly number[],
    reference: string,
    best: number,
  ): Row => {
    const { majority, fitted } = panelRow(accuracies, 500, seeds);
    return {
      what: `a panel of ${name}: fitted weights`,
      measured: `${fitted.toFixed(3)}, majority ${majority.toFixed(3)}`,
      floor: reference,
      ratio: '',
      bar: `≥ ${best}`,
      ok: fitted >= best && fitted > majority,
    };
  };
  const ties = tieRates({ signal: 0, noise: 0.8, bias: 2 }, 10_000, 1);
  const removed = 1 - Math.abs(ties.after - 0.5) / Math.abs(ties.before - 0.5);
  return [
    of('.8 .75 .7 .65 .3', [0.8, 0.75, 0.7, 0.65, 0.3], '0.864, majority 0.765', 0.84),
    of('.85 .7 .65 .55 .5', [0.85, 0.7, 0.65, 0.55, 0.5], '0.842, majority 0.771', 0.82),
    {
      what: 'ties, bias 2: place 1 wins, read once and in both orders',
      measured: `${ties.before.toFixed(2)} → ${ties.after.toFixed(2)}`,
      floor: '0.86 → 0.50',
      ratio: `${(removed * 100).toFixed(1)} %`,
      bar: '≥ 98 % removed',
      ok: removed >= 0.98,
    },
  ];
}

/** No reference of real models stands beside these: how far this judge heeds a claim is part of the script. */
function debateRows(): readonly Row[] {
  const seeds = Array.from({ length: 12 }, (_, at) => at + 1);
  const of = (
    name: keyof typeof debates,
    floor: string,
    bar: string,
    holds: (row: DebateRow) => boolean,
  ): Row => {
    const row = debateRow({ signal: 0.8, noise: 0.8, bias: 0 }, name, seeds);
    return {
      what: `anchors without and with a debate: ${name}`,
      measured: `${row.without.toFixed(3)} → ${row.with.toFixed(3)}`,
      floor,
      ratio: `${row.gain.toFixed(3)} ± ${row.within.toFixed(3)}`,
      bar,
      ok: holds(row),
    };
  };
  return [
    of('the better side finds more to quote', '', '> 0', ({ gain, within }) => gain > within),
    of(
      'both find as much',
      '0: a debate by itself tells nothing',
      `± ${TOLERANCE}`,
      ({ gain }) => Math.abs(gain) <= TOLERANCE,
    ),
    of(
      'only the worse side speaks, and nothing is struck',
      '',
      '< 0: what striking keeps out',
      ({ gain, within }) => gain < -within,
    ),
  ];
}

function adversaryRows(): readonly Row[] {
  const row = (
    what: string,
    measured: number,
    of: number,
    bar: string,
    ok: boolean | null,
  ): Row => ({
    what,
    measured: String(measured),
    floor: `of ${of}`,
    ratio: '',
    bar,
    ok,
  });
  const zero = (what: string, measured: number, of: number) =>
    row(what, measured, of, '0', measured === 0);
  const thrown = throwOutputs(Number(options.outputs), 20_261_126);
  const steered = steer();
  // What no fence helps against; the bounds do.
  const led = steer(
    payloads.filter((_, at) => at % 8 === 0),
    true,
  );
  const named = `${payloads.length} instructions in ${places.length} places`;
  return [
    zero('random outputs: verdicts raised', thrown.verdictsRaised, thrown.outputs),
    zero('random outputs: winners raised', thrown.winnersRaised, thrown.outputs),
    zero(
      'random outputs: scores moved by more than half of P',
      thrown.scoresRaised,
      thrown.outputs,
    ),
    row(
      'random outputs: hearings decided',
      thrown.decided,
      thrown.outputs,
      '> 0',
      thrown.decided > 0,
    ),
    row('random outputs: verdicts lowered', thrown.verdictsLowered, thrown.outputs, '', null),
    zero(`${named}: obeyed`, steered.obeyed, steered.tried),
    zero(`${named}: verdicts raised`, steered.verdictsRaised, steered.tried),
    zero(`${named}: judge talked out of a doubt`, steered.talkedOut, steered.tried),
    zero(`${named}: winners raised`, steered.winnersRaised, steered.tried),
    row(
      `${named}: lowered`,
      steered.verdictsLowered,
      steered.tried,
      '≤ 2 %',
      steered.verdictsLowered <= 0.02 * steered.tried,
    ),
    row(
      `${named}: judge silenced, as if there were none`,
      steered.silenced,
      steered.tried,
      '',
      null,
    ),
    zero('a judge that obeys its data too: verdicts raised', led.verdictsRaised, led.tried),
    row('… talked out of a doubt', led.talkedOut, led.tried, '', null),
    row('… a worse candidate within the tie band wins', led.winnersRaised, led.tried, '', null),
  ];
}

const rows = [...plantedRows(), ...panelRows(), ...debateRows(), ...adversaryRows()];
report(rows);
process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
