import { resolve } from 'node:path';
import packageManifest from '../../package.json' with { type: 'json' };
import { type Call, PROGRAM } from '../5-publication/as-called.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The folder that `-C DIR` or `-CDIR` names, as it was typed; the last one where there are several. An empty one names none. */
function folderNamed(argv: readonly string[]): string | null {
  let folder: string | null = null;
  for (let at = 0; at < argv.length && argv[at] !== '--'; at += 1) {
    const word = argv[at] ?? '';
    if (word === '-C') {
      at += 1;
      folder = argv[at] || null;
    } else if (/^-C./.test(word)) folder = word.slice(2);
  }
  return folder;
}

/** The folder that a command works in, absolute: npm starts its scripts elsewhere than the person stands. */
export function folderOf(argv: readonly string[], env: Env, workingFolder: string): string {
  return resolve(env['INIT_CWD'] ?? workingFolder, folderNamed(argv) ?? '.');
}

/** How to call the program once more; undefined where its plain name does. */
export function callOf(argv: readonly string[], env: Env): Call | undefined {
  const folder = folderNamed(argv);
  const script = env['npm_lifecycle_event'] ?? '';
  // `npm start` of another package may start an installed program, which its plain name calls.
  const ofOurs =
    env['npm_package_name'] === packageManifest.name && /^(?:start|demo:cli)$/.test(script);
  const byScript = env['INIT_CWD'] !== undefined && (script === PROGRAM || ofOurs);
  if (folder === null && !byScript) return undefined;
  return { program: byScript ? `npm run -s ${PROGRAM} --` : PROGRAM, folder };
}

/** The command line without its folder, which a command that is said once more gets again. */
export function withoutFolder(argv: readonly string[]): readonly string[] {
  return argv.filter((word, at) => !/^-C/.test(word) && argv[at - 1] !== '-C');
}

/** Whether the answer is for a program: `--json` anywhere before `--`. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

/** What of a command line is neither an option nor the folder: the command's words come first. */
export function plainWords(argv: readonly string[]): readonly string[] {
  return argv.filter(
    (word, at) => !word.startsWith('-') && word !== 'help' && argv[at - 1] !== '-C',
  );
}
