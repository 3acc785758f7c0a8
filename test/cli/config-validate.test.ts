import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../src/cli/config-validate.ts';
import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';
import {
  changed,
  policyV11,
  spec2025,
  specV11,
  waiver2025,
} from '../caws/conformance/documents.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-validate-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(file: string, content: unknown): string {
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly exit: number | undefined;
}

/** Runs `config validate` as the program does, inside the temporary folder. */
function validate(...argv: string[]): Outcome {
  let [out, err]: [string, string] = ['', ''];
  let exit: number | undefined;
  const world: World = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: {},
    directory,
    terminal: false,
    color: false,
    now: () => 0 as Instant,
    random: (count) => new Uint8Array(count),
    finish: (code) => {
      exit = code;
    },
  };
  new Command('config')
    .addCommand(command(world).exitOverride().configureOutput({ writeErr: world.err }))
    .parse(['validate', ...argv], { from: 'user' });
  return { out, err, exit };
}

describe('config validate', () => {
  test.each([
    ['an empty segment', 'src//'],
    ['the root itself', '.'],
    ['a step to nowhere', './.'],
  ])('calls no spec valid that binds nothing, though published tools take it: %s', (_, entry) => {
    const { scope } = specV11();
    put('.caws/specs/AUTH-1.yaml', { ...specV11(), scope: { ...(scope as object), in: [entry] } });
    const { out, exit } = validate('.caws/specs/AUTH-1.yaml', '--json');
    const { conforms, findings } = JSON.parse(out);
    expect([exit, conforms['11']]).toEqual([5, true]);
    expect(findings.at(-1)).toMatchObject({ rule: 'spec.glob', severity: 'error', line: 1 });
  });

  test('accepts documents that conform to their own dialect', () => {
    put('.caws/specs/AUTH-1.yaml', specV11());
    put('.caws/policy.yaml', policyV11());
    put('.caws/waivers/WV-0001.yaml', waiver2025());
    put('.caws/README.md', 'not a document');
    const { out, err, exit } = validate();
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain('ok      .caws/specs/AUTH-1.yaml  spec, dialect 11, accepted by: 11');
    expect(out).toContain('3 files, 0 invalid, 0 not read');
    expect(out).not.toContain('README');
  });

  test('names file, line and column of what is wrong, with what to do', () => {
    const file = put(
      '.caws/specs/AUTH-1.yaml',
      'id: AUTH-1\nlifecycle_state: active\nmode: banana\n',
    );
    const { out, exit } = validate(file);
    expect(exit).toBe(5);
    expect(out).toContain(
      '  .caws/specs/AUTH-1.yaml:3:7 error spec.schema.mode.development_removed\n' +
        '      /mode: "banana" is not one of feature, refactor, fix, doc, chore\n' +
        '      Use feature, refactor, fix, doc or chore.\n',
    );
  });

  test('prints one object a line with exactly the promised fields', () => {
    const files = [
      put('a/.caws/policy.yaml', policyV11()),
      put('.caws/specs/FEAT-1.yaml', spec2025()),
    ];
    const { out, exit } = validate('--json', ...files);
    expect(exit).toBe(0);
    const reports = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(reports.map((one) => Object.keys(one).sort())).toEqual(
      Array(2).fill(['conforms', 'dialect', 'file', 'findings', 'kind']),
    );
    expect(reports[1]).toMatchObject({
      file: '.caws/specs/FEAT-1.yaml',
      kind: 'spec',
      dialect: '2025',
      conforms: { '2025': true, '10': true, '11': false },
    });
    const bad = put('.caws/specs/BAD-1.yaml', changed(spec2025(), 'scope.in', ['../x']));
    const report = JSON.parse(validate('--json', bad).out);
    expect(Object.keys(report.findings[0]).sort()).toEqual([
      'column',
      'hint',
      'line',
      'message',
      'rule',
      'severity',
    ]);
  });

  test('judges by the dialect that is asked for', () => {
    const file = put('.caws/specs/FEAT-1.yaml', spec2025());
    expect(validate(file).exit).toBe(0);
    expect(validate('--dialect', '10', file).exit).toBe(0);
    const asked = validate('--dialect', '11', file);
    expect(asked.exit).toBe(5);
    expect(asked.out).toContain('spec.schema.forbidden_field.change_budget');
  });

  test('lets warnings pass, unless they shall not', () => {
    const file = put('.caws/specs/FEAT-1.yaml', changed(spec2025(), 'scope.in', ['**']));
    expect(validate(file).exit).toBe(0);
    expect(validate('--strict', file).exit).toBe(5);
  });

  test('refuses what conforms and yet holds an error of ours', () => {
    const file = put('.caws/specs/FEAT-1.yaml', changed(spec2025(), 'scope.in', ['../x']));
    const { out, exit } = validate(file);
    expect(exit).toBe(5);
    expect(out).toContain('accepted by: 2025, 10');
    expect(out).toContain('strict.scope.leaves_repository');
  });

  test('names a missing file once, and still judges the others', () => {
    const file = put('.caws/policy.yaml', policyV11());
    const { out, err, exit } = validate('nowhere.yaml', file);
    expect(exit).toBe(2);
    expect(err).toBe('nowhere.yaml: there is no such file\n');
    expect(out).toContain('ok      .caws/policy.yaml');
  });

  test('reads no folder, no device and no link in place of a document', () => {
    put('elsewhere.yaml', policyV11());
    mkdirSync(join(directory, '.caws/waivers'), { recursive: true });
    symlinkSync(join(directory, 'elsewhere.yaml'), join(directory, '.caws/policy.yaml'));
    symlinkSync('/dev/zero', join(directory, '.caws/waivers/WV-0001.yaml'));
    const { err, exit } = validate();
    expect(exit).toBe(2);
    expect(err).toBe(
      '.caws/policy.yaml: is not a regular file\n.caws/waivers/WV-0001.yaml: is not a regular file\n',
    );
    expect(validate('.caws').err).toBe('.caws: is not a regular file\n');
  });

  test('says what to do where there is nothing to judge', () => {
    const { err, exit } = validate();
    expect(exit).toBe(2);
    expect(err).toContain('arbiter init');
  });

  test('is not steered by a file name', () => {
    const file = put('.caws/specs/\u001b[2J\u202eA.yaml', 'x: 1\n');
    const { out } = validate(file);
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
    expect(out).toContain('\\u{1b}[2J\\u{202e}A.yaml');
  });

  test('reads our own dialect with our own reader', () => {
    const ours = put('.caws/policy.yaml', 'version: 1\nprotected_paths: [".github/"]\n');
    expect(validate(ours).exit).toBe(0);
    const slip = put('.caws/policy.yaml', 'version: 1\nprotected_paths: []\nbudgts: []\n');
    const { out, exit } = validate(slip);
    expect(exit).toBe(5);
    expect(out).toContain('.caws/policy.yaml:3:1 error');
  });

  test('the shipped policies hold where they lie, and are named as they are', () => {
    const shipped = join(import.meta.dirname, '../../policies');
    const examples = readdirSync(join(shipped, 'examples')).map((name) =>
      join(shipped, 'examples', name),
    );
    expect(examples.length).toBeGreaterThan(0);
    const { out, exit } = validate('--strict', join(shipped, 'default.policy.yaml'), ...examples);
    expect(out).not.toContain('INVALID');
    expect(out.match(/policy, dialect arbiter/g)).toHaveLength(examples.length + 1);
    expect(exit).toBe(0);
  });

  test('a tier that our own policy leaves out comes from the shipped one; a published tool has none', () => {
    const tiers = 'risk_tiers:\n  "1": { max_files: 5, max_loc: 150 }\n';
    const ours = put('.caws/policy.yaml', `version: 1\nprotected_paths: []\n${tiers}`);
    expect(validate(ours).exit).toBe(0);
    const foreign = put('.caws/policy.yaml', `version: 1\n${tiers}`);
    expect(validate(foreign).out).toContain('strict.policy.tier_missing');
  });

  test('finds the documents of the repository from a folder below', () => {
    put('.caws/policy.yaml', policyV11());
    mkdirSync(join(directory, '.git'));
    mkdirSync(join(directory, 'src/deep'), { recursive: true });
    directory = join(directory, 'src/deep');
    const { out, exit } = validate();
    directory = join(directory, '../..');
    expect(out).toMatch(/^ok {6}\.\.\/\.\.\/\.caws\/policy\.yaml /);
    expect(exit).toBe(0);
  });

  test('refuses an unknown dialect as a usage error', () => {
    expect(() => validate('--dialect', '9')).toThrow(/9/);
  });
});
