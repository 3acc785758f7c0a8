/**
 * What git answers to whoever asks which refs there are: read from the files of a repository, where all refs
 * are files of their own. Most requests of git ask for nothing else, and a git to answer each takes 10 ms.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Asked {
  readonly prefixes: readonly string[];
  readonly symrefs: boolean;
}

/** @returns git's own answer, byte for byte, or null where it has to be asked. */
export function listRefs(folder: string, request: Buffer): Buffer | null {
  const asked = askedOf(request);
  if (asked === null || existsSync(join(folder, 'packed-refs'))) return null;
  const refs = refsOf(folder, asked.prefixes);
  const head = headOf(folder, asked);
  // An annotated tag is told together with what it names, which only the objects say.
  if (head === null || refs.some(([name, id]) => name.startsWith('refs/tags/') || !isId(id)))
    return null;
  const lines = [...head, ...refs.map(([name, id]) => `${id} ${name}\n`)].map(packetOf);
  return Buffer.from(`${lines.join('')}0000`);
}

const isId = (text: string) => /^[0-9a-f]{40}$/.test(text);
const packetOf = (line: string) =>
  `${(Buffer.byteLength(line) + 4).toString(16).padStart(4, '0')}${line}`;

/** The request in protocol version 2; null where it is another one, or says what is not known here. */
function askedOf(request: Buffer): Asked | null {
  const lines = linesOf(request);
  const [command, ...rest] = lines;
  if (command !== 'command=ls-refs') return null;
  const [capabilities, words] = [rest.slice(0, rest.indexOf('')), rest.slice(rest.indexOf('') + 1)];
  if (!capabilities.every((each) => /^(?:agent=.*|object-format=sha1)$/.test(each))) return null;
  const prefixes = words.flatMap((word) => /^ref-prefix (.*)$/.exec(word)?.[1] ?? []);
  const others = words.filter((word) => !word.startsWith('ref-prefix '));
  if (!others.every((word) => ['peel', 'symrefs', 'unborn'].includes(word))) return null;
  if (prefixes.some((prefix) => prefix.includes('..'))) return null;
  return { prefixes, symrefs: others.includes('symrefs') };
}

/** Its packets up to the end of the request; an empty text stands between its two parts. */
function linesOf(request: Buffer): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < request.length; ) {
    const length = Number.parseInt(request.toString('latin1', at, at + 4), 16);
    if (length === 1) lines.push('');
    if (length === 1) at += 4;
    else if (length > 4) {
      lines.push(request.toString('utf8', at + 4, at + length).replace(/\n$/, ''));
      at += length;
    } else return lines;
  }
  return [];
}

/** A branch that is not born yet is git's to tell. */
function headOf(folder: string, { prefixes, symrefs }: Asked): readonly string[] | null {
  if (prefixes.length > 0 && !prefixes.some((prefix) => 'HEAD'.startsWith(prefix))) return [];
  const target = /^ref: (.+)\n$/.exec(readFileSync(join(folder, 'HEAD'), 'utf8'))?.[1] ?? '';
  if (target === '' || !existsSync(join(folder, target))) return null;
  const id = readFileSync(join(folder, target), 'utf8').trim();
  return isId(id) ? [`${id} HEAD${symrefs ? ` symref-target:${target}` : ''}\n`] : null;
}

/** Names and ids of all refs that begin with one of the prefixes, in the order of their names. */
function refsOf(
  folder: string,
  prefixes: readonly string[],
): readonly (readonly [name: string, id: string])[] {
  const names = new Set<string>();
  const look = (path: string, isWanted: (name: string) => boolean) => {
    if (!existsSync(join(folder, path))) return;
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const name = `${path}/${entry.name}`;
      if (entry.isDirectory()) look(name, isWanted);
      else if (isWanted(name) && !name.endsWith('.lock')) names.add(name);
    }
  };
  for (const prefix of prefixes.length === 0 ? ['refs/'] : prefixes) {
    if (prefix.startsWith('refs/'))
      look(prefix.slice(0, prefix.lastIndexOf('/')), (name) => name.startsWith(prefix));
    else if ('refs/'.startsWith(prefix)) look('refs', () => true);
  }
  // By bytes, as git sorts.
  return [...names]
    .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8').trim()]);
}
