import { Option } from 'commander';
import type { World } from './world.ts';

/** Options of every command that can have a judge. */
export interface JudgeOptions {
  readonly judge?: string;
  readonly judgeModel?: string;
}

/** What they leave out is read from the environment. */
export const judgeOption = (): Option =>
  new Option(
    '--judge <where>',
    'where a judge is asked: a socket of arbiter judge, or http(s)://HOST/v1 (default: ARBITER_JUDGE)',
  );
export const judgeModelOption = (): Option =>
  new Option(
    '--judge-model <name>',
    'the model at a server of several (default: ARBITER_JUDGE_MODEL)',
  );

/** Where this call says that a judge is asked; undefined where it names none. */
export const judgeNamed = (
  { env }: Pick<World, 'env'>,
  { judge }: JudgeOptions,
): string | undefined => judge ?? (env['ARBITER_JUDGE'] || undefined);
