import type { ObjectId } from '../../primitives.ts';

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

/** What was asked, and who waits for the answer. */
export type Question =
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

/** A name longer than this is nobody's ref; git would answer it with as long a line. */
export const NAME_BYTES_MAX = 8_192;

/** Nobody answers it any more. */
export function leave(question: Question, gap: ObjectGap): void {
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
export function openQuestions(): OpenQuestions {
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

/**
 * Reads what `git cat-file --batch-command` says.
 *
 * @returns a function that takes chunks, and answers false where they are not what git writes.
 */
export function readAnswers(open: OpenQuestions): (chunk: Buffer) => boolean {
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
