/** A word as a POSIX shell reads it: between single quotes each character but the quote itself stands for what it is. */
export const quotedWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
