import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectDialect } from '../../src/caws/dialect.ts';
import { globBounds } from '../../src/caws/glob.ts';
import { type PolicyReading, readPolicy } from '../../src/caws/read-policy.ts';

const folder = new URL('../../policies/', import.meta.url);
const shipped = {
  file: 'policies/default.policy.yaml',
  text: readFileSync(new URL('default.policy.yaml', folder), 'utf8'),
};

const read = (text: string, file = '.caws/policy.yaml') => readPolicy({ file, text }, shipped);

function reading(text: string, file?: string): PolicyReading {
  const result = read(text, file);
  if (!result.ok) throw new Error(JSON.stringify(result.fault.problems, null, 1));
  return result.value;
}

/** The problems as `rule line:column`. */
function problems(text: string, file?: string): readonly string[] {
  const result = read(text, file);
  if (result.ok) return [];
  return result.fault.problems.map(({ rule, line, column }) => `${rule} ${line}:${column}`);
}

function notes(text: string, file?: string): readonly string[] {
  return reading(text, file).notes.map(({ rule, line }) => `${rule} ${line}`);
}

describe('the shipped policy', () => {
  test('is in force where the base has none, and the reading says so', () => {
    const result = readPolicy(null, shipped);
    if (!result.ok) throw new Error(JSON.stringify(result.fault));
    const { policy, source, origins, notes } = result.value;
    expect(source).toMatchObject({ kind: 'default', file: shipped.file, dialect: 'arbiter' });
    expect(notes).toEqual([]);
    expect([...origins.values()].every(({ from }) => from === 'default')).toBe(true);
    expect(policy.mode).toBe('enforce');
    expect(policy.waivers.longestDays).toBe(30);
  });

  test('reads the same when it is parsed as when it was built', () => {
    const built = readPolicy(null, shipped);
    const parsed = readPolicy(null, { ...shipped, text: `${shipped.text}\n` });
    if (!built.ok || !parsed.ok) throw new Error('both are read');
    expect(parsed.value.policy).toEqual(built.value.policy);
    expect(parsed.value.origins).toEqual(built.value.origins);
    expect(parsed.value.source.digest).not.toBe(built.value.source.digest);
  });

  test('asks for nothing but git: every gate is answered by the arbiter itself', () => {
    const result = readPolicy(null, shipped);
    const gates = result.ok ? result.value.policy.gates : [];
    expect(gates.map(({ id, mode, answer }) => [id, mode, answer.by])).toEqual([
      ['budget_limit', 'block', 'arbiter'],
      ['scope_boundary', 'block', 'arbiter'],
      ['spec_completeness', 'block', 'arbiter'],
    ]);
  });

  test('gives every single value a comment or a section that explains it', () => {
    const lines = shipped.text.split('\n');
    const sections = lines.flatMap((line, index) => (/^[a-z_]+:/.test(line) ? [index] : []));
    const bare = sections.filter((at) => !lines[at - 1]?.startsWith('#'));
    // The version and the sections whose values are explained one by one.
    const names = bare.map((at) => lines[at]?.split(':')[0]);
    expect(names).toEqual(
      ['edit_rules', 'waivers', 'root_passthrough'].filter((n) => names.includes(n)),
    );
  });

  test('excludes no path that could hold code', () => {
    const result = readPolicy(null, shipped);
    const paths = result.ok ? result.value.policy.excluded.paths : [];
    // A whole name in any folder; no folder, no suffix alone.
    for (const path of paths) expect(path).toMatch(/^\*\*\/[A-Za-z.-]+$/);
    expect(paths.length).toBeLessThan(globBounds.patternsMax);
  });
});

describe('numbers', () => {
  const withMax = (value: string) =>
    `version: 1\nmode: enforce\nrisk_tiers:\n  '3': {max_files: ${value}}\n`;

  test.each([
    '.nan',
    '.inf',
    '-.inf',
    '-5',
    '12.5',
    '"500"',
    '010',
    '1_000',
    '1e3',
    'null',
    '~',
    '',
    '[]',
    '{}',
    'true',
    '0x10',
    '0o17',
    '+50',
    '50.0',
    '1e999',
    '100001',
    '99999999999999999999',
    'fifty',
    '2025-01-01',
    '-0',
    '50 files',
  ])('max_files: %s is refused at its own place', (value) => {
    expect(problems(withMax(value))[0]).toMatch(/ 4:\d+$/);
  });

  test.each(['50', '100000', '25'])('max_files: %s is read', (value) => {
    expect(reading(withMax(value)).policy.tiers[3].files).toBe(Number(value));
  });
});

