import type { RepositoryFault } from '../../ports.ts';
import type { ObjectId } from '../../primitives.ts';
import {
  type BytesLeft,
  leave,
  NAME_BYTES_MAX,
  type ObjectGap,
  type ObjectInfo,
  openQuestions,
  type Question,
  readAnswers,
} from './object-answers.ts';
import { type GitCall, openGit } from './process.ts';

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
   *
   * @throws what was thrown while an answer was taken.
   */
  failure(): RepositoryFault | null;
  /**
   * Rejected with what is thrown while an answer is taken: whoever waits for what follows from answers waits for
   * this as well, as it never comes then. From where it was thrown it would reach nobody, and end the process.
   */
  readonly thrown: Promise<never>;
}

/** git complains of what it reads, and ends, with this code. */
const COMPLAINED = 128;

const DOING = 'reading objects';

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
  let caught: { readonly error: unknown } | null = null;
  const { promise: thrown, reject } = Promise.withResolvers<never>();
  // Not everybody waits for it.
  thrown.catch(() => undefined);
  const open = openQuestions();
  const reader = readAnswers(open);

  function guarded(take: () => void): void {
    try {
      take();
    } catch (error) {
      caught ??= { error };
      reject(error);
      die('broken');
    }
  }

  function die(why: 'broken' | 'timed-out'): void {
    gap ??= why;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    git?.kill();
    for (let question = open.shift(); question !== undefined; question = open.shift()) {
      const left = question;
      guarded(() => leave(left, why));
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
      if (gap !== null) return;
      guarded(() => {
        if (!reader(chunk)) die('broken');
      });
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
    failure() {
      if (caught !== null) throw caught.error;
      return failure;
    },
    thrown,
    [Symbol.dispose]: () => {
      git?.input.end();
      die('broken');
    },
  };
}
