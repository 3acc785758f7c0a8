/**
 * The same adversaries with one bound of the judge switched off at a time, as JSON: what the bounds are
 * there for has to happen then, or counting zero elsewhere would prove nothing.
 *
 * Run: node test/3-deliberation/judge/unbound-process.ts
 */
import type { Defence } from '../../attacks/row.ts';
import { importWithout } from '../../without.ts';
import type * as adversaries from './adversaries.ts';
import { payloads } from './payloads.ts';

const FILE = 'test/3-deliberation/judge/adversaries.ts';
const OUTPUTS = 200;
const plainly = payloads.filter(({ name }) => name.startsWith('plain')).slice(0, 2);

const bounds: Readonly<Record<'verdict' | 'tie band' | 'half of P' | 'fence', Defence>> = {
  verdict: {
    file: 'src/4-verdict/judge.ts',
    from: 'lower(unjudged.verdict, judged.verdict)',
    to: 'judged.verdict',
  },
  'tie band': {
    file: 'src/3-deliberation/judge/order.ts',
    from: 'passes && score >= best - TIE_BAND',
    to: 'passes || score < best',
  },
  'half of P': {
    file: 'src/3-deliberation/score.ts',
    from: '(det + grounds.judge) / 2',
    to: 'grounds.judge',
  },
  fence: {
    file: 'src/3-deliberation/judge/prompt.ts',
    from: '<<<DATA $',
    to: '$',
  },
};

const without = (bound: keyof typeof bounds) =>
  importWithout<typeof adversaries>(FILE, bounds[bound]);

const [verdict, band, half, fence] = [
  await without('verdict'),
  await without('tie band'),
  await without('half of P'),
  await without('fence'),
];
console.log(
  JSON.stringify({
    verdictsRaised: verdict.throwOutputs(OUTPUTS, 1).verdictsRaised,
    winnersRaised: band.throwOutputs(OUTPUTS, 1).winnersRaised,
    scoresRaised: half.throwOutputs(OUTPUTS, 1).scoresRaised,
    steered: fence.steer(plainly),
  }),
);