describe('our own form', () => {
  test.each([
    ['risk_teirs: {}', 'policy.unknown-key 2:1', 'risk_tiers'],
    ['mode: enforce\nrisk_tiers: {"1": {max_file: 5}}', 'policy.unknown-key 3:20', 'max_files'],
    ['mode: enforc', 'policy.not-allowed 2:7', 'enforce'],
    ['protected_path: [a]', 'policy.unknown-key 2:1', 'protected_paths'],
    ['history: each_commit', 'policy.not-allowed 2:10', 'each-commit'],
    [
      'mode: enforce\ngates: {x: {mode: blok, answer: {by: arbiter}}}',
      'policy.not-allowed 3:19',
      'block',
    ],
  ])('a misspelling in %j is refused with the word that was meant', (text, problem, word) => {
    const result = read(`version: 1\n${text}`);
    const first = result.ok ? undefined : result.fault.problems[0];
    expect(`${first?.rule} ${first?.line}:${first?.column}`).toBe(problem);
    expect(first?.hint).toContain(word);
  });

  test.each([
    ['base: {compare: true}', '', 'Write it into the answer: gates.unit.answer.base.'],
    ['caches: []', '', 'Write it into the answer: gates.unit.answer.caches.'],
    ['', 'minimum: 80', 'Write it beside the answer: gates.unit.minimum.'],
    ['', 'timeout_seconds: 5', 'Write it beside the answer: gates.unit.timeout_seconds.'],
  ])(
    'a key of gates at the wrong depth, %j or %j, is told where it belongs',
    (gate, answer, hint) => {
      const inner = `by: command, command: [a], ${answer}`;
      const result = read(
        `version: 1\nmode: enforce\ngates: {unit: {answer: {${inner}}, ${gate}}}`,
      );
      const found = result.ok ? [] : result.fault.problems;
      expect(found.map((each) => [each.rule, each.hint])).toEqual([['policy.unknown-key', hint]]);
    },
  );

  test.each([
    ['mode: enforce\nrisk_tiers: {"1": {max_files: 30}}', 'policy.tiers-shrink 3:31'],
    ['mode: enforce\nrisk_tiers: {"3": {max_loc: 5}}', 'policy.tiers-shrink 3:29'],
    ['protected_paths: [a, "../b"]', 'policy.glob 2:22'],
    ['protected_paths: ["/etc"]', 'policy.glob 2:19'],
    ['non_governed_zones: ["**"]\nmode: enforce', 'policy.whole-repository 2:22'],
    ['excluded: {paths: ["**/*"]}', 'policy.whole-repository 2:20'],
    ['governance: {paths: ["*/**"]}', 'policy.whole-repository 2:22'],
    ['mode: enforce\ngates: {a11y: {mode: block}}', 'policy.gate-unanswered 3:9'],
    ['gates: {a11y: {answer: {by: arbiter}}}', 'policy.gate-unanswered 2:24'],
    ['gates: {t: {answer: {by: shell}}}', 'policy.not-allowed 2:21'],
    ['gates: {t: {answer: {by: command}}}', 'policy.missing-key 2:21'],
    ['gates: {t: {answer: {by: command, command: npm test}}}', 'policy.wrong-type 2:44'],
    ['gates: {t: {answer: {by: evidence, format: junit, file: ../x}}}', 'policy.malformed 2:57'],
    ['gates: {t: {answer: {by: evidence, format: junit, file: /x}}}', 'policy.malformed 2:57'],
    ['gates: {T: {answer: {by: command, command: [x]}}}', 'policy.malformed-name 2:9'],
    [
      'gates: {t: {answer: {by: evidence, format: junit, file: "a\u2028/../x"}}}',
      'policy.malformed 2:57',
    ],
    [
      'gates: {t: {measures: coverage, answer: {by: evidence, format: junit, file: x}}}',
      'policy.gate-measures 2:23',
    ],
    [
      'gates: {t: {measures: security, answer: {by: check, name: x, app_id: 1}}}',
      'policy.gate-measures 2:23',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], base: {compare: true}}}}',
      'policy.gate-measures 2:65',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], base: {tests: ["../x"]}}}}',
      'policy.glob 2:64',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], base: {tests: []}}}}',
      'policy.wrong-count 2:63',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], caches: [{path: a, key: []}]}}}',
      'policy.wrong-count 2:73',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], caches: [{path: ../a, key: [b]}]}}}',
      'policy.malformed 2:65',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], caches: [{path: a/.GIT/hooks, key: [b]}]}}}',
      'policy.cache-path 2:65',
    ],
    [
      'gates: {t: {answer: {by: command, command: [x], report: {format: junit, path: a/b.xml}, caches: [{path: a, key: [b]}]}}}',
      'policy.cache-path 2:105',
    ],
    ['excluded: {paths: ["?*/**"]}', 'policy.whole-repository 2:20'],
    ['excluded: {paths: ["{src,**}/[^x]*"]}', 'policy.whole-repository 2:20'],
    ['non_governed_zones: ["*"]\nmode: enforce', 'policy.whole-repository 2:22'],
    ['break_glass: {people: [], max_minutes: 5}', 'policy.wrong-count 2:23'],
    ['break_glass: {people: ["@a"], max_minutes: 100000}', 'policy.out-of-range 2:44'],
    [
      'waivers: {max_duration_days: 3, default_expiry_days: 9, approvers: []}',
      'policy.expiry-too-long 2:54',
    ],
    ['waivers: {approvers: [everybody]}', 'policy.malformed 2:23'],
    ['waivers: {min_approvers: 0}', 'policy.out-of-range 2:26'],
    ['budgets: [{id: a, paths: [a]}, {id: a, paths: [b]}]', 'policy.id-twice 2:37'],
    ['root_passthrough: [a/b]\nmode: enforce', 'policy.malformed 2:20'],
  ])('%j is refused', (text, problem) => {
    expect(problems(`version: 1\n${text}`)).toContain(problem);
  });

  test.each(['', '# nothing\n', '[]', '"text"', '42', 'null'])('%j is no policy', (text) => {
    expect(problems(text)).toEqual(['policy.not-a-map 1:1']);
  });

  test('a document of another version is refused', () => {
    expect(problems('version: 2\nmode: enforce')).toEqual(['policy.not-allowed 1:10']);
    expect(problems('mode: enforce')).toEqual(['policy.missing-key 1:1']);
  });

  test('maps are completed key by key and each value tells where it was written', () => {
    const { policy, origins } = reading(
      "version: 1\nrisk_tiers:\n  '3': {max_files: 70, max_bytes: 900000}\nexcluded: {max_files: 3}\n",
    );
    expect(policy.tiers[3]).toMatchObject({ files: 70, lines: 2000, bytes: 900_000 });
    expect(policy.excluded.caps).toMatchObject({ files: 3, lines: 30_000 });
    expect(origins.get('risk_tiers.3.max_files')).toEqual({
      from: 'base',
      place: { file: '.caws/policy.yaml', line: 3, column: 20 },
    });
    expect(origins.get('risk_tiers.3.max_loc')).toMatchObject({
      from: 'default',
      place: { file: shipped.file },
    });
  });

  test('a policy cannot take itself or the files that steer agents off the lists', () => {
    const { policy } = reading(
      'version: 1\ncontrol_plane_paths: [Makefile]\ngovernance: {paths: [OWNERS]}\nprotected_paths: []',
    );
    expect(policy.controlPlanePaths).toEqual(expect.arrayContaining(['Makefile', '**/AGENTS.md']));
    expect(policy.governancePaths).toEqual(['.caws/', 'OWNERS']);
    expect(policy.protectedPaths).toEqual([]);
  });

  test('lines without bytes bring a byte cap along', () => {
    const { policy } = reading("version: 1\nmode: enforce\nrisk_tiers: {'3': {max_loc: 4000}}");
    expect(policy.tiers[3].bytes).toBe(4000 * 200);
  });

  test('the stricter of two limits binds a gate', () => {
    const { policy } = reading(
      'version: 1\nwaivers: {min_approvers: 2, max_duration_days: 5, default_expiry_days: 5}\ngates: {budget_limit: {min_approvers: 1, max_waiver_days: 90}}',
    );
    expect(policy.gates.find(({ id }) => id === 'budget_limit')).toMatchObject({
      approversMin: 2,
      longestWaiverDays: 5,
    });
  });

  test('the effective policy is a document of our own form that reads as itself', () => {
    const first = reading('version: 1\nmode: observe\nrolling: {days: 7, max_loc: 5000}');
    const second = reading(JSON.stringify(first.effective), '.caws/policy.yaml');
    expect(second.policy).toEqual(first.policy);
  });
});

