/** The numbers of system calls, beside the kernel's own headers where a machine has them. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  refused,
  seccompProgram,
  unknown,
  weighedCalls,
} from '../../../src/adapters/sandbox/seccomp.ts';

const headers = {
  x64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  arm64: '/usr/include/asm-generic/unistd.h',
} as const;
const there = Object.values(headers).every((file) => existsSync(file));
if (!there) {
  if (process.env['ARBITER_NO_SKIP'] !== undefined)
    throw new Error('no kernel headers on this machine');
  process.stdout.write('skipped: no kernel headers (apt-get install linux-libc-dev)\n');
}

const all = Object.entries({ ...refused, ...unknown, ...weighedCalls });

test.runIf(there).each(all)('%s has the number that the headers give it', (name, [x64, arm64]) => {
  expect([x64, arm64]).toEqual([numberIn('x64', name), numberIn('arm64', name)]);
});

/** -1 where the architecture has no such call. */
function numberIn(machine: keyof typeof headers, name: string): number {
  const text = readFileSync(headers[machine], 'utf8');
  const found = new RegExp(`^#define __NR(?:3264)?_${name}\\s+(\\d+)`, 'm').exec(text);
  return found === null ? -1 : Number(found[1]);
}

test('every filter kills what speaks for another architecture, and allows what it does not name', () => {
  for (const machine of ['x64', 'arm64']) {
    const program = seccompProgram(machine, false) as Buffer;
    expect(run(program, { architecture: 0x4000_0003, call: 1 })).toBe('kill');
    const architecture = machine === 'x64' ? 0xc000_003e : 0xc000_00b7;
    expect(run(program, { architecture, call: 63 })).toBe('allow');
  }
});

test('no filter is made for an architecture whose calls are not known', () => {
  for (const machine of ['riscv64', 'ia32', 'toString'])
    expect(seccompProgram(machine, false)).toBeNull();
});

/** [what, call and arguments by the names of x64, without the network, with it]. */
const weighings = [
  ['a local socket', 41, [1, 1], 'allow', 'fail 97'],
  ['an internet socket', 41, [2, 1], 'allow', 'allow'],
  ['a connected pair', 53, [1, 0x80001], 'allow', 'allow'],
  ['a pair that can be connected anew', 53, [1, 2], 'allow', 'fail 97'],
  ['a small shared segment', 29, [0, 65_536], 'allow', 'allow'],
  ['a large one', 29, [0, 65_537], 'fail 1', 'fail 1'],
  ['one whose size has an upper half', 29, [0, 2 ** 32], 'fail 1', 'fail 1'],
  ['a process', 56, [0x11], 'allow', 'allow'],
  ['a process in a new namespace', 56, [0x1000_0011], 'fail 1', 'fail 1'],
] as const;

test.each(weighings)('%s is weighed', (_what, call, words, alone, networked) => {
  const asked = { architecture: 0xc000_003e, call, words };
  expect(run(seccompProgram('x64', false) as Buffer, asked)).toBe(alone);
  expect(run(seccompProgram('x64', true) as Buffer, asked)).toBe(networked);
});

interface Asked {
  readonly architecture: number;
  readonly call: number;
  readonly words?: readonly number[];
}

/** A second reading of the program: what the kernel would answer. */
function run(program: Buffer, { architecture, call, words = [] }: Asked): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call, 0);
  data.writeUInt32LE(architecture, 4);
  for (const [index, word] of words.entries()) data.writeBigUInt64LE(BigInt(word), 16 + 8 * index);
  let loaded = 0;
  for (let at = 0; at < program.length; at += 8) {
    const [code, yes, no] = [program.readUInt16LE(at), program[at + 2] ?? 0, program[at + 3] ?? 0];
    const value = program.readUInt32LE(at + 4);
    const step = (holds: boolean) => {
      at += 8 * (holds ? yes : no);
    };
    if (code === 0x20) loaded = data.readUInt32LE(value);
    else if (code === 0x54) loaded = (loaded & value) >>> 0;
    else if (code === 0x15) step(loaded === value);
    else if (code === 0x35) step(loaded >= value);
    else if (code === 0x45) step((loaded & value) !== 0);
    else if (value === 0x7fff_0000) return 'allow';
    else return value === 0x8000_0000 ? 'kill' : `fail ${value & 0xffff}`;
  }
  return 'fell off its end';
}
