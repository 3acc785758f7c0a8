import { Command } from 'commander';
import { newModel } from './bench/new-model.ts';
import type { BenchOptions, NewModelOptions } from './bench/options.ts';
import { bench } from './bench/run.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter bench micro --model coder-7b -- node agent.mjs       the short tasks of every suite it can do
  arbiter bench macro --model coder-7b -- node agent.mjs       all tasks
  arbiter bench new-model --model coder-8b -- node agent.mjs   what decides whether a newcomer is let in

The program after the two dashes is started once a task, in the task's own repository; ARBITER_TASK_PROMPT
names a file with the prompt. It sees PATH, HOME and what --env names. What it leaves is checked in the
sandbox of this machine, by checks that it never sees.

Exit codes: 0 done, 2 usage, 4 could not finish, 5 a suite that does not parse.`;

/** `arbiter bench …`: measures models by suites of tasks, and lets newcomers in by what was measured. */
export function command(world: World): Command {
  const program = new Command('bench')
    .description('measure models by suites of tasks with hidden checks')
    .addHelpText('after', examples);
  for (const [tier, summary] of [
    ['micro', 'run the smoke tasks of every suite that a model can do'],
    ['macro', 'run all tasks of every suite that a model can do'],
  ] as const)
    benchCommand(tier, summary).action(async (words: string[], options: BenchOptions) => {
      await bench(world, tier, words, options);
    });
  benchCommand('new-model', 'run what a newcomer is judged by, and take the steps that it allows')
    .option('--ledger <file>', 'the ledger for the decisions (default: that of this repository)')
    .option('--key <file>', 'private key to sign with (default: the local key)')
    .action(async (words: string[], options: NewModelOptions) => {
      await newModel(world, words, options);
    });
  return program;

  function benchCommand(name: string, summary: string): Command {
    return program
      .command(name)
      .description(summary)
      .argument('[program...]', 'after --: the program that does a task, with its arguments')
      .requiredOption('--model <id>', 'the model of the roster that the runs are about')
      .option('--suites <dir>', 'a folder of suites (default: those that ship)')
      .option('--suite <id>', 'only this one')
      .option('--prompt-version <text>', 'version of the prompt that drives the model', 'unstated')
      .option('--env <names>', 'variables that the program sees, separated by commas', '')
      .option('--script <file>', 'play the tasks from a JSON file instead of starting a program')
      .option('--json', 'one JSON object');
  }
}