describe('policies of the published dialects', () => {
  const tiers = `risk_tiers:
  1: {max_files: 5, max_loc: 100}
  2: {max_files: 10, max_loc: 200}
  3: {max_files: 20, max_loc: 400, label: low}
`;

  test('version 11 maps unchanged and counts added lines', () => {
    const text = `version: 1\n${tiers}edit_rules: {policy_and_code_same_pr: true}
waivers: {min_approvers_for_budget_raise: 2}
gates:
  budget_limit: {enabled: true, mode: block}
  spec_completeness: {enabled: true, mode: warn}
  scope_boundary: {enabled: false, mode: block}
non_governed_zones: [docs/]
root_passthrough: [README.md]
`;
    const { policy, source } = reading(text);
    expect(source.dialect).toBe('11');
    expect(policy.linesCounted).toBe('added');
    expect(policy.tiers[1]).toMatchObject({ files: 5, lines: 100, manualReviewRequired: false });
    expect(policy.gates.map(({ id, mode }) => `${id} ${mode}`)).toEqual([
      'budget_limit block',
      'scope_boundary skip',
      'spec_completeness warn',
    ]);
    expect(policy.editRules).toMatchObject({
      policyAndCodeSamePr: true,
      minApproversForBudgetRaise: 2,
    });
    expect(policy.nonGovernedZones).toEqual(['docs/']);
    expect(notes(text)).toEqual(['policy.foreign-key 5']);
  });

  describe('one key of ours makes a policy ours, so that nothing of it is dropped', () => {
    const published = ['version', 'risk_tiers', 'edit_rules', 'waivers', 'gates'];
    const both = ['non_governed_zones', 'root_passthrough'];
    const { properties } = JSON.parse(
      readFileSync(new URL('schema/policy.schema.json', folder), 'utf8'),
    ) as { readonly properties: object };
    const own = Object.keys(properties).filter((key) => ![...published, ...both].includes(key));
    const version11 = `version: 1\n${tiers.replace(', label: low', '')}gates: {budget_limit: {enabled: true, mode: block}}\n`;

    test.each(own)('%s', (key) => {
      const policy = { risk_tiers: {}, waivers: {}, root_passthrough: [], [key]: {} };
      expect(detectDialect('policy', policy)).toBe('arbiter');
    });

    test('a judge beside tiers and gates of version 11 is heard', () => {
      const { policy, source } = reading(`${version11}judge: {role: required}\n`);
      expect([source.dialect, policy.judge?.role]).toEqual(['arbiter', 'required']);
      expect(problems(`${version11}judge: {rule: required}\n`)).toEqual(['policy.unknown-key 7:9']);
    });

    test('what then does not fit is refused at its place, and so is a misspelt judge', () => {
      const text = `version: 1\n${tiers}judge: {role: required}\n`;
      expect(problems(text)).toEqual(['policy.unknown-key 5:36']);
      const misspelt = read(`${version11}judges: {role: required}\n`);
      expect(misspelt).toMatchObject({
        ok: false,
        fault: { problems: [{ line: 7, column: 1, hint: 'Did you mean "judge"?' }] },
      });
    });
  });

  test('2025 has no modes: a gate that is on blocks, one that is off is skipped', () => {
    const text = `version: 1\n${tiers}edit_rules: {policy_and_code_same_pr: false, min_approvers_for_budget_raise: 2}
waiver_approval: {required_approvers: 2, max_duration_days: 14, auto_revoke_expired: true}
gates:
  budget_limit: {enabled: true}
  coverage_threshold: {enabled: true, description: covered}
  mutation: {enabled: false}
  security_scan: {enabled: true}
  naming: {enabled: true}
`;
    const { policy, source } = reading(text);
    expect(source.dialect).toBe('2025');
    expect(policy.linesCounted).toBe('changed');
    const gates = policy.gates.map(({ id, mode, answer }) => `${id} ${mode} ${answer.by}`);
    expect(gates).toContain('budget_limit block arbiter');
    expect(gates).toContain('coverage_threshold block evidence');
    expect(gates).toContain('mutation_threshold skip evidence');
    expect(gates).toContain('security_scan block evidence');
    expect(gates).toContain('naming warn nobody');
    expect(policy.waivers).toMatchObject({ approversMin: 2, longestDays: 14 });
    expect(notes(text)).toEqual(['policy.foreign-key 5', 'policy.gate-unanswered 13']);
  });

  test('a tier policy is read, fractions become percent and both are said', () => {
    const text = JSON.stringify({
      1: {
        min_branch: 0.9,
        min_mutation: 70,
        max_files: 40,
        max_loc: 1500,
        requires_contracts: true,
      },
      2: { min_branch: 0.57, max_files: 25, max_loc: 1000, allowed_modes: ['fix'] },
      3: { min_branch: 1, requires_manual_review: true },
    });
    const { policy, notes } = reading(text, '.caws/policy/tier-policy.json');
    expect(policy.tiers[1]).toMatchObject({ coveragePercentMin: 90, mutationPercentMin: 70 });
    expect(policy.tiers[2]).toMatchObject({ coveragePercentMin: 57, contractsRequired: false });
    expect(policy.tiers[3]).toMatchObject({ coveragePercentMin: 100, files: 50, lines: 2000 });
    const rules = notes.map(({ rule }) => rule);
    expect(rules.filter((rule) => rule === 'policy.fraction')).toHaveLength(3);
    expect(rules).toContain('policy.budget-from-default');
    expect(rules).toContain('policy.tiers-shrink');
  });

  test.each([
    [`version: 1\n${tiers}protected_path: [a]`, 'policy.unknown-key 6:1'],
    [
      `version: 1\n${tiers}edit_rules: {policy_and_code_same_prs: false}`,
      'policy.unknown-key 6:14',
    ],
    [
      `version: 1\n${tiers}gates: {budget_limit: {enabled: true, mod: warn}}`,
      'policy.unknown-key 6:39',
    ],
    [`version: 1\n${tiers}gates: {budget_limit: {enabled: "false"}}`, 'policy.wrong-type 6:33'],
    [
      `version: 1\n${tiers}gates: {coverage: {enabled: true}, coverage_threshold: {enabled: true}}`,
      'policy.gate-twice 6:36',
    ],
    [
      'version: 1\nrisk_tiers: {1: {max_files: 1, max_loc: 1}}\ngates: {}',
      'policy.missing-key 2:1',
    ],
    [`version: 1\n${tiers.replace('max_loc: 200', 'max_lox: 200')}`, 'policy.missing-key 4:3'],
    [`version: 1\n${tiers.replace('max_loc: 200', 'max_loc: "200"')}`, 'policy.wrong-type 4:31'],
    [tiers, 'policy.missing-key 1:1'],
    ['tiers: {tier_2: {}}', 'policy.missing-key 1:1'],
  ])('what would silently not bind is refused: %#', (text, problem) => {
    expect(problems(text)).toContain(problem);
  });
});

