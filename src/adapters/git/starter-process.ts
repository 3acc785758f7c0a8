/** What the small process does that starts programs for a large one, and what the two tell each other. */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** A program that is to be started. */
export interface Program {
  readonly program: string;
  readonly args: readonly string[];
  /** All that it sees. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** It leads a group of its own, which ends with it where it is ended. */
  readonly wholeGroup: boolean;
}

export interface Order extends Program {
  readonly id: string;
  /** Where its three streams are connected to. */
  readonly at: string;
}

export type Told = { readonly id: string } & (
  | { readonly pid: number }
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: string; readonly message: string }
);

/**
 * Runs in the small process, so that it uses nothing around it: node is given its text. Whatever still
 * runs when whoever asked ends, however that ends, ends as well, and the folder goes with it.
 */
export function starts(): void {
  const { spawn: start } = process.getBuiltinModule('node:child_process');
  const { Socket: Connection } = process.getBuiltinModule('node:net');
  const { existsSync: exists, rmSync: remove } = process.getBuiltinModule('node:fs');
  const ends = new Map<string, () => void>();
  const tell = (told: Told) => {
    if (!('pid' in told)) ends.delete(told.id);
    if (process.connected) process.send?.(told);
  };
  const connected = (at: string, first: string): Promise<Socket> =>
    new Promise((done, broken) => {
      // Paused, since what comes first is for the program already.
      const socket = new Connection().pause();
      socket.on('error', (error) => {
        // Without a place to connect to nothing can be started any more: another process has to.
        if (!exists(at)) process.exit(1);
        // Whoever listens is busy, and more wait already than the system lets wait: 128 on some.
        if (socket.connecting || socket.pending) setTimeout(() => done(connected(at, first)), 10);
        else broken(error);
      });
      socket.connect(at, () => socket.write(first, () => done(socket)));
    });
  const run = async ({ id, at, program, args, env, cwd, wholeGroup }: Order) => {
    let child: ChildProcess | undefined;
    let doomed = false;
    ends.set(id, () => {
      doomed = true;
      try {
        if (child?.pid !== undefined) process.kill(wholeGroup ? -child.pid : child.pid, 'SIGKILL');
      } catch {
        // It is gone already.
      }
    });
    const streams = [0, 1, 2].map((each) => connected(at, `${id} ${each}\n`));
    const came = await Promise.allSettled(streams);
    const stdio = came.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    try {
      if (stdio.length < 3 || stdio.some(({ destroyed }) => destroyed))
        throw new Error('its streams could not be connected');
      if (doomed) throw new Error('ended before it began');
      child = start(program, args, { cwd, env, stdio, detached: wholeGroup, windowsHide: true });
      if (child.pid !== undefined) tell({ id, pid: child.pid });
      child.on('error', ({ code, message }: NodeJS.ErrnoException) =>
        tell({ id, error: code ?? '', message }),
      );
      child.on('exit', (code, signal) => tell({ id, code, signal }));
    } finally {
      for (const socket of stdio) socket.destroy();
    }
  };
  process.on('message', (order: Order | { readonly id: string; readonly end: true }) => {
    if ('end' in order) ends.get(order.id)?.();
    else
      run(order).catch(({ code, message }: NodeJS.ErrnoException) =>
        tell({ id: order.id, error: code ?? '', message }),
      );
  });
  process.on('disconnect', () => {
    for (const end of ends.values()) end();
    remove(process.argv[1] as string, { recursive: true, force: true });
    process.exit();
  });
}
