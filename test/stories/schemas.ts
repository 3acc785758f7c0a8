import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const ajv = addFormats.default(new Ajv2020({ allErrors: true, allowUnionTypes: true }));
for (const name of ['verdict', 'arbitrate', 'arbitrate-replay', 'plan', 'plan-check', 'plan-split'])
  ajv.addSchema(
    JSON.parse(
      readFileSync(new URL(`../../policies/schema/${name}.schema.json`, import.meta.url), 'utf8'),
    ),
  );

/** What of a program's output its published schema does not let stand. */
export function schemaProblems(name: string, value: unknown): unknown {
  const validate = ajv.getSchema(`urn:caws-arbiter:${name}:1`);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate(value) === true ? [] : validate.errors;
}
