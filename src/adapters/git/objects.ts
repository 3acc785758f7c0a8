import type { RepositoryFault } from '../../ports.ts';
import type { ObjectId } from '../../primitives.ts';
import { type GitCall, openGit } from './process.ts';

/** What a name stands for. */
export interface ObjectInfo {
  readonly id: ObjectId;
  readonly type: string;
  readonly bytes: number;
}

/** Why a question about an object has no answer. */
export type ObjectGap = 'missing' | 'ambiguous' | 'too-large' | 'broken' | 'timed-out';

/** A bound that may shrink while questions wait. */
export type BytesLeft = number | (() => number);

/** One `git cat-file --batch-command` that answers questions in their order. */
export interface ObjectSource extends Disposable {
  info(name: string): Promise<ObjectInfo | ObjectGap>;
  /**
   * As `info` and `contents`, for thousands of questions: a promise for each would cost as much as git.
   *
   * @param answer is told the bytes; null where the object is not to be had.
   */
  askSize(id: ObjectId, answer: (id: ObjectId, bytes: number | null) => void): void;
  askContents(
    id: ObjectId,
    bytesMax: BytesLeft,
    answer: (answer: Buffer | ObjectGap) => void,
  ): void;
  /** The whole object; 'too-large' where it has more than `bytesMax` bytes, which are then skipped. */
  contents(id: ObjectId, bytesMax: BytesLeft): Promise<Buffer | ObjectGap>;
  /** Starts the process before there is a question. */
  start(): void;
  /**
   * Why answers were missing that have nothing to do with what was asked: the process was too slow, or somebody ended
   * it. What was concluded from a gap says nothing then. null where it answers, or died of an object that it read.
   */
  failure(): RepositoryFault | null;
}

/** git complains of what it reads, and ends, with this code. */
const COMPLAINED = 128;

type Question =
  | { readonly wants: 'info'; readonly answer: (answer: ObjectInfo | ObjectGap) => void }
  | {
      readonly wants: 'size';
      readonly id: ObjectId;
      readonly answer: (id: ObjectId, bytes: number | null) => void;
    }
  | {
      readonly wants: 'contents';
      readonly bytesMax: BytesLeft;
      readonly answer: (answer: Buffer | ObjectGap) => void;
    };

const DOING = 'reading objects';

/** A name longer than this is nobody's ref; git would answer it with as long a line. */
const NAME_BYTES_MAX = 8_192;

/**
 * Starts the process at the first question. A process that dies answers 'broken' to all that is open,
 * one that works at a single answer for longer than `limitMs` is ended and answers 'timed-out'.
 */
export function openObjects(run: GitCall & { readonly limitMs: number }): ObjectSource {
  let git: ReturnType<typeof openGit> | null = null;
  let gap: 'broken' | 'timed-out' | null = null;
  let failure: RepositoryFault | null = null;
  let unsent = '';
  /** Names hold any character, ids plain ones: those are copied as they are. */
  let encoding: 'latin1' | 'utf8' = 'latin1';
  let timer: NodeJS.Timeout | null = null;
  const open = openQuestions();
  const reader = readAnswers(open);

  function die(why: 'broken' | 'timed-out'): void {
    gap ??= why;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    git?.kill();
    for (let question = open.shift(); question !== undefined; question = open.shift()) {
      leave(question, gap);
    }
  }

  /** One timer for all: it looks whether anything was answered since it last looked. */
  function watch(): void {
    const answered = open.answered();
    timer = setTimeout(() => {
      timer = null;
      if (open.first() === undefined) return;
      if (open.answered() !== answered) watch();
      // Where this thread was held, answers may be waiting: they are heard before anybody says that there are none.
      else setImmediate(() => (open.answered() === answered ? late() : watch()));
    }, run.limitMs);
    timer.unref();
  }

  function late(): void {
    failure ??= { kind: 'timed-out', doing: DOING, limitMs: run.limitMs };
    die('timed-out');
  }

  function started(): ReturnType<typeof openGit> {
    if (git !== null) return git;
    git = openGit({ ...run, args: [...run.args, 'cat-file', '--batch-command', '--buffer'] });
    void git.over.then(({ code }) => {
      if (gap === null && code !== COMPLAINED)
        failure = { kind: 'git-failed', doing: DOING, stderr: 'it ended before it had answered' };
      die('broken');
    });
    git.input.on('error', () => die('broken'));
    git.output.on('data', (chunk: Buffer) => {
      if (!reader(chunk)) die('broken');
    });
    return git;
  }

  function askName(name: string, answer: (answer: ObjectInfo | ObjectGap) => void): void {
    if (name === '' || /[\n\0]/.test(name) || Buffer.byteLength(name) > NAME_BYTES_MAX) {
      answer('missing');
    } else {
      encoding = 'utf8';
      ask({ wants: 'info', answer }, `info ${name}\n`);
    }
  }

  function ask(question: Question, words: string): void {
    if (gap !== null) leave(question, gap);
    else {
      open.push(question);
      if (unsent === '') queueMicrotask(send);
      unsent += words;
    }
  }

  /** Questions asked in one go are sent and answered in one go: a write for each costs more than git does. */
  function send(): void {
    if (gap === null) started().input.write(`${unsent}flush\n`, encoding);
    if (gap === null && timer === null) watch();
    unsent = '';
    encoding = 'latin1';
  }

  return {
    info: (name) => new Promise((answer) => askName(name, answer)),
    contents: (id, bytesMax) =>
      new Promise((answer) => ask({ wants: 'contents', bytesMax, answer }, `contents ${id}\n`)),
    askSize: (id, answer) => ask({ wants: 'size', id, answer }, `info ${id}\n`),
    askContents: (id, bytesMax, answer) =>
      ask({ wants: 'contents', bytesMax, answer }, `contents ${id}\n`),
    start: () => void started(),
    failure: () => failure,
    [Symbol.dispose]: () => {
      git?.input.end();
      die('broken');
    },
  };
}

