import type { Paint } from './report.ts';

/** One attempt to get out of a sandbox, and how it came out. */
export interface AttemptTold {
  readonly id: string;
  readonly tries: string;
  readonly held: boolean;
  readonly saw: string;
}

const ID_COLUMNS = 24;

export const sandboxName = (name: string): string => `Sandbox: ${name}\n\n`;

export const noSandboxText = `This machine has no sandbox, so gates with commands are not run here.

  Linux   apt-get install bubblewrap; in a container, allow user namespaces
  macOS   sandbox-exec comes with the system

A policy's gate may say \`sandbox: preferred\`; it then runs without one, and the record says so.
`;

/** Somebody asks for what is not there, so that nothing was tried. */
export const noSuchIsolation = (which: string, names: readonly string[]): string =>
  `There is no isolation ${which} on this machine. Nothing was tried.

  Named there are: ${['own', ...names].join(', ')}. A path has to lead to a program.

Then: arbiter runner sandbox-test --isolation own
`;

/** What the operator of this machine named for gates and does not work: nothing weaker takes its place. */
export const brokenIsolation = (detail: string): string =>
  `What gates are to run in on this machine does not work, so none with a command is run here.

  It said: ${detail}

Mend it, or what /etc/caws-arbiter/host.json says of it; runner-setup/README.md tells what such a program does.
Then: arbiter runner sandbox-test
`;

/** A tool that is there and starts nothing: no gate runs beside it, whatever its policy prefers. */
export const brokenSandbox = (detail: string): string =>
  `The sandbox of this machine does not start, so gates with commands are not run here, not even those
that only prefer one.

  It said: ${detail}

  Linux       allow user namespaces: sysctl user.max_user_namespaces=15000
  Ubuntu      give bwrap an AppArmor profile that allows userns
  container   start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined

Then: arbiter runner sandbox-test
`;

/** One line an attempt: what was tried, and what came of it where it did not hold. */
export function attemptLine({ id, tries, held, saw }: AttemptTold, paint: Paint): string {
  const mark = held ? paint('good', '✓ held    ') : paint('bad', '✗ NOT HELD');
  const told = held ? saw : paint('bad', saw);
  return `${mark} ${id.padEnd(ID_COLUMNS)}${tries}: ${told}\n`;
}

/** The sum of all attempts, with the way out. */
export function sandboxSum(all: readonly AttemptTold[]): string {
  const open = all.filter(({ held }) => !held);
  if (open.length === 0) return `\nAll ${all.length} attempts held.\n`;
  return `
${open.length} of ${all.length} attempts did not hold: ${open.map(({ id }) => id).join(', ')}.
Run no gates of strangers on this machine until they do. Linux: a newer bubblewrap and kernel, a
user of its own, and delegated control groups (systemd: Delegate=yes).
`;
}
