/** What one command may use while it is confined. */
export interface SandboxBounds {
  /** Of all its processes together: by a control group where one is delegated, else by a watch. */
  readonly memoryBytesMax: number;
  readonly processesMax: number;
  /** Of any single file. */
  readonly fileBytesMax: number;
  /** Of each temporary file system that only lives as long as the command. */
  readonly temporaryBytesMax: number;
}

/** 4 GiB and 512 processes: a build of a large project fits, and a runaway one does not stop the machine. */
export const sandboxBounds: SandboxBounds = {
  memoryBytesMax: 4 * 1024 ** 3,
  processesMax: 512,
  fileBytesMax: 2 * 1024 ** 3,
  temporaryBytesMax: 512 * 1024 ** 2,
};

/** One command to be confined. */
export interface Confinement {
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  /** The only folder that it may write to and that is still there afterwards. */
  readonly tree: string;
  /** Folders that it may read beside the system's own, e.g. the object store that the tree borrows from. */
  readonly readable: readonly string[];
  /** False: no way out, not even to this machine's own services. */
  readonly network: boolean;
  readonly bounds: SandboxBounds;
}

/** A command line that starts the command confined, and what has to go when it has ended. */
export interface Confined extends AsyncDisposable {
  readonly program: string;
  readonly words: readonly string[];
  /** All that the command sees. */
  readonly environment: Readonly<Record<string, string>>;
  /** Open files that the program expects from number 3 on. */
  readonly files: readonly number[];
  /** What nothing else bounds, so that whoever starts the program has to look at it; null: all is bounded. */
  readonly memory: MemoryWatched | null;
  /** How the program says that it could not even start the command; null: its exit code is the command's. */
  readonly refusedBy?: number | null;
  /** It writes into one more open file, after `files`, right before it becomes the command; see `becoming`. */
  readonly announces?: true;
  /** It says there first when all is ready, and waits for one line until it becomes the command. */
  readonly readies?: true;
  /** It does not end with this process by itself, and begins once it is watched: one line comes to its input then. */
  readonly waitsForWatch?: true;
  /** A program that takes away what outlives it, should this process be killed meanwhile. */
  readonly afterwards?: Afterwards;
}

/** A program, without a shell, and all that it sees. */
export interface Afterwards {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Memory of a program with all that it starts. */
export interface MemoryWatched {
  readonly bytesMax: number;
  /** Folders in memory, as its processes name them. */
  readonly folders: readonly string[];
}

/**
 * Words that go right before those of the command, when all else that confines it is in force: the shell takes the
 * limits of each process upon itself, says that the command begins, and becomes it. Whatever fails before is not the
 * command's doing, which has no way to say that it never began.
 *
 * @param file the number of the file that is written into; the command does not find it open.
 * @param whenTold one line is waited for before, from that file.
 * @param whenWatched one line is waited for before, from the input, of which nothing is left to the command.
 */
export const becoming = (
  bounds: SandboxBounds,
  file: number,
  { whenTold = false, whenWatched = false } = {},
): readonly string[] => [
  '/bin/sh',
  '-c',
  [
    ...limits(bounds),
    ...(whenTold ? [`read -r line <&${file}`] : []),
    ...(whenWatched ? ['read -r line'] : []),
    `echo begins >&${file}`,
    `exec "$@" ${whenWatched ? '</dev/null ' : ''}${file}>&-`,
  ].join(' && '),
  'sh',
];

/**
 * In a shell's units: blocks of 512 bytes for files, KiB for memory. Memory that is only reserved does not count, as
 * it would with a limit on addresses: V8 and Go reserve much. Processes are `-u` to some shells and `-p` to others.
 */
const limits = (bounds: SandboxBounds): readonly string[] => [
  `ulimit -f ${Math.floor(bounds.fileBytesMax / 512)}`,
  `ulimit -d ${Math.floor(bounds.memoryBytesMax / 1024)}`,
  `{ ulimit -u ${bounds.processesMax} 2>/dev/null || ulimit -p ${bounds.processesMax}; }`,
  'ulimit -l 0',
  'ulimit -c 0',
];

/** What isolates commands on this machine. */
export interface Sandbox {
  /** As the record names it: the tool, its version and what it holds. */
  readonly name: string;
  /** True: in a system of its own, whose folders and processes are not this machine's. */
  readonly isGuest?: boolean;
  confine(asked: Confinement): Promise<Confined>;
}

/**
 * What a machine has to isolate commands with. Only where there is no tool at all is there nothing to hold
 * a gate; a tool that does not work is a machine to be mended.
 */
export type Isolation =
  | { readonly kind: 'works'; readonly sandbox: Sandbox }
  | { readonly kind: 'broken'; readonly detail: string }
  | { readonly kind: 'none' };
