import type { Examination } from '../2-examination/examination.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { visible } from '../5-publication/escape.ts';
import { deliberationText, examinationText, pleadingText } from '../5-publication/progress.ts';
import type { Paint, Tone } from '../5-publication/report.ts';
import type { Stage, Step } from '../cycle/world.ts';
import type { Instant } from '../primitives.ts';
import type { World } from './world.ts';

const STAGE_WIDTH = 14;
const TEXT_WIDTH = 56;

/** Paints for the world's terminal; plain text where it takes no colour. */
export function paintFor(world: Pick<World, 'color'>): Paint {
  const codes: Readonly<Record<Tone, string>> = {
    good: '32',
    bad: '31;1',
    hold: '33;1',
    faint: '2',
    strong: '1',
  };
  return (tone, text) => (world.color ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text);
}

/**
 * One line a stage on stderr, as it ends; on a terminal the running stage shows meanwhile.
 *
 * @returns what to hand the cycle as its watcher.
 */
export function stageLines(world: World): (step: Step) => void {
  const paint = paintFor(world);
  let started: Instant | null = null;
  const running = (stage: Stage, text: string) => {
    if (world.terminal) world.err(`\r\u001b[K● ${stage.padEnd(STAGE_WIDTH)}${text}`);
  };
  const done = (stage: Stage, mark: string, text: string, at: Instant) => {
    const took = `${((at - (started ?? at)) / 1000).toFixed(1)} s`;
    const line = `${mark} ${stage.padEnd(STAGE_WIDTH)}${text.padEnd(TEXT_WIDTH)} ${paint('faint', took)}`;
    world.err(`${world.terminal ? '\r\u001b[K' : ''}${line}\n`);
    started = at;
  };
  return (step) => {
    switch (step.kind) {
      case 'stage-started':
        started = step.at;
        return running(step.stage, 'measuring the change');
      case 'pleaded':
        return done('Pleading', paint('good', '✓'), pleadingText(step.change), step.at);
      case 'examined':
        return done(
          'Examination',
          markOf(step.examination.findings, paint),
          examinationText(step.examination),
          step.at,
        );
      case 'gate':
        return running('Deliberation', `${visible(step.gate)} ${step.state}`);
      case 'deliberated':
        return done(
          'Deliberation',
          markOf(step.deliberation.findings, paint),
          deliberationText(step.deliberation),
          step.at,
        );
      case 'decided':
        return done('Verdict', paint('good', '✓'), verdictText(step.record), step.at);
      case 'published':
        return done(
          'Publication',
          paint('good', '✓'),
          `ledger entry ${step.entry.sequence}, ${step.entry.digest.slice(7, 19)}`,
          step.at,
        );
    }
  };
}

function markOf(findings: Examination['findings'], paint: Paint): string {
  if (findings.some(({ standing }) => standing === 'fails')) return paint('bad', '✗');
  if (findings.some(({ standing }) => standing === 'needs-waiver')) return paint('hold', '◆');
  return paint('good', '✓');
}

function verdictText({ verdict, deliberation }: VerdictRecord): string {
  return `${verdict.replace('_', ' ')}, S = ${deliberation.score.s}`;
}
