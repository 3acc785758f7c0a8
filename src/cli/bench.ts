import { Command } from 'commander';
import { newModel } from './bench/new-model.ts';
import type { BenchOptions, NewModelOptions, ScheduleOptions } from './bench/options.ts';
import { bench } from './bench/run.ts';
import { schedule } from './bench/schedule.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter bench micro --model coder-7b -- node ~/agent.mjs       the short tasks of every suite it can do
  arbiter bench macro --model coder-7b -- node ~/agent.mjs       all tasks
  arbiter bench new-model --model coder-8b -- node ~/agent.mjs   what decides whether a newcomer is let in
  arbiter bench schedule --reports DIR -- node ~/agent.mjs       all of it, regularly

The program after the two dashes is started once a task, in the task's own repository; ARBITER_TASK_PROMPT
names a file with the prompt, and ARBITER_MODEL the model that it is to drive. To the file that
ARBITER_TASK_USED names it may write what it used: {"tools": ["shell"], "costUsd": 0.01}; without, tools
count for nothing and no model is found cheaper. Besides it sees PATH, HOME and what --env names.
What it leaves is checked in the sandbox of this machine, by checks that it never sees.

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
    forOneModel(program, tier, summary).action(async (words: string[], options: BenchOptions) => {
      await bench(world, tier, words, options);
    });
  const newcomers = 'run what a newcomer is judged by, and take the steps that it allows';
  recording(forOneModel(program, 'new-model', newcomers)).action(
    async (words: string[], options: NewModelOptions) => {
      await newModel(world, words, options);
    },
  );
  recording(
    withProgram(program, 'schedule', 'do daily, weekly and monthly what is due, for all models'),
  )
    .option('--reports <dir>', 'write the reports of each period into this folder')
    .option('--once', 'do what is due now, and end')
    .action(async (words: string[], options: ScheduleOptions) => {
      await schedule(world, words, options);
    });
  return program;
}

function withProgram(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .argument('[program...]', 'after --: the program that does a task, with its arguments')
    .option('--suites <dir>', 'a folder of suites (default: those that ship)')
    .option('--suite <id>', 'only this one')
    .option('--prompt-version <text>', 'version of the prompt that drives the model', 'unstated')
    .option('--env <names>', 'variables that the program sees, separated by commas', '')
    .option('--script <file>', 'play the tasks from a JSON file instead of starting a program');
}

function forOneModel(parent: Command, name: string, description: string): Command {
  return withProgram(parent, name, description)
    .requiredOption('--model <id>', 'the model of the roster that the runs are about')
    .option('--json', 'one JSON object');
}

function recording(command: Command): Command {
  return command
    .option('--ledger <file>', 'the ledger for the decisions (default: that of this repository)')
    .option('--key <file>', 'private key to sign with (default: the local key)');
}
