/** What `arbiter models` shows: what is pinned, and what suits a machine. */
import type { LockedModel, ModelsLock } from '../caws/models-lock.ts';
import { shellWord, visible } from './escape.ts';
import type { RunProfile } from './model-faults.ts';
import { quantityText } from './quantity.ts';
import { atFolder, profileText } from './weights-words.ts';

const bytes = (value: number): string => quantityText({ value, unit: 'bytes' });
const MIB = 1024 * 1024;
const NAME_COLUMNS = 24;

export interface Machine {
  readonly memoryGb: number;
  /** false: somebody asks about another one. */
  readonly isThis: boolean;
}

/** Pinned models, a line each, and then the suggestions for a machine's memory. */
export function modelsListText(
  folder: string,
  {
    pinned,
    run,
    suggested,
  }: {
    readonly pinned: Readonly<Record<string, LockedModel>>;
    readonly run: Readonly<Record<string, InForce>>;
    readonly suggested: ModelsLock;
  },
  machine: Machine,
): string {
  const names = Object.keys(pinned);
  const here =
    names.length === 0
      ? `${visible(folder)} pins no model.\n`
      : `Pinned in ${visible(folder)}:\n${names.map((name) => pinnedLine(name, pinned[name]) + inForceText(run[name] ?? {})).join('')}`;
  return `${here}\n${presetText(suggested, machine, new Set(names))}`;
}

function pinnedLine(name: string, model: LockedModel | undefined): string {
  if (model === undefined) return '';
  const { roles, family, bytes: size, memoryMb, quantisation, insteadOf } = model;
  const facts = [
    roles.join(', '),
    `family ${family}`,
    ...(quantisation === null ? [] : [quantisation]),
    ...(size === null ? [] : [bytes(size)]),
    ...(memoryMb === null ? [] : [`takes about ${bytes(memoryMb * MIB)}`]),
    ...(insteadOf === undefined ? [] : [`stands in for ${visible(insteadOf)}`]),
  ];
  return `  ${name.padEnd(NAME_COLUMNS)}${facts.join('; ')}\n`;
}

/** The largest preset that a machine has the memory for; the smallest where it has it for none. */
function presetText(
  { presets = [], models }: ModelsLock,
  { memoryGb, isThis }: Machine,
  pinned: ReadonlySet<string>,
): string {
  const fitting = presets.filter((each) => each.memoryGb <= memoryGb).at(-1) ?? presets[0];
  if (fitting === undefined) return '';
  const lines = (['judge', 'first', 'worker'] as const).flatMap((role) =>
    fitting[role].map((name) => suggestionLine(name, role, models[name], pinned.has(name))),
  );
  return `Suggested for ${fitting.memoryGb} GB of memory (${isThis ? 'this machine has' : 'for a machine of'} ${memoryGb}); nothing is fetched:
${lines.join('')}
Fetch the GGUF file of one from where its maker publishes it, compare its sha256 there, then:
  arbiter models add FILE --as NAME
`;
}

function suggestionLine(
  name: string,
  role: string,
  model: LockedModel | undefined,
  isPinned: boolean,
): string {
  const facts = [
    role,
    ...(model?.memoryMb == null ? [] : [`about ${bytes(model.memoryMb * 1_000_000)}`]),
    `licence ${model?.licence ?? 'to be read there'}`,
    ...(model?.repository == null ? [] : [model.repository]),
    ...(isPinned ? ['pinned'] : []),
  ];
  return `  ${name.padEnd(NAME_COLUMNS)}${facts.join('; ')}\n`;
}

export const addedText = (name: string, { sha256, bytes: size }: LockedModel): string =>
  `${name} is pinned: ${bytes(size ?? 0)}, sha256 ${sha256}.
It opened here, and what it says to the self-test is written down with it.
Compare the sha256 with its maker's. A running judge takes it up when it is started again.
`;

export const removedText = (name: string, gone: boolean): string =>
  `${name} is pinned no more${gone ? ', and its file is gone' : '; another name still uses its file'}.\n`;

type InForce = Readonly<
  Record<
    string,
    {
      /** What computes; left out: nothing does yet. */
      readonly provider?: string;
      readonly profile: RunProfile;
      readonly bytes: number;
    } | null
  >
>;

/** What a model is run with, a line for each surface; neighbours that are run alike share one. */
export function inForceText(inForce: InForce): string {
  const lines = Map.groupBy(Object.entries(inForce), ([, run]) =>
    run === null
      ? 'memory is short'
      : `${run.provider === undefined ? '' : `on ${visible(run.provider)}, `}${profileText(run.profile)}; about ${bytes(run.bytes)}`,
  );
  return [...lines]
    .map(([text, surfaces]) => `    ${surfaces.map(([name]) => name).join(', ')}: ${text}\n`)
    .join('');
}

export const holdsText = (name: string): string =>
  `✓ ${name}: every byte as pinned; opens; self-test holds\n`;
export const brokenText = (name: string, what: string): string => `✗ ${name}: ${what}\n`;

/** Where a provider was named, and another computed. */
export const otherProviderText = (named: string, found: string): string =>
  `every byte as pinned, and it holds on ${visible(found)}; ${visible(named)} was named, and did not compute`;

export const verifyHint = (name: string, folder: string): string =>
  `Take it away and fetch it again: arbiter models remove ${shellWord(name)}${atFolder(folder)}\n`;

export function speedText(
  name: string,
  speed: {
    readonly backend: string;
    readonly promptTokens: number;
    readonly promptTokensPerSecond: number;
    readonly answerTokens: number;
    readonly answerTokensPerSecond: number;
  },
): string {
  return `${name} by ${visible(speed.backend)}
  reads    ${speed.promptTokensPerSecond} tokens/s (${speed.promptTokens} tokens)
  answers  ${speed.answerTokensPerSecond} tokens/s (${speed.answerTokens} tokens)
`;
}
