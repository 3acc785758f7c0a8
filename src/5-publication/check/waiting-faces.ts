/** Faces of a check that holds no verdict: not yet, not any more, or because something failed. */
import type { CheckFace } from '../../forge.ts';
import type { Instant } from '../../primitives.ts';
import { visible } from '../escape.ts';
import { forgeWords } from '../forge-words.ts';
import { groupDigits } from '../quantity.ts';
import { timeText } from '../waiver-words.ts';
import { errorActions } from './buttons.ts';
import { type Block, bullets, paragraph, table } from './fit.ts';
import { code, link, type Markdown, md, nothing, sentence } from './markdown.ts';
import { durationText, type Progress, type StageProgress } from './progress.ts';
import type { CheckContext, Failed, SingleState } from './state.ts';
import { stoppedWords } from './stopped-words.ts';
import { title } from './titles.ts';
import { recordUrl } from './verdict-summary.ts';

type Of<Kind extends SingleState['kind']> = Extract<SingleState, { readonly kind: Kind }>;
export type Face = Pick<CheckFace, 'status' | 'conclusion' | 'title' | 'actions'> & {
  readonly blocks: readonly Block[];
};

const open = { conclusion: null, actions: [] } as const;
const clock = (at: Instant): string => timeText(at).slice(11);

export function queuedFace({ ahead, runner, since }: Of<'queued'>, context: CheckContext): Face {
  const place = ahead === null ? '' : ahead === 0 ? 'starts next' : `${groupDigits(ahead)} ahead`;
  const where = runner === null ? '' : `runner ${visible(runner, 30)}`;
  const said = [where, place].filter((part) => part !== '').join(', ');
  return {
    ...open,
    status: 'queued',
    title: title('QUEUED', said === '' ? 'starts soon' : said),
    blocks: [
      paragraph(
        md`**QUEUED** - waiting since ${timeText(since)}${said === '' ? '' : `; ${said}`}. Merging stays blocked until there is a verdict.`,
      ),
      paragraph(liveLine(context)),
    ],
  };
}

export function runningFace({ progress }: Of<'running'>, context: CheckContext): Face {
  const { stages, gate, startedAt, usualMs } = progress;
  const at = Math.max(
    0,
    stages.findIndex(({ state }) => state === 'running'),
  );
  const stage = stages[at];
  const since = gate?.startedAt ?? stage?.startedAt ?? startedAt;
  const took = durationText(context.now - since);
  const what = gate === null ? '' : `${visible(gate.id, 40)} `;
  const waits = gate?.waitsFor === undefined ? '' : ` waits: ${visible(gate.waitsFor, 200)}`;
  const usual = usualMs === null ? '' : `; usually ${durationText(usualMs)} in all`;
  return {
    ...open,
    status: 'in_progress',
    title: title(`${at + 1}/5 ${stage?.name ?? 'Pleading'}`, `${what}(${took})`),
    blocks: [
      paragraph(
        md`**${stage?.name ?? 'Pleading'}**${gate === null ? nothing : md` - gate ${code(gate.id)}${waits}`}, started ${timeText(startedAt)}${usual}.`,
      ),
      stageTable(progress, context.now),
      paragraph(
        gate === null
          ? liveLine(context)
          : md`${liveLine(context)} · wait no longer: ${code('/caws cancel')}`,
      ),
    ],
  };
}

const stageMarks: Readonly<Record<StageProgress['state'], string>> = {
  done: '✓ done',
  running: '● running',
  waiting: '○ waiting',
};

function stageTable({ stages, gate }: Progress, now: Instant): Block {
  const cells = (stage: StageProgress) => {
    const said = stage.state === 'running' && gate !== null ? gate.id : stage.said;
    return [
      md`${stages.indexOf(stage) + 1} ${stage.name}`,
      md`${stageMarks[stage.state]}${said === '' ? nothing : md` - ${said}`}`,
      md`${stage.startedAt === null ? '' : clock(stage.startedAt)}`,
      md`${stage.startedAt === null ? '' : durationText((stage.endedAt ?? now) - stage.startedAt)}`,
    ];
  };
  return table(['Stage', 'State', 'Started', 'Took'], stages, cells);
}

