import fc from 'fast-check';
import { everyOf, forEvery, type Row } from './row.ts';
import {
  namedBadly,
  packedBadly,
  poisonedCache,
  poisonedHost,
  swapped,
  swaps,
  unpinned,
  withRights,
} from './running-cases.ts';

/** C and H: the machine that runs strangers' code, what it sends, and the workflows that start it. */
export const runningRows: readonly Row[] = [
  {
    id: 'C45',
    name: 'evidence swapped by another job of the same run',
    expected: 'a token speaks for its own bytes alone, and recorded evidence stays',
    defence: {
      file: 'app/runs/serve-runs.ts',
      from: "if (found !== wanted) return fail({ kind: 'digest-differs', wanted, found });",
      to: '',
    },
    holds: () => swapped(['sent']),
    variants: () => everyOf([swaps], swapped),
  },
  {
    id: 'H103b',
    name: 'archives of evidence: names, sizes and entries that lie',
    expected: 'one file by its name, within its bound, as the archive says of it, or nothing',
    defence: {
      file: 'src/adapters/github/one-file-zip.ts',
      from: "if (file.name !== name) return fail('more or other files than the one that is looked for');",
      to: '',
    },
    holds: () => packedBadly(['report.json']),
    variants: () =>
      forEvery(
        40,
        fc.uniqueArray(fc.stringMatching(/^[a-z./\\]{1,30}$/), { minLength: 1, maxLength: 20 }),
        packedBadly,
      ),
  },
  {
    id: 'H104',
    name: 'an earlier job poisons the machine',
    expected: 'what stayed of a job marks the host, and no further job is taken',
    defence: {
      file: 'runner-setup/host/libexec/prepare',
      from: 'for mark in dirty drained; do',
      to: 'for mark in drained; do',
    },
    holds: () => poisonedHost(['.npmrc']),
    variants: () => poisonedHost(['.bashrc', '.local/bin/node', '.config/systemd/user/a.service']),
  },
  {
    id: 'H104b',
    name: 'a head poisons what is kept for the next run',
    expected: 'only a run of the target’s own code is kept; a head finds a copy',
    defence: {
      file: 'src/adapters/gates/gate-caches.ts',
      from: "if (planned.on !== 'base') return;",
      to: '',
    },
    holds: () => poisonedCache('head'),
    variants: () => everyOf(['head', 'base-tests', 'copy'] as const, poisonedCache),
  },
  {
    id: 'H105',
    name: 'a workflow with rights that checks out the head',
    expected: 'no shipped workflow has rights and runs what a stranger wrote',
    defence: {
      file: 'src/cli/run-workflow-template.ts',
      from: 'on:\n  workflow_dispatch:\n',
      to: 'on:\n  pull_request_target:\n  workflow_dispatch:\n',
    },
    holds: () => withRights(0),
    variants: () => everyOf([1, 2, 3, 4, 5], withRights),
  },
  {
    id: 'H106',
    name: 'names that run in a workflow',
    expected: 'no expression within a script, and no name among what the app hands on',
    defence: {
      file: '.github/workflows/check.yml',
      from: '"$REPOSITORY" "$REVISION"',
      to: '"$REPOSITORY" "$' + '{{ github.head_ref }}"',
    },
    holds: () => namedBadly('head_ref'),
    variants: () =>
      everyOf(['event.pull_request.title', 'event.comment.body', 'sha', 'actor'], namedBadly),
  },
  {
    id: 'H107',
    name: 'the own supply chain: a moved tag, a script at install',
    expected: 'every action by its commit, every package by its digest, no script at install',
    defence: {
      file: 'src/cli/run-workflow-template.ts',
      from: 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02',
      to: 'actions/upload-artifact@v4',
    },
    holds: () => unpinned('uses: actions/checkout@v7'),
    variants: () =>
      everyOf(
        [
          'uses: actions/checkout@main',
          'uses: actions/checkout@ea165f8',
          'uses: docker://alpine:3',
          'uses: actions/checkout',
          'git',
          'script',
          'digest',
          'registry',
          'range',
        ],
        unpinned,
      ),
  },
];