test('notes are bounded and the rest is counted', () => {
  const tier = '{max_files: 5, max_loc: 9}';
  const foreign = Array.from({ length: 80 }, (_, index) => `free${index}: 1`).join('\n');
  const text = `version: 1\nrisk_tiers: {1: ${tier}, 2: ${tier}, 3: ${tier}}\n${foreign}\n`;
  const last = reading(text).notes.at(-1);
  expect(last).toMatchObject({ rule: 'policy.more-notes', message: '30 more notes begin here' });
});

test.each(readdirSync(new URL('examples/', folder)))(
  'the example %s is a policy of ours',
  (name) => {
    const text = readFileSync(new URL(`examples/${name}`, folder), 'utf8');
    const { source, notes } = reading(text);
    expect({ dialect: source.dialect, notes }).toEqual({ dialect: 'arbiter', notes: [] });
  },
);

test('any text gives a policy or a located fault', () => {
  const word = fc.constantFrom(
    'version: 1',
    'mode: observe',
    'risk_tiers:',
    "  '1':",
    '    max_files: 3',
    '    max_loc: .nan',
    'gates:',
    '  budget_limit:',
    '    mode: warn',
    '    answer: {by: command}',
    'waivers: {}',
    '- a',
    'excluded: {paths: [a]}',
    '__proto__: {mode: observe}',
    'constructor: 1',
    'budgets: [{}]',
    ': x',
  );
  const text = fc.oneof(
    fc
      .array(fc.oneof(word, fc.string({ maxLength: 12 })), { maxLength: 12 })
      .map((l) => l.join('\n')),
    fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  );
  const file = fc.constantFrom('.caws/policy.yaml', '.caws/policy/tier-policy.json');
  fc.assert(
    fc.property(text, file, (document, name) => {
      const result = read(document, name);
      if (!result.ok) expect(result.fault.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 600 },
  );
});

const corpus = process.env['CAWS_CORPUS'];
if (corpus === undefined) console.log('corpus policies skipped: CAWS_CORPUS is not set');
test.skipIf(corpus === undefined)('every policy of the corpus that was valid is read', () => {
  const manifest: unknown = JSON.parse(readFileSync(`${corpus}/manifest.json`, 'utf8'));
  const entries = Object.values(manifest as Record<string, Record<string, unknown>>);
  const judged = entries.filter(({ kind }) => kind === 'policy' || kind === 'tier-policy');
  expect(judged.length).toBeGreaterThan(0);
  for (const { file, kind, expected } of judged) {
    const text = readFileSync(`${corpus}/${String(file)}`, 'utf8');
    const name = kind === 'policy' ? '.caws/policy.yaml' : '.caws/policy/tier-policy.json';
    expect([file, read(text, name).ok]).toEqual([
      file,
      kind === 'tier-policy' || expected === true,
    ]);
  }
});
