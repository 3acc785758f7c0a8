/** The image of app/Containerfile, made in plain folders: what it copies and runs, and what it starts. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';

const project = join(import.meta.dirname, '../..');
export const containerfile = readFileSync(join(project, 'app/Containerfile'), 'utf8');

/** The instructions from each FROM to the next, those before the first one first. */
export function stages(): readonly (readonly Instruction[])[] {
  const found: Instruction[][] = [[]];
  for (const instruction of DockerfileParser.parse(containerfile).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') found.push([]);
    found.at(-1)?.push(instruction);
  }
  return found;
}

export const textOf = (instruction: Instruction): string =>
  instruction.getArgumentsContent()?.replaceAll(/\\\n/g, '').replaceAll(/\s+/g, ' ') ?? '';

/** The one instruction of its kind in the image itself. */
export function only(keyword: string): Instruction {
  const all =
    stages()
      .at(-1)
      ?.filter((each) => each.getKeyword() === keyword) ?? [];
  if (all[0] === undefined || all.length > 1) throw new Error(`${all.length} of ${keyword}`);
  return all[0];
}

/** A command in its JSON form, which no shell reads; any other form is a text that does not parse. */
export const commandOf = (instruction: Instruction): readonly string[] =>
  JSON.parse((instruction.getArgumentsContent() ?? '').replace(/^CMD /, ''));

export function environment(): Readonly<Record<string, string>> {
  const settings =
    stages()
      .at(-1)
      ?.filter((each) => each.getKeyword() === 'ENV') ?? [];
  const pairs = settings.flatMap((each) => textOf(each).split(' '));
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

/** What `.dockerignore` lets into a build: it names what is taken, and nothing else is. */
export function isSent(path: string): boolean {
  const [first, ...taken] = readFileSync(join(project, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || !taken.every((line) => /^![\w./-]+$/.test(line)))
    throw new Error('.dockerignore is not a list of what is taken');
  return taken.some((line) => path === line.slice(1) || path.startsWith(`${line.slice(1)}/`));
}

/** Copies what a build would be sent of a clean checkout. */
function sendContext(to: string): void {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', args, { cwd: project, encoding: 'utf8' }).split('\0');
  for (const file of files.filter(isSent))
    cpSync(join(project, file), join(to, file), { recursive: true });
}

/**
 * Takes every step of the Containerfile under one folder, but for what Debian and the registry bring.
 *
 * @returns the folder in which the image's own files lie, from its root.
 */
export function makeImage(folder: string): string {
  const [context, build, image] = ['context', 'build', 'image'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  sendContext(context);
  const [, first = [], last = []] = stages();
  let work = build;
  mkdirSync(build);
  for (const step of first) {
    const text = textOf(step);
    if (step.getKeyword() === 'WORKDIR') work = join(build, text);
    else if (step.getKeyword() === 'COPY') copies(step as Copy, context, work);
    else if (step.getKeyword() === 'RUN') runs(text, work, build);
  }
  for (const step of last) if (step.getKeyword() === 'COPY') copies(step as Copy, build, image);
  return image;
}

function copies(step: Copy, from: string, to: string): void {
  const names = step.getArguments().map((argument) => argument.getValue());
  const target = names.at(-1) ?? '';
  for (const name of names.slice(0, -1)) {
    const into = target.endsWith('/') ? join(to, target, name) : join(to, target);
    mkdirSync(dirname(into), { recursive: true });
    cpSync(join(from, name), into, { recursive: true });
  }
}

/** What the registry would install is what is installed here: by the same lock file. */
function runs(text: string, work: string, root: string): void {
  if (text.startsWith('apt-get ')) return;
  if (text.startsWith('npm ci ')) {
    symlinkSync(join(project, 'node_modules'), join(work, 'node_modules'));
    return;
  }
  const here = text.replaceAll(/(?<= )\/(?=out)/g, `${root}/`);
  execFileSync('/bin/sh', ['-ec', here], { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
}
