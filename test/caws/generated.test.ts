import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated, generatedDefault, schemaNames } from '../../policies/generate.ts';

test('validators and types are what the schemas generate today', async () => {
  const root = new URL('../../', import.meta.url);
  for (const [path, text] of [...(await generated(schemaNames)), ...(await generatedDefault())])
    expect(readFileSync(new URL(path, root), 'utf8') === text, `${path} is stale`).toBe(true);
});
