/**
 * The same adversaries with the bounds of a judge switched off, as JSON: what the bounds are
 * there for has to happen then, or counting zero elsewhere would prove nothing.
 *
 * Run: node test/3-deliberation/judge/unbound-process.ts
 */
import type { Defence } from '../../attacks/row.ts';
import { importWithout } from '../../without.ts';
import type * as adversaries from './adversaries.ts';
import { payloads } from './payloads.ts';

const FILE = 'test/3-deliberation/judge/adversaries.ts';
const OUTPUTS = 300;
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

const { verdict, fence, 'tie band': band, 'half of P': half } = bounds;
// Three counts that do not touch one another.
const { throwOutputs } = await importWithout<typeof adversaries>(FILE, verdict, band, half);
const { steer } = await importWithout<typeof adversaries>(FILE, fence);
console.log(JSON.stringify({ ...throwOutputs(OUTPUTS, 1), steered: steer(plainly) }));
