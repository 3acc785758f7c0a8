import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { plainWords } from './called.ts';

/** Smaller chunks are compiled sooner than their compiled code is found. */
const WORTH_KEEPING_BYTES = 8_192;
/** The second run of a command goes ways that the first had to pave, with a key and a ledger. */
const RUNS_KEPT = 2;
/** Before the code: its CRC and the number of runs that it is of, four bytes each. */
const HEAD_BYTES = 8;
const USAGE = 2;

/**
 * `run.ts` in the bundle. node keeps of a module only what is compiled when it is loaded, so every
 * function would be compiled once more at every start, which took a quarter of a small verdict. Here the
 * compiled code is kept after a command has run, with all that it called, and for each command by itself.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const [command = 'none'] = /^[a-z]{1,16}$/.exec(plainWords(argv)[0] ?? '') ?? [];
  const keeper = keeperOf(command);
  const begin = chunkLoader(import.meta.dirname, keeper)('./run.cjs') as typeof import('./run.ts');
  await begin.run(argv);
  // A word that is no command is not worth a file.
  if (process.exitCode !== USAGE) keeper?.keep();
}

type Load = (name: string) => unknown;

/** @returns `require` for the chunks of a folder and for node's own modules. */
function chunkLoader(folder: string, keeper: Keeper | null): Load {
  const loaded = new Map<string, { exports: unknown }>();
  const load: Load = (name) => {
    if (!name.startsWith('./'))
      return LATER.has(name) ? later(name) : process.getBuiltinModule(name);
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    compiled(folder, name, keeper).runInThisContext()(module.exports, load, module, folder);
    return module.exports;
  };
  return load;
}

/**
 * Loading cryptography alone takes 8 ms, in which git could be running already. http, some 2 ms, is used
 * where a judge is asked at a socket.
 */
const LATER: ReadonlySet<string> = new Set(['node:crypto', 'node:http', 'node:sqlite']);

/** A module of node's that is loaded once something of it is used. */
function later(name: string): object {
  let module: object | undefined;
  return new Proxy(
    {},
    {
      get(_, property) {
        module ??= process.getBuiltinModule(name) as object;
        return Reflect.get(module, property);
      },
    },
  );
}

/** A chunk of the bundle, which is ASCII and one function. */
function compiled(folder: string, name: string, keeper: Keeper | null): Script {
  const filename = join(folder, name);
  const source = readFileSync(filename);
  const kept = source.length < WORTH_KEEPING_BYTES ? null : keeper;
  const place = kept?.placeOf(name, source) ?? '';
  const found = kept?.find(place);
  const script = new Script(source.toString('latin1'), {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(found === undefined ? {} : { cachedData: found.code }),
  });
  const runs = found === undefined || script.cachedDataRejected === true ? 0 : found.runs;
  if (runs < RUNS_KEPT) kept?.note(place, script, runs + 1);
  return script;
}

interface Keeper {
  /** Where the compiled code of a chunk is kept. */
  placeOf(name: string, source: Buffer): string;
  /** @returns the code that is kept there, or undefined where there is none that is whole. */
  find(place: string): { readonly code: Buffer; readonly runs: number } | undefined;
  /** What is to be kept once the command has run. */
  note(place: string, script: Script, runs: number): void;
  keep(): void;
}

/** Keeps compiled code where node keeps its own; null where it keeps none, or others may write there. */
function keeperOf(command: string): Keeper | null {
  const folder = getCompileCacheDir();
  if (folder === undefined || !isOurs(folder)) return null;
  const noted: (() => void)[] = [];
  return {
    // As node names its own: by a sum of the source. Its length is compared with the code's by V8.
    placeOf: (name, source) =>
      join(folder, `arbiter-${command}-${name.slice(2)}-${crc32(source).toString(16)}`),
    find(place) {
      try {
        const bytes = readFileSync(place);
        const code = bytes.subarray(HEAD_BYTES);
        const whole = bytes.readUInt32LE() === crc32(code);
        return whole ? { code, runs: bytes.readUInt32LE(4) } : undefined;
      } catch {
        return undefined;
      }
    },
    note: (place, script, runs) =>
      void noted.push(() => write(place, script.createCachedData(), runs)),
    keep() {
      for (const each of noted) each();
    },
  };
}

/** Compiled code is run without a question, so whoever can write it is whoever it runs for. */
function isOurs(folder: string): boolean {
  try {
    const { uid, mode } = statSync(folder);
    return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
  } catch {
    return false;
  }
}

function write(file: string, code: Buffer, runs: number): void {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(crc32(code));
  head.writeUInt32LE(runs, 4);
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, Buffer.concat([head, code]), { flag: 'wx', mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // The next start compiles once more.
  }
}
