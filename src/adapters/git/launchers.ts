import { type Launcher, launchesMax, openLauncher } from './launcher.ts';

/**
 * Starts any number of runs of git, each by a waiting shell: another is opened where one has started all that
 * it can, and goes once all these have ended.
 *
 * @param directory where the shells, and with them all runs, work.
 * @param env the caller's; nothing but PATH is taken from it.
 */
export function openLaunchers(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Launcher {
  const open = new Set<Launcher>();
  let newest: Launcher | null = null;
  let ends: Promise<unknown>[] = [];
  const replace = () => {
    const [full, over] = [newest, ends];
    newest = openLauncher(directory, env);
    ends = [];
    if (newest !== null) open.add(newest);
    if (full !== null)
      void Promise.all(over).then(() => {
        full[Symbol.dispose]();
        open.delete(full);
      });
  };
  return {
    launch(run) {
      if (newest === null || ends.length === launchesMax) replace();
      const launched = newest?.launch(run) ?? null;
      if (launched !== null) ends.push(launched.code);
      return launched;
    },
    [Symbol.dispose]() {
      for (const each of open) each[Symbol.dispose]();
    },
  };
}
