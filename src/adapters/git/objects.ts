import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ObjectId } from '../../primitives.ts';

/** What a name stands for. */
export interface ObjectInfo {
  readonly id: ObjectId;
  readonly type: string;
  readonly bytes: number;
}

/** Why a question about an object has no answer. */
export type ObjectGap = 'missing' | 'ambiguous' | 'too-large' | 'broken';

/** One `git cat-file --batch-command` that answers questions in their order. */
export interface ObjectSource extends Disposable {
  info(name: string): Promise<ObjectInfo | ObjectGap>;
  /** The whole object; 'too-large' where it has more than `bytesMax` bytes, which are then skipped. */
  contents(id: ObjectId, bytesMax: number): Promise<Buffer | ObjectGap>;
}

type Question =
  | { readonly wants: 'info'; readonly answer: (answer: ObjectInfo | ObjectGap) => void }
  | {
      readonly wants: 'contents';
      readonly bytesMax: number;
      readonly answer: (answer: Buffer | ObjectGap) => void;
    };

/** A name longer than this is nobody's ref; git would answer it with as long a line. */
const NAME_BYTES_MAX = 8_192;

/** Starts the process at the first question. A process that dies answers 'broken' to all that is open. */
export function openObjects(run: {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}): ObjectSource {
  let child: ChildProcessByStdio<Writable, Readable, null> | null = null;
  let dead = false;
  let unsent = '';
  const open: Question[] = [];
  const reader = readAnswers(open);

  function die(): void {
    dead = true;
    for (const question of open.splice(0)) question.answer('broken');
  }

  function started(): ChildProcessByStdio<Writable, Readable, null> {
    if (child !== null) return child;
    child = spawn('git', [...run.args, 'cat-file', '--batch-command', '--buffer'], {
      cwd: run.cwd,
      env: run.env,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    child.on('error', die);
    child.on('close', die);
    child.stdin.on('error', die);
    child.stdout.on('data', (chunk: Buffer) => {
      if (!reader(chunk)) {
        child?.kill('SIGKILL');
        die();
      }
    });
    return child;
  }

  function ask(question: Question, name: string): void {
    if (dead) question.answer('broken');
    else if (name === '' || /[\n\0]/.test(name) || Buffer.byteLength(name) > NAME_BYTES_MAX) {
      question.answer('missing');
    } else {
      open.push(question);
      if (unsent === '') queueMicrotask(send);
      unsent += `${question.wants} ${name}\n`;
    }
  }

  /** Questions asked in one go are sent and answered in one go: a write for each costs more than git does. */
  function send(): void {
    if (!dead) started().stdin.write(`${unsent}flush\n`);
    unsent = '';
  }

  return {
    info: (name) => new Promise((answer) => ask({ wants: 'info', answer }, name)),
    contents: (id, bytesMax) =>
      new Promise((answer) => ask({ wants: 'contents', bytesMax, answer }, id)),
    [Symbol.dispose]: () => {
      child?.stdin.end();
      child?.kill('SIGKILL');
    },
  };
}

const ANSWER = /^([0-9a-f]{40}|[0-9a-f]{64}) ([a-z]+) (\d+)$/;

/** @returns a function that takes chunks, and answers false where they are not what git writes. */
function readAnswers(open: Question[]): (chunk: Buffer) => boolean {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** Bytes of a body, its LF included, that are still to come; -1 while a line is read. */
  let bodyLeft = -1;
  let bodyKept = false;

  function finishBody(): void {
    const question = open.shift();
    const body = Buffer.concat(held);
    if (question?.wants === 'contents') {
      question.answer(bodyKept ? body.subarray(0, body.length - 1) : 'too-large');
    }
    held = [];
    bodyLeft = -1;
  }

  function takeLine(line: string): boolean {
    const question = open[0];
    if (question === undefined) return false;
    const match = ANSWER.exec(line);
    if (match === null) {
      open.shift();
      question.answer(line.endsWith(' ambiguous') ? 'ambiguous' : 'missing');
      return line.endsWith(' ambiguous') || line.endsWith(' missing');
    }
    const [, id, type, size] = match as unknown as [string, ObjectId, string, string];
    if (question.wants === 'info') {
      open.shift();
      question.answer({ id, type, bytes: Number(size) });
      return true;
    }
    bodyLeft = Number(size) + 1;
    bodyKept = Number(size) <= question.bytesMax;
    return true;
  }

  return (chunk) => {
    let position = 0;
    while (position < chunk.length) {
      if (bodyLeft >= 0) {
        const taken = Math.min(bodyLeft, chunk.length - position);
        if (bodyKept) held.push(chunk.subarray(position, position + taken));
        bodyLeft -= taken;
        position += taken;
        if (bodyLeft === 0) finishBody();
        continue;
      }
      const end = chunk.indexOf(0x0a, position);
      held.push(chunk.subarray(position, end < 0 ? chunk.length : end));
      heldBytes += (end < 0 ? chunk.length : end) - position;
      if (heldBytes > 2 * NAME_BYTES_MAX) return false;
      if (end < 0) return true;
      const line = Buffer.concat(held).toString('latin1');
      held = [];
      heldBytes = 0;
      position = end + 1;
      if (!takeLine(line)) return false;
    }
    return true;
  };
}
