import { execFileSync } from 'node:child_process';
import { removal } from './watchdog.ts';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends what runs and removes the folder when this process is ended, by exit or by a signal; a signal
 * is then raised again, so that it does what it would have done.
 *
 * @returns what takes the listeners back.
 */
export function endWithProcess(
  stop: AbortController,
  folder: string,
  outer: AbortSignal | undefined,
): () => void {
  const end = () => {
    stop.abort();
    try {
      execFileSync('/bin/sh', removal(folder), { stdio: 'ignore' });
    } catch {
      // Something still writes there; a throw here would hide why the process ends.
    }
  };
  const raised = (name: NodeJS.Signals) => {
    end();
    release();
    if (process.listenerCount(name) === 0) process.kill(process.pid, name);
  };
  const aborted = () => stop.abort();
  const release = () => {
    process.off('exit', end);
    for (const name of endings) process.off(name, raised);
    outer?.removeEventListener('abort', aborted);
  };
  process.on('exit', end);
  for (const name of endings) process.on(name, raised);
  if (outer?.aborted === true) aborted();
  outer?.addEventListener('abort', aborted);
  return release;
}
