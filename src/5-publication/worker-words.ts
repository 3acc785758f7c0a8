import { visible } from './escape.ts';

const words: Readonly<Record<string, string>> = {
  'timed-out': 'took too long',
  'too-much-output': 'printed too much',
  'too-much-disk': 'took too much of the disk',
  'too-much-memory': 'took too much memory',
  aborted: 'was ended',
  'could-not-start': 'could not be started',
  failed: 'failed',
  'no-patch': 'left no change.patch that can be read',
};

/** Said beside the progress: the arbitration goes on among the others. */
export function workerSilentText(
  name: string,
  command: string,
  { because, detail }: { readonly because: string; readonly detail: string },
): string {
  return `Note: ${name} (${visible(command, 80)}) ${words[because] ?? because}, and is left out: ${visible(detail, 200)}\n`;
}

/** @param why the fault in words, of which the first line says what it is. */
export function workerRefusedText(name: string, why: string): string {
  return `Note: the patch of ${name} is left out. ${why.split('\n')[0] ?? ''}\n`;
}