const liveLine = (context: CheckContext): Markdown =>
  link('Watch it live', recordUrl(context, context.id));

export function waitingFace(state: Of<'waiting'>, context: CheckContext): Face {
  const { fault, since, attempt, againAt, deadline } = state;
  const { phrase, what, next } = forgeWords(fault);
  if (context.now >= deadline)
    return {
      status: 'completed',
      conclusion: 'timed_out',
      actions: errorActions,
      title: title('ERROR', `GitHub gave no whole answer, not your code`),
      blocks: [
        paragraph(
          md`**ERROR** - GitHub gave no whole answer since ${timeText(since)}. This says nothing about your code.`,
        ),
        bullets(
          [sentence(what), md`Tried ${attempt} times. Next: ${code('/caws recheck')}`],
          (item) => item,
        ),
      ],
    };
  return {
    ...open,
    status: 'in_progress',
    title: title('WAITING', `for GitHub: ${phrase}`),
    blocks: [
      paragraph(
        md`**WAITING** - ${sentence(what)} Nothing is judged by a part, and merging stays blocked.`,
      ),
      bullets(
        [
          md`Waiting since ${timeText(since)}, attempt ${attempt}; the next one is due ${timeText(againAt)}.`,
          sentence(next),
        ],
        (item) => item,
      ),
    ],
  };
}

export function errorFace(state: Failed, context: CheckContext): Face {
  const { phrase, what, next, conclusion } = stoppedWords(state.stopped);
  const { stage, attempt, attemptsMax, reference } = state;
  return {
    status: 'completed',
    conclusion,
    actions: errorActions,
    title: title('ERROR', phrase),
    blocks: [
      paragraph(
        md`**ERROR** - the arbiter could not finish. This says nothing about your code, and merging stays blocked.`,
      ),
      ...what
        .split('\n')
        .map((line, at) =>
          paragraph(
            at === 0
              ? md`${stage}, attempt ${attempt} of ${attemptsMax}: ${sentence(line)}`
              : md`${sentence(line.trim())}`,
          ),
        ),
      paragraph(md`**Next:**`),
      bullets(
        [
          ...(next === null ? [] : [sentence(next)]),
          md`${code('/caws recheck')} · ${link('status', `${context.site}/readyz`)} · if it repeats, quote ${code(reference)}`,
        ],
        (item) => item,
      ),
    ],
  };
}

export function supersededFace({ by }: Of<'superseded'>): Face {
  return {
    status: 'completed',
    conclusion: 'cancelled',
    actions: [],
    title: title('SUPERSEDED', `by ${by.slice(0, 7)}`),
    blocks: [
      paragraph(
        md`**SUPERSEDED** - the pull request is now at ${code(by.slice(0, 12))}; that head has a check of its own.`,
      ),
    ],
  };
}

export function leftFace({ landed }: Of<'left'>, { name }: CheckContext): Face {
  const ended = { status: 'completed', conclusion: 'cancelled', actions: [] } as const;
  if (landed !== null)
    return {
      ...ended,
      title: title('MERGED', `as ${landed.slice(0, 7)}`),
      blocks: [
        paragraph(
          md`**MERGED** - this head landed as ${code(landed.slice(0, 12))}, which carries its verdict. A check counts for what is open, so nobody merges by this one again.`,
        ),
      ],
    };
  return {
    ...ended,
    title: title('LEFT', 'judged for another branch now'),
    blocks: [
      paragraph(
        md`**LEFT** - no open pull request at this commit leads into a branch that asks for ${code(name)}. A verdict counts for the branch that it was given for; what is open has a check of its own.`,
      ),
    ],
  };
}

/** A verdict that held until a waiver ended: it is no pass any more, and no other verdict yet. */
export function lapsedFace(validUntil: string, context: CheckContext): Face {
  return {
    ...open,
    status: 'in_progress',
    title: title('QUEUED', `a waiver ended ${validUntil.slice(0, 10)}, judged again`),
    blocks: [
      paragraph(
        md`**QUEUED** - the verdict held until ${timeText(validUntil)}, when a waiver ended. The head is judged again.`,
      ),
      paragraph(liveLine(context)),
    ],
  };
}