function leave(question: Question, gap: ObjectGap): void {
  if (question.wants === 'size') question.answer(question.id, null);
  else question.answer(gap);
}

interface OpenQuestions {
  push(question: Question): void;
  first(): Question | undefined;
  shift(): Question | undefined;
  /** How many were taken so far. */
  answered(): number;
}

/** A queue whose front moves, because an array of thousands is slow to shift. */
function openQuestions(): OpenQuestions {
  let waiting: Question[] = [];
  let front = 0;
  let answered = 0;
  return {
    push: (question) => void waiting.push(question),
    first: () => waiting[front],
    shift() {
      const question = waiting[front];
      if (question === undefined) return undefined;
      answered += 1;
      front += 1;
      if (front === waiting.length) {
        waiting = [];
        front = 0;
      }
      return question;
    },
    answered: () => answered,
  };
}

/**
 * The size at the end of `ID TYPE SIZE`, or -1 where a line is no such answer. Read from the bytes: a
 * change brings thousands of these lines.
 */
function sizeAt(bytes: Buffer, from: number, to: number): number {
  let at = to;
  let size = 0;
  for (let scale = 1; at > from; scale *= 10) {
    const digit = (bytes[at - 1] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    size += digit * scale;
    at -= 1;
  }
  const isSize = at < to && bytes[at - 1] === SPACE;
  const isOfObject = bytes[from + 40] === SPACE || bytes[from + 64] === SPACE;
  return isSize && isOfObject ? size : -1;
}

const SPACE = 0x20;

/** @returns a function that takes chunks, and answers false where they are not what git writes. */
function readAnswers(open: OpenQuestions): (chunk: Buffer) => boolean {
  let line = NOTHING;
  /** Bytes of a body, its LF included, that are still to come; -1 while a line is read. */
  let bodyLeft = -1;
  /** null where the body is skipped. */
  let body: Buffer | null = null;
  let bodyBytes = 0;

  function takeLine(bytes: Buffer, from: number, to: number): boolean {
    const question = open.first();
    if (question === undefined) return false;
    const size = sizeAt(bytes, from, to);
    if (size < 0) {
      const text = bytes.toString('latin1', from, to);
      open.shift();
      leave(question, text.endsWith(' ambiguous') ? 'ambiguous' : 'missing');
      return text.endsWith(' ambiguous') || text.endsWith(' missing');
    }
    if (question.wants === 'size') {
      open.shift();
      question.answer(question.id, size);
      return true;
    }
    if (question.wants === 'info') {
      open.shift();
      const [id, type] = bytes.toString('latin1', from, to).split(' ') as [ObjectId, string];
      question.answer({ id, type, bytes: size });
      return true;
    }
    const max = typeof question.bytesMax === 'number' ? question.bytesMax : question.bytesMax();
    bodyBytes = size;
    bodyLeft = bodyBytes + 1;
    body = bodyBytes <= max ? NOTHING : null;
    return true;
  }

  /** A body that lies in one chunk is handed on where it lies; every other is put together. */
  function takeBody(chunk: Buffer, position: number): number {
    const taken = Math.min(bodyLeft, chunk.length - position);
    const start = bodyBytes + 1 - bodyLeft;
    const content = Math.min(taken, bodyBytes - start);
    if (body !== null && content === bodyBytes) {
      body = chunk.subarray(position, position + content);
    } else if (body !== null) {
      if (body.length < bodyBytes) body = Buffer.allocUnsafeSlow(bodyBytes);
      chunk.copy(body, start, position, position + content);
    }
    bodyLeft -= taken;
    if (bodyLeft === 0) {
      bodyLeft = -1;
      const question = open.shift();
      if (question?.wants === 'contents') question.answer(body ?? 'too-large');
      body = null;
    }
    return position + taken;
  }

  return (chunk) => {
    let position = 0;
    while (position < chunk.length) {
      if (bodyLeft >= 0) {
        position = takeBody(chunk, position);
        continue;
      }
      const end = chunk.indexOf(0x0a, position);
      if (line.length > 0 || end < 0) {
        line = Buffer.concat([line, chunk.subarray(position, end < 0 ? chunk.length : end)]);
        if (line.length > 2 * NAME_BYTES_MAX) return false;
        if (end < 0) return true;
      }
      const whole = line.length > 0 ? line : null;
      const from = position;
      line = NOTHING;
      position = end + 1;
      if (!takeLine(whole ?? chunk, whole === null ? from : 0, whole?.length ?? end)) return false;
    }
    return true;
  };
}

const NOTHING = Buffer.alloc(0);
