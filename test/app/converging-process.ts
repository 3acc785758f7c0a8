/**
 * Plays many samples of what can come of deliveries, on all cores. The next number that is free goes to
 * whoever has nothing to do.
 *
 * Run: node test/app/converging-process.ts [SAMPLES, default 2000] [FIRST NUMBER, default 0]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { scratchFolder } from '../scratch.ts';

/** What one process is asked for at once. */
const PORTION = 64;

interface Wanted {
  readonly first: number;
  readonly count: number;
}

type Played =
  | { readonly endings: readonly (readonly [string, number])[]; readonly hearings: number }
  | { readonly differs: string };

async function play({ first, count }: Wanted): Promise<Played> {
  try {
    // Whoever only hands out numbers needs none of it.
    const { converge } = await import('./converging.ts');
    const { endings, hearings } = await converge(first, count);
    return { endings: [...endings], hearings };
  } catch (error) {
    return {
      differs: `samples from ${first} on: ${error instanceof Error ? error.stack : String(error)}`,
    };
  }
}

function wanted(samples: number, start: number): Wanted[] {
  const all: Wanted[] = [];
  for (let done = 0; done < samples; done += PORTION)
    all.push({ first: start + done, count: Math.min(PORTION, samples - done) });
  return all;
}

async function playAll(samples: number, start: number): Promise<void> {
  const left = wanted(samples, start);
  const endings = new Map<string, number>();
  const differing: string[] = [];
  let [done, hearings] = [0, 0];
  const note = (played: Played, { count }: Wanted) => {
    done += count;
    if ('differs' in played) {
      differing.push(played.differs);
      console.log(played.differs);
      return;
    }
    hearings += played.hearings;
    for (const [title, times] of played.endings)
      endings.set(title, (endings.get(title) ?? 0) + times);
    console.log(`${done} of ${samples} samples, ${hearings} hearings`);
  };
  const worker = async () => {
    const child = fork(import.meta.filename, ['plays'], {
      env: { ...process.env, TMPDIR: scratchFolder() },
    });
    for (let next = left.shift(); next !== undefined; next = left.shift())
      note(await askOf(child, next), next);
    child.disconnect();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  for (const [title, times] of endings) console.log(`${String(times).padStart(6)}  ${title}`);
  console.log(
    `convergence: ${samples} ways from number ${start} on, ${differing.length === 0 ? `all end in the check of their last state: ${endings.size} different ones` : `${differing.length} of their towns do not end as they should`}`,
  );
  process.exitCode = differing.length === 0 ? 0 : 1;
}

function askOf(child: ChildProcess, next: Wanted): Promise<Played> {
  return new Promise((resolve) => {
    const ended = (code: number | null) => resolve({ differs: `${next.first}: ended by ${code}` });
    child.once('exit', ended);
    child.once('message', (played) => {
      child.off('exit', ended);
      resolve(played as Played);
    });
    child.send(next);
  });
}

const [first = '2000', second = '0'] = process.argv.slice(2);
if (first === 'plays')
  process.on('message', (next: Wanted) => void play(next).then((played) => process.send?.(played)));
else await playAll(Number(first), Number(second));
