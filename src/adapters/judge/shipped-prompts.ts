import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DebatePrompts, readDebatePrompts } from '../../caws/debate-prompts.ts';
import { type JudgePrompts, readJudgePrompts } from '../../caws/judge-prompts.ts';
import { packageFolder } from '../shipped.ts';

/** What judge models are told. @throws where this install is broken: the file is ours. */
export function shippedJudgePrompts(): JudgePrompts {
  const file = 'policies/judge/caws-judge-1.yaml';
  const read = readJudgePrompts({ file, text: readFileSync(join(packageFolder(), file), 'utf8') });
  if (!read.ok) throw new Error(`${file}: ${read.fault.problems[0]?.message ?? 'unreadable'}`);
  return read.value;
}

/** What advocates are told. @throws where this install is broken: the file is ours. */
export function shippedDebatePrompts(): DebatePrompts {
  const file = 'policies/judge/caws-debate-1.yaml';
  const read = readDebatePrompts({ file, text: readFileSync(join(packageFolder(), file), 'utf8') });
  if (!read.ok) throw new Error(`${file}: ${read.fault.problems[0]?.message ?? 'unreadable'}`);
  return read.value;
}
