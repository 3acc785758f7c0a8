/** What is said of workers: why one proposed nothing, and of a patch that cannot be taken. */
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import type { DocumentFault } from '../caws/law.ts';
import { visible } from './escape.ts';
import { type UnknownNames, unknownNamesText } from './plan-words.ts';
import { findingsOf } from './report.ts';
import { wordsOf } from './sentences.ts';

/** Why a worker has no patch to show. */
export type NotProposed =
  | {
      readonly kind: 'worker-silent';
      readonly step: 'plan' | 'patch';
      readonly because: string;
      readonly detail: string;
    }
  | { readonly kind: 'plan-unreadable'; readonly fault: DocumentFault }
  | { readonly kind: 'plan-elsewhere'; readonly named: string; readonly wanted: string }
  /** It can be judged, and the strategy takes another one, or none. */
  | { readonly kind: 'not-taken' }
  | {
      readonly kind: 'plan-refused';
      readonly record: VerdictRecord;
      readonly unknown: UnknownNames;
    };

const kinds: Readonly<Record<NotProposed['kind'], true>> = {
  'worker-silent': true,
  'plan-unreadable': true,
  'plan-elsewhere': true,
  'plan-refused': true,
  'not-taken': true,
};

export const isNotProposed = (fault: { readonly kind: string }): fault is NotProposed =>
  fault.kind in kinds;

const words: Readonly<Record<string, string>> = {
  'timed-out': 'took too long',
  'too-much-output': 'printed too much',
  'too-much-disk': 'took too much of the disk',
  'too-much-memory': 'took too much memory',
  aborted: 'was ended',
  'could-not-start': 'could not be started',
  killed: 'was killed by a signal',
  failed: 'failed',
  'no-plan': 'left no plan.yaml that can be read',
  'no-patch': 'left no change.patch that can be read',
};

/** What stands against a plan that a person reads; the first ones say where to begin. */
const AGAINST_MAX = 3;

/**
 * What follows the worker's name, e.g. `failed at its plan`. One line, with the texts of strangers made visible;
 * what a command printed is left out, for it is told on whoever runs it.
 */
export function notProposedText(because: NotProposed): string {
  switch (because.kind) {
    case 'worker-silent': {
      const what = words[because.because] ?? because.because;
      return because.because.startsWith('no-') ? what : `${what} at its ${because.step}`;
    }
    case 'plan-unreadable': {
      const [first] = because.fault.problems;
      const where = first?.line == null ? '' : `, line ${first.line}`;
      return `wrote a plan that cannot be read: ${visible(first?.message ?? 'not YAML', 200)}${where}`;
    }
    case 'plan-elsewhere':
      return `planned for ${visible(because.named, 80)}, and was asked for ${visible(because.wanted, 80)}`;
    case 'not-taken':
      return 'wrote a patch that the strategy of the policy does not take';
    case 'plan-refused':
      return `planned what would not pass, so no patch was asked for. ${against(because).join(' ')}`;
  }
}

function against({ record, unknown }: Extract<NotProposed, { kind: 'plan-refused' }>) {
  const found = findingsOf(record)
    .filter(({ standing }) => standing === 'fails' || standing === 'needs-waiver')
    .map((finding) => wordsOf(finding).says);
  const named = unknownNamesText(unknown)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [`${line.replace('✗ ', '')}.`]));
  const all = [...found, ...named];
  const more = all.length > AGAINST_MAX ? [`And ${all.length - AGAINST_MAX} more.`] : [];
  return [...all.slice(0, AGAINST_MAX), ...more];
}

/** What each strategy does and when it pays, as help shows it. */
export const strategiesText = `Strategies, where several workers or samples are asked:
  every             each worker once, every patch is a candidate
  self-consistency  one worker several times, the patch that more than half agree on: for a model whose
                    answers vary, where no gate tells right from wrong; it costs as many runs as samples
  majority          each worker once, the patch that more than half agree on: for workers that err apart
  cascade           the first worker (the small one), the next only where its patch would not pass: it saves
                    a quarter to a half of the large one's cost, and loses nothing only as far as tests and
                    gates tell a wrong patch; give it --run-gates
  race              all at once, the first patch that would pass; the others are ended: faster only where
                    they run on devices of their own, on one GPU slower than cascade
Patches are the same where they change the same lines alike.`;

/** Said beside the progress: the arbitration goes on among the others. */
export function workerSilentText(name: string, command: string, because: NotProposed): string {
  const text = notProposedText(because).replace(/\.$/, '');
  const detail = because.kind === 'worker-silent' ? `: ${visible(because.detail, 200)}` : '';
  return `Note: ${name} (${visible(command, 80)}) ${text}${detail}. It is left out.\n`;
}

/** @param why the fault in words, of which the first line says what it is. */
export function workerRefusedText(name: string, why: string): string {
  return `Note: the patch of ${name} is left out. ${why.split('\n')[0] ?? ''}\n`;
}

/** @param strategy by which nobody's patch was taken, e.g. because no two were the same. */
export function nothingTakenText(strategy: string, tried: number): string {
  return `Note: of ${tried} ${tried === 1 ? 'answer' : 'answers'} none is taken by the strategy ${strategy}.\n`;
}
