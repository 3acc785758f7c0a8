/** Between single quotes a POSIX shell takes every character but the quote itself for what it is. */
export function quoted(word: string): string {
  if (word.includes('\0')) throw new Error('no argument holds NUL');
  return `'${word.replaceAll("'", "'\\''")}'`;
}
