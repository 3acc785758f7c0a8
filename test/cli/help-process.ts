/**
 * Prints the help of every command as a JSON list, found by asking each for its commands. All in one process: it
 * takes longer to start the command than to ask it.
 */
import { run } from '../../src/cli/run.ts';

const helps: string[] = [];
const write = process.stdout.write.bind(process.stdout);

async function helpOf(words: readonly string[]): Promise<string> {
  let text = '';
  process.stdout.write = (part: string | Uint8Array, written?: unknown): boolean => {
    text += part.toString();
    if (typeof written === 'function') written();
    return true;
  };
  await run([...words, '--help']);
  process.stdout.write = write;
  return text;
}

async function ask(words: readonly string[]): Promise<void> {
  const text = await helpOf(words);
  helps.push(text);
  const list = /\nCommands:\n(.*?)(?:\n\n|\n?$(?!.))/s.exec(text)?.[1] ?? '';
  for (const [, name = ''] of list.matchAll(/^ {2}(\w[\w-]*)/gm))
    if (name !== 'help') await ask([...words, name]);
}

// Each asking listens for a reader that leaves; there is one reader.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);
await ask([]);
write(JSON.stringify(helps));
