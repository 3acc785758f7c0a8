import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Afterwards } from '../sandbox/isolation.ts';
import { quotedWord } from '../shell-word.ts';

const run = promisify(execFile);

/**
 * The system's own `rm` goes down by open folders: neither a path that is too long for a name nor a link that
 * was a folder a moment ago leads it astray. Folders that nobody may enter are opened where it was shut out.
 */
const removing =
  'rm -rf -- "$1" 2>/dev/null || { chmod -R u+rwx -- "$1" 2>/dev/null; rm -rf -- "$1"; }';

/** What removes a stranger's folder, as words for `/bin/sh`. */
export const removal = (folder: string): string[] => ['-c', removing, 'sh', folder];

/** A process that left its group may still write there; that must not cost the answers. */
export async function removed(folder: string): Promise<void> {
  // One program where nothing shuts it out, and three where something does.
  await run('rm', ['-rf', '--', folder])
    .catch(() => run('/bin/sh', removal(folder)))
    .catch(() => undefined);
}

/**
 * Reads what is watched, a line each, and what has ended; where its input ends, the process that watches is gone.
 * A line is a group's number and words as a shell reads them: the folder, and what is run afterwards.
 */
const script = `
newline='
'
while read -r verb line; do
  case $verb in
    watch) set -- "$@" "$line" ;;
    ended) for each do shift; [ "$each" = "$line" ] || set -- "$@" "$each"; done ;;
  esac
done
for each do kill -s KILL -- "-\${each%% *}"; done
for each do (eval "set -- \${each#* }"; ${removing}; shift; "$@") done`;

type Watchdog = ChildProcessByStdio<Writable, null, null>;

/** One for all that this process watches: to start a program of this process takes long, and a line does not. */
let watchdog: Watchdog | null = null;
const watched = new Set<string>();

/** A gate that nothing holds may kill it as often as it likes; each start takes this process some ten milliseconds. */
export const RESTARTS_MAX = 100;
let restarts = 0;

/**
 * Sees to it that a process group and a folder do not outlive this process, even where it is killed
 * and can do nothing any more.
 *
 * @param afterwards what takes away the rest that is in no group and no folder of this machine.
 * @returns what ends the watch; to be called once the group has ended.
 */
export function watchOver(
  processGroup: number,
  folder: string,
  afterwards?: Afterwards,
): () => void {
  const line = [String(processGroup), quoted(folder), ...told(afterwards)].join(' ');
  watchdog ??= started();
  watched.add(line);
  watchdog.stdin.write(`watch ${line}\n`);
  return () => {
    watched.delete(line);
    watchdog?.stdin.write(`ended ${line}\n`);
  };
}

function started(): Watchdog {
  const child = spawn('/bin/sh', ['-c', script], {
    // A group of its own, so that what ends ours from a terminal does not end the watch.
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell there is no watch; gates still end with this process as far as it can act.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  // Somebody killed it: another is told of all that still runs.
  child.on('exit', () => {
    if (watchdog === child)
      watchdog = watched.size > 0 && restarts++ < RESTARTS_MAX ? started() : null;
  });
  child.unref();
  for (const line of watched) child.stdin.write(`watch ${line}\n`);
  return child;
}

const told = (afterwards: Afterwards | undefined): readonly string[] =>
  afterwards === undefined
    ? []
    : [
        ...['/usr/bin/env', '-i'],
        ...Object.entries({ PATH: '/usr/bin:/bin', ...afterwards.environment }).map(
          ([name, value]) => quoted(`${name}=${value}`),
        ),
        ...afterwards.words.map(quoted),
      ];

/** On one line. */
const quoted = (word: string): string => quotedWord(word).replaceAll('\n', `'"$newline"'`);
