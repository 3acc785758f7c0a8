import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkerGuide, type WorkerGuide } from '../../caws/worker-guide.ts';
import { packageFolder } from '../shipped.ts';

/** What workers are shown with each task. @throws where this install is broken: the file is ours. */
export function shippedWorkerGuide(): WorkerGuide {
  const file = 'policies/workers/caws-worker-1.yaml';
  const read = readWorkerGuide({ file, text: readFileSync(join(packageFolder(), file), 'utf8') });
  if (!read.ok) throw new Error(`${file}: ${read.fault.problems[0]?.message ?? 'unreadable'}`);
  return read.value;
}
