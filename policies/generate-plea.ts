/**
 * Validators and types of the documents a worker brings or is shown. Run: node policies/generate-plea.ts. A test
 * compares what it writes with what is committed.
 */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { generated } from './generate.ts';

/** Schemas of a worker's documents, brought or shown: policies/schema/NAME.schema.json. */
export const workerSchemaNames = ['plea', 'plan', 'evidence-manifest', 'worker-guide'] as const;

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of await generated(workerSchemaNames))
    await writeFile(new URL(`../${path}`, import.meta.url), text);
