import { readFileSync } from 'node:fs';

/** Comes once a process has ended. */
export async function gone(pid: number): Promise<void> {
  await eventually(() => {
    try {
      process.kill(pid, 0);
      // A process that nobody has asked after is ended and still has its number.
      return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) || null;
    } catch {
      return true;
    }
  });
}

/** Comes with what is looked for, once it is there. */
export async function eventually<Value>(look: () => Value | null): Promise<Value> {
  for (let waited = 0; waited < 1_000; waited += 1) {
    const value = look();
    if (value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it never came');
}
