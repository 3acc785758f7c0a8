/** The command as it is published: it starts in a third of the time that its sources take. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const project = dirname(import.meta.dirname);

/** Where every process that a test starts keeps its compiled code: NODE_COMPILE_CACHE. */
export const compiledCode = join(tmpdir(), 'compiled');

/** @returns its file. It is built once for all tests of these sources. */
export function publishedCommand(): string {
  const place = join(tmpdir(), `published-${newestSource()}`);
  if (!existsSync(place)) build(place);
  return join(place, 'dist/arbiter.cjs');
}

/** When a source was last changed, in ms: whoever watches tests changes them between two runs. */
function newestSource(): number {
  const times = ['app', 'src'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => statSync(join(project, folder, name)).mtimeMs,
    ),
  );
  return Math.max(...times);
}

function build(place: string): void {
  const folder = mkdtempSync(`${place}-`);
  execFileSync(process.execPath, [join(project, '.ci/bundle.ts'), join(folder, 'dist')]);
  for (const beside of ['app.yml', 'package.json', 'policies'])
    symlinkSync(join(project, beside), join(folder, beside));
  try {
    renameSync(folder, place);
  } catch (error) {
    // Another worker was faster, with the same bytes.
    if (!existsSync(place)) throw error;
    rmSync(folder, { recursive: true });
  }
}
