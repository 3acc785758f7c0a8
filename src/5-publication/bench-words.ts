/** What `arbiter bench` tells: runs as they go, their figures, and why one could not be made. */
import type { DocumentFault } from '../caws/law.ts';
import type { RunResult } from '../models/lifecycle/suite-run.ts';
import { levelOf } from '../models/lifecycle/thresholds.ts';
import { type FaultWords, misused, stopped, unread } from './ending.ts';
import { visible } from './escape.ts';

/** Why a bench says nothing of a model. */
export type BenchFault =
  | { readonly kind: 'bench-interrupted'; readonly task: string }
  | { readonly kind: 'worker-not-started'; readonly worker: string; readonly detail: string }
  | { readonly kind: 'worker-misreported'; readonly worker: string; readonly detail: string }
  | { readonly kind: 'check-not-run'; readonly task: string; readonly detail: string }
  | { readonly kind: 'figure-out-of-range'; readonly figure: string; readonly value: number }
  | { readonly kind: 'suite-invalid'; readonly document: DocumentFault }
  | { readonly kind: 'suites-unreadable'; readonly folder: string; readonly reason: string }
  | { readonly kind: 'suite-unknown'; readonly suite: string; readonly known: readonly string[] }
  | { readonly kind: 'surface-without-suite'; readonly model: string }
  | { readonly kind: 'worker-missing' }
  | { readonly kind: 'script-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'trial-missing'; readonly model: string };

const kept = 'Nothing of the run is kept, and nothing was decided.';
const shown = (text: string): string => visible(text, 300);

export function benchWords(fault: BenchFault): FaultWords {
  switch (fault.kind) {
    case 'bench-interrupted':
      return stopped(
        `Interrupted in task ${shown(fault.task)}.`,
        'Run the same command again.',
        kept,
      );
    case 'worker-not-started':
      return stopped(
        `The ${shown(fault.worker)} could not be started: ${shown(fault.detail)}. That says nothing of the model.`,
        'Name a program that is there and may be run, after two dashes: -- PROGRAM ARGUMENT',
        kept,
      );
    case 'worker-misreported':
      return stopped(
        `What the ${shown(fault.worker)} wrote to ARBITER_TASK_USED cannot be read: ${shown(fault.detail)}.`,
        'It may write {"tools": ["NAME"], "costUsd": 0.01}, or nothing.',
        kept,
      );
    case 'check-not-run':
      return stopped(
        `What the model did in task ${shown(fault.task)} could not be checked here: ${shown(fault.detail)}.`,
        'See what holds on this machine: arbiter runner sandbox-test',
        kept,
      );
    case 'figure-out-of-range':
      return stopped(
        `A run gave ${shown(fault.figure)} = ${fault.value}; figures lie in 0 to 1.`,
        'This is a defect of ours; please report it.',
        kept,
      );
    case 'suite-invalid':
      return unread(suiteText(fault.document), 'Mend the suite and run the command again.', kept);
    case 'suites-unreadable':
      return misused(
        `No suite can be read from ${shown(fault.folder)}: ${shown(fault.reason)}.`,
        'Name a folder of suites: --suites DIR',
        kept,
      );
    case 'suite-unknown':
      return misused(
        `There is no suite ${shown(fault.suite)}.`,
        `There are: ${fault.known.slice(0, 20).map(shown).join(', ')}. Name one of them: --suite ID`,
        kept,
      );
    case 'surface-without-suite':
      return misused(
        `No suite is about a surface that ${shown(fault.model)} declares.`,
        `See what it declares: arbiter models show ${shown(fault.model)}`,
        kept,
      );
    case 'worker-missing':
      return misused(
        'Nobody is named who does the tasks.',
        'Name a program after two dashes: arbiter bench micro --model ID -- PROGRAM ARGUMENT',
        kept,
      );
    case 'script-unreadable':
      return misused(
        `${shown(fault.file)}, which --script names, cannot be read: ${shown(fault.reason)}.`,
        'Name a JSON file: {"TASK": {"writes": {"PATH": "TEXT"}}}',
        kept,
      );
    case 'trial-missing':
      return misused(
        `Nothing was ever decided about ${shown(fault.model)}.`,
        `Begin: arbiter bench new-model --model ${shown(fault.model)} -- PROGRAM`,
      );
  }
}

function suiteText({ file, problems }: DocumentFault): string {
  const lines = problems
    .slice(0, 20)
    .map(
      ({ line, column, message, hint }) =>
        `${shown(file)}:${line ?? 1}:${column ?? 1}: ${shown(message)}. ${shown(hint)}`,
    );
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n');
}

/** One task as it ends. */
export const taskLine = (task: string, state: 'passed' | 'failed', wrong: readonly string[]) =>
  `  ${state === 'passed' ? '✓' : '✗'} ${visible(task, 64)}${wrong.length === 0 ? '' : `  ${visible(wrong.join('; '), 160)}`}\n`;

/** The figures of one run. */
export function runText(suite: string, { figures, tasks }: RunResult): string {
  const passed = tasks.filter((task) => task.passed).length;
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  return `${visible(suite, 64)}: ${passed} of ${tasks.length} tasks passed; completion ${percent(figures.completion)}, compliance ${percent(figures.compliance)}, composite ${percent(figures.composite)} (${levelOf(figures)})\n`;
}
