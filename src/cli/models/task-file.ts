import { nearest } from '../../caws/nearest.ts';
import { type Role, type Surface, surfaces } from '../../models/profile.ts';
import type { Task } from '../../models/routing/task.ts';
import { fail, ok, type Result } from '../../primitives.ts';

/** Every field may be absent: then nothing is asked of a model. */
const fields = {
  text: isText,
  files: (value: unknown): value is Task['facts']['files'] =>
    Array.isArray(value) && value.length <= FILES_MAX && value.every(isFile),
  tier: (value: unknown): value is 1 | 2 | 3 => value === 1 || value === 2 || value === 3,
  surface: (value: unknown): value is Surface => surfaces.some((each) => each === value),
  kind: isText,
  languages: isTexts,
  tools: isTexts,
  inputTokens: isCount,
  outputTokens: isCount,
  usdMax: (value: unknown): value is number => typeof value === 'number' && value >= 0,
  role: (value: unknown): value is Role => value === 'worker' || value === 'judge',
} as const;

type Fields = {
  readonly [Name in keyof typeof fields]?: (typeof fields)[Name] extends (
    value: unknown,
  ) => value is infer Value
    ? Value
    : never;
};

const FILES_MAX = 10_000;
const TEXTS_MAX = 64;
const TEXT_CHARACTERS_MAX = 1_000_000;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= TEXTS_MAX && value.every(isText);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isFile(value: unknown): value is { readonly path: string; readonly lines: number } {
  const { lines, path } = (value ?? {}) as { readonly path?: unknown; readonly lines?: unknown };
  return isText(path) && isCount(lines);
}

/** Reads a task from JSON. @returns the first thing that is wrong with it, where something is. */
export function readTask(text: string): Result<Fields, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('it is not an object');
  for (const [key, given] of Object.entries(value)) {
    const known = Object.hasOwn(fields, key);
    const near = known ? undefined : nearest(key, Object.keys(fields));
    if (!known)
      return fail(`there is no field ${key}${near === undefined ? '' : `; did you mean ${near}?`}`);
    if (!fields[key as keyof typeof fields](given)) return fail(`${key} is out of its bounds`);
  }
  return ok(value);
}

/** The task; what a field leaves out asks for nothing. */
export function taskOf(given: Fields): Task {
  return {
    facts: {
      text: given.text ?? '',
      files: given.files ?? [],
      tier: given.tier ?? null,
      surface: given.surface ?? null,
    },
    needs: {
      role: given.role ?? 'worker',
      kind: given.kind ?? null,
      languages: given.languages ?? [],
      tools: given.tools ?? [],
      inputTokens: given.inputTokens ?? null,
      outputTokens: given.outputTokens ?? null,
      usdMax: given.usdMax ?? null,
    },
  };
}
