import type { Answer, Gate } from './generated/policy.js';
import { dotted } from './schema-problems.ts';
import type { YamlPath } from './yaml.ts';

type KeyOf<Alternative> = Alternative extends unknown ? keyof Alternative : never;

const ofAnswers: ReadonlySet<string> = new Set<KeyOf<Answer>>([
  ...(['by', 'command', 'report', 'sandbox', 'network', 'caches', 'base'] as const),
  ...(['name', 'app_id', 'workflow', 'format', 'file'] as const),
]);
const ofGates: ReadonlySet<string> = new Set<keyof Gate>([
  ...(['enabled', 'mode', 'description', 'answer', 'measures', 'minimum'] as const),
  ...(['timeout_seconds', 'waivable', 'approvers', 'min_approvers'] as const),
  ...(['max_waiver_days', 'min_trust'] as const),
]);

/**
 * What a gate is and how it is answered are two maps, one within the other, and a key is easily written into the
 * wrong one.
 *
 * @param path of the map that the key was written into.
 * @returns where it belongs, as a hint; undefined where it belongs to no gate.
 */
export function gateKeyHint(path: YamlPath, key: string): string | undefined {
  const [section, gate, answer, ...deeper] = path;
  if (section !== 'gates' || gate === undefined || deeper.length > 0) return undefined;
  if (answer === undefined && ofAnswers.has(key))
    return `Write it into the answer: ${dotted([section, gate, 'answer', key])}.`;
  return answer === 'answer' && ofGates.has(key)
    ? `Write it beside the answer: ${dotted([section, gate, key])}.`
    : undefined;
}
