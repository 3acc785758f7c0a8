import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { plainWords } from './called.ts';

/** Smaller chunks are compiled sooner than their compiled code is found. */
const WORTH_KEEPING_CHARACTERS = 8_192;
const CRC_BYTES = 4;
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
    if (!name.startsWith('./')) return process.getBuiltinModule(name);
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const file = join(folder, name);
    // The bundle is ASCII.
    const source = `(function(exports,require,module,__dirname){${readFileSync(file, 'latin1')}\n})`;
    compiled(file, source, keeper).runInThisContext()(module.exports, load, module, folder);
    return module.exports;
  };
  return load;
}

function compiled(file: string, source: string, keeper: Keeper | null): Script {
  const kept = source.length < WORTH_KEEPING_CHARACTERS ? null : keeper;
  const cachedData = kept?.find(source);
  const script = new Script(source, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected === true) kept?.note(source, script);
  return script;
}

interface Keeper {
  /** @returns the compiled code of a source, or undefined where none is kept. */
  find(source: string): Buffer | undefined;
  /** What is to be kept once the command has run. */
  note(source: string, script: Script): void;
  keep(): void;
}

/** Keeps compiled code where node keeps its own; null where it keeps none, or others may write there. */
function keeperOf(command: string): Keeper | null {
  const folder = getCompileCacheDir();
  if (folder === undefined || !isOurs(folder)) return null;
  const noted = new Map<string, Script>();
  const fileOf = (source: string) =>
    join(
      folder,
      `arbiter-${command}-${createHash('sha256').update(source, 'latin1').digest('hex')}`,
    );
  return {
    find(source) {
      try {
        const bytes = readFileSync(fileOf(source));
        const code = bytes.subarray(CRC_BYTES);
        return bytes.readUInt32LE() === crc32(code) ? code : undefined;
      } catch {
        return undefined;
      }
    },
    note: (source, script) => void noted.set(fileOf(source), script),
    keep() {
      for (const [file, script] of noted) write(file, script.createCachedData());
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

function write(file: string, code: Buffer): void {
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32LE(crc32(code));
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, Buffer.concat([crc, code]), { flag: 'wx', mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // The next start compiles once more.
  }
}
