import { staysInside } from '../../1-pleading/evidence-path.ts';
import { validate } from '../../caws/generated/evidence-manifest.js';
import type { Read } from '../../caws/law.ts';
import { problemAt, quoted, schemaProblems } from '../../caws/schema-problems.ts';
import { readYaml } from '../../caws/yaml.ts';
import { type Digest, fail, ok } from '../../primitives.ts';

/** The name under which an evidence folder lists its files. */
export const manifestName = 'caws-evidence.json';

/** Files of an evidence folder and the digest that each must have. */
export type EvidenceManifest = ReadonlyMap<string, Digest>;

/** Reads the manifest of an evidence folder (JSON or YAML). */
export function readManifest(text: string): Read<EvidenceManifest> {
  const yaml = readYaml(text, manifestName);
  if (!yaml.ok) return yaml;
  const document = { value: yaml.value.value, placeOf: yaml.value.placeOf, family: 'evidence' };
  const problems = schemaProblems(validate, document);
  if (problems.length > 0) return fail({ file: manifestName, problems });
  const { files } = document.value as {
    readonly files: readonly { readonly file: string; readonly digest: string }[];
  };
  const manifest = new Map<string, Digest>();
  for (const [index, { file, digest }] of files.entries()) {
    const wrong = manifest.has(file)
      ? 'stands twice'
      : staysInside(file)
        ? null
        : 'may leave its folder';
    if (wrong !== null)
      return fail({
        file: manifestName,
        problems: [
          problemAt(document, {
            rule: 'manifest-entry',
            path: ['files', index, 'file'],
            message: `${quoted(file)} ${wrong}`,
            hint: 'List every file once, by a relative path below the folder.',
          }),
        ],
      });
    manifest.set(file, digest as Digest);
  }
  return ok(manifest);
}
