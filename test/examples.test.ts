import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileOf } from './adapters/roster/kit.ts';
import { plainCalls } from './cli/plain-calls.ts';
import { compiledCode, publishedCommand } from './published.ts';
import { code, coverageGate, lcov, policy, spec } from './stories/documents.ts';

const project = join(import.meta.dirname, '..');
const main = publishedCommand();
const root = mkdtempSync(join(tmpdir(), 'arbiter-examples-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** How an example is run: what stands in for its placeholders, and how it ends. */
interface Run {
  /** What is typed where it is not the example itself; several words of one example are several commands. */
  readonly typed?: string | readonly string[];
  /** Default 0. */
  readonly exit?: number;
  /** Who types it, by the home they have; default: whoever runs the arbiter. */
  readonly who?: 'arbiter' | 'sam' | 'newcomer';
}

const held = { exit: 3 };
/** Every example that README or a help text gives. One that is not here fails. */
const examples: Readonly<Record<string, Run>> = {
  'npm run -s arbiter --': { typed: 'npm run -s arbiter -- --version' },
  'npm run -s arbiter -- -C ../your-repository init': {},
  'npm run -s arbiter -- -C ../your-repository verify': held,
  'npm run -s arbiter -- -C ../your-repository verdict show': {},
  'arbiter verify': held,
  'arbiter verify main...feature': held,
  'arbiter verify [TARGET...HEAD]': { typed: 'arbiter verify main...feature', ...held },
  'arbiter verify --evidence reports': held,
  'arbiter verify --json | jq .next_actions': held,
  'arbiter check': held,
  'arbiter check --staged': held,
  'arbiter arbitrate CART-1 mine.patch theirs.patch': held,
  'arbiter arbitrate CART-1 one two three --onto main': held,
  'arbiter arbitrate CART-1 one --worker ./write.sh': held,
  'arbiter arbitrate CART-1 one --worker ./small.sh --worker ./large.sh --strategy cascade': held,
  'arbiter arbitrate CART-1 one two --judge SOCKET': held,
  // None of its candidates passes, so nothing was decided yet.
  'arbiter arbitrate CART-1 --replay': { exit: 2 },
  'arbiter arbitrate CART-1 --replay 12 --ledger FILE --json': {
    typed: 'arbiter arbitrate CART-1 --replay 12 --ledger .git/caws-arbiter/ledger.db --json',
    exit: 2,
  },
  'arbiter arbitrate CART-1 one two --beside reports': held,
  'arbiter plan check plan.yaml': {},
  'arbiter plan check plan.yaml --spec CART-1': {},
  'arbiter plan split plan.yaml': {},
  'arbiter plan split plan.yaml --into parts': {},
  'arbiter verdict list': {},
  'arbiter verdict show': {},
  'arbiter verdict show ID --yaml': {},
  'arbiter verdict verify': {},
  'arbiter verdict verify ID': {},
  'arbiter verdict replay ID': {},
  'arbiter verdict export ID --out DIR': {},
  'arbiter verdict replay --bundle DIR': {
    typed: ['arbiter verdict export --out DIR', 'arbiter verdict replay --bundle DIR'],
  },
  'arbiter waiver request GATE': {
    typed: 'arbiter waiver request GATE --reason "…" --expires 7d',
  },
  'arbiter waiver request GATE --reason "…" --expires 7d': {},
  'arbiter waiver request coverage --reason "legacy adapter, removed by the end of May" --expires 7d':
    {},
  'arbiter waiver request budget_limit --reason "legacy adapter, goes with the next release" --expires 7d':
    {},
  'arbiter waiver approve W-3f9a': { who: 'sam' },
  'arbiter waiver approve W-3f9a --key maintainer.pem --dry-run': {},
  'arbiter waiver revoke W-3f9a --reason "the change was split, see #42" --key maintainer.pem': {},
  'arbiter waiver break-glass --verdict ID --reason "payments are down, this mends it" --expires 60m --key me.pem':
    {},
  'arbiter waiver list': {},
  'arbiter init --action OWNER/REPOSITORY/action@COMMIT': {
    typed: `arbiter init --action acme/arbiter/action@${'a'.repeat(40)}`,
  },
  'arbiter waiver export': { typed: 'arbiter waiver export W-3f9a waiver.json' },
  'arbiter ledger erase --naming ada@example.org': {},
  'arbiter ledger prune --older-than 400d': {},
  'arbiter ledger verify': {},
  'arbiter ledger verify --trust .caws/trusted-keys.yaml': {},
  'arbiter config show': {},
  'arbiter config show --base': {},
  'arbiter config show --organization FILE': {
    typed: 'arbiter config show --organization new.yaml',
  },
  'arbiter config validate': {},
  'arbiter explain': {},
  'arbiter explain RULE': {},
  'arbiter keys create': { who: 'newcomer' },
  'arbiter keys create|show|rotate|doubt': {
    typed: [
      'arbiter keys show',
      'arbiter keys doubt --key-id KEY --since 2026-11-23T00:00:00Z',
      'arbiter keys rotate --reason "once a year"',
    ],
  },
  'arbiter keys show --for-maintainer LOGIN': {},
  'arbiter keys doubt': {
    typed: 'arbiter keys doubt --key-id KEY --since 2026-11-23T00:00:00Z',
  },
  'arbiter audit': {},
  'arbiter audit --last 20 --json': {},
  'arbiter audit v1.0..origin/main': { typed: 'arbiter audit v1.0..main' },
  'arbiter audit --ledger FILE --trust FILE': {
    typed: 'arbiter audit --ledger .git/caws-arbiter/ledger.db --trust .caws/trusted-keys.yaml',
  },
  'arbiter audit v1.0..origin/main --ledger FILE --trust FILE': {
    typed:
      'arbiter audit v1.0..main --ledger .git/caws-arbiter/ledger.db --trust .caws/trusted-keys.yaml',
  },
  'arbiter replay --policy new.yaml': {},
  'arbiter replay --last 50 --policy new.yaml': {},
  // These ask GitHub or stand beside an app: test/app and test/cli let an offline GitHub answer.
  'arbiter replay acme/shop --last 50 --policy new.yaml': { typed: 'arbiter replay --help' },
  'arbiter replay acme/shop --last 200 --policy new.yaml': { typed: 'arbiter replay --help' },
  'arbiter verify acme/shop#42': { typed: 'arbiter verify --help' },
  'arbiter doctor': { typed: 'arbiter doctor --help' },
  'arbiter doctor acme/shop': { typed: 'arbiter doctor --help' },
  'arbiter app': { typed: 'arbiter app --help' },
  // Models are opened and served in test/cli/models.test.ts.
  'arbiter verify --judge /run/caws-judge/judge.sock': held,
  // Nobody answers there: nothing is licensed, and it says how one is started.
  'arbiter judge license --judge /run/caws-judge/judge.sock': { exit: 4 },
  'arbiter judge license --judge http://127.0.0.1:8080/v1': {
    typed: 'arbiter judge license --judge http://127.0.0.1:9/v1',
    exit: 4,
  },
  'arbiter judge license --judge SOCKET --rulings': { exit: 4 },
  'arbiter judge license --judge SOCKET --roster DATA/models.db': { exit: 4 },
  'arbiter judge': { typed: 'arbiter judge --help' },
  'arbiter judge --socket /run/caws-judge/judge.sock --models /var/lib/caws-judge/models': {
    typed: 'arbiter judge --help',
  },
  'arbiter models add FILE --as NAME': { typed: 'arbiter models add --help' },
  'arbiter models list': {},
  // Half a minute, and test/adapters/sandbox sees each attempt.
  'arbiter runner sandbox-test': { typed: 'arbiter runner sandbox-test --help' },
  // They want a model on the roster and a program that drives it: test/cli/bench.test.ts plays both.
  'arbiter bench --help': {},
  'arbiter bench micro --model coder-7b -- node ~/agent.mjs': {
    typed: 'arbiter bench micro --help',
  },
  'arbiter bench macro --model coder-7b -- node ~/agent.mjs': {
    typed: 'arbiter bench macro --help',
  },
  'arbiter bench new-model --model coder-8b -- node ~/agent.mjs': {
    typed: 'arbiter bench new-model --help',
  },
  'arbiter bench schedule --reports DIR -- node ~/agent.mjs': {
    typed: 'arbiter bench schedule --help',
  },
  'arbiter ledger log --kind model': {},
  'arbiter tasks add CART-1': {},
  'arbiter tasks add CART-1 --strategy cascade': {},
  'arbiter tasks add CART-1 --priority high --deadline 2h': {},
  'arbiter tasks list': {},
  'arbiter tasks show ID': {
    typed: ['arbiter tasks add CART-1 --id tax', 'arbiter tasks show tax'],
  },
  'arbiter tasks cancel ID': {
    typed: ['arbiter tasks add CART-1 --id tax', 'arbiter tasks cancel tax'],
  },
  'arbiter tasks run --worker ./write.sh --once': {
    typed: ['arbiter tasks add CART-1', 'arbiter tasks run --worker ./write.sh --once'],
  },
  // It goes on until it is told to stop.
  'arbiter tasks run --worker ./write.sh': { typed: 'arbiter tasks run --help' },
  'arbiter tasks health': {},
  'arbiter tasks log': {},
  // Twenty seconds each, and test/cli/demo.test.ts plays both to their ends.
  'arbiter demo': { typed: 'arbiter demo --help' },
  'arbiter demo --keep': { typed: 'arbiter demo --help' },
};

/** What to type of a line: without the program's words about it. */
const plain = (line: string): string => line.split(/ {2,}#? ?| # /)[0] ?? '';

function readmeExamples(): readonly string[] {
  const text = readFileSync(join(project, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => /^(?:arbiter|npm run -s arbiter) /.test(line)),
  );
  const spans = [
    ...text.replaceAll(/```.*?```/gs, '').matchAll(/`((?:arbiter|npm run -s arbiter) [^`]*)`/g),
  ];
  return [...blocks.map(plain), ...spans.map(([, span = '']) => span.replaceAll(/\s+/g, ' '))];
}

/** Lines of the help of every command. */
async function helpExamples(): Promise<readonly string[]> {
  const program = join(project, 'test/cli/help-process.ts');
  const called = 'INIT_CWD=. npm_lifecycle_event=arbiter';
  const { out } = await bash(`${called} "${process.execPath}" "${program}"`, template);
  const helps = JSON.parse(out) as readonly string[];
  return helps.flatMap((help) => {
    expect(plainCalls(help)).toEqual([]);
    const lines = [...help.matchAll(/^ {2}npm run -s (arbiter )-- (.*)$/gm)];
    return lines.map(([, name = '', line = '']) => plain(name + line));
  });
}

interface Places {
  readonly home: string;
  readonly shop: string;
}

const places = (folder: string): Places => ({ home: folder, shop: join(folder, 'shop') });
const bin = join(root, 'bin');

function bash(
  line: string,
  { home, shop }: Places,
  who = 'arbiter',
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const own = join(home, who);
  const env = {
    PATH: `${bin}:${join(project, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    HOME: own,
    XDG_CONFIG_HOME: join(own, 'config'),
    XDG_STATE_HOME: join(own, 'state'),
    NODE_COMPILE_CACHE: compiledCode,
  };
  // npm finds its scripts in the checkout; everything else is typed in the repository.
  const cwd = line.startsWith('npm ') ? project : shop;
  return new Promise((resolve) => {
    const script = `set -o pipefail; ${line}`;
    execFile('bash', ['-c', script], { cwd, env, encoding: 'utf8' }, (error, out, err) => {
      const status = error === null ? 0 : Number(error.code ?? -1);
      resolve({ status, out, err });
    });
  });
}

const template = places(join(root, 'template'));
const filled: Record<string, string> = {};

/** A shop whose change goes over its budget, with the verdict, a request, and two people's keys. */
beforeAll(async () => {
  mkdirSync(bin);
  // What an example pipes to need not be installed: this stands in for it and wants JSON.
  const scripts = {
    arbiter: `exec "${process.execPath}" "${main}" "$@"`,
    jq: `exec "${process.execPath}" -e 'JSON.parse(require("fs").readFileSync(0, "utf8"))'`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  mkdirSync(template.shop, { recursive: true });
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(template.shop, file)), { recursive: true });
    writeFileSync(join(template.shop, file), text);
  };
  const git = (...args: readonly string[]) =>
    execFileSync('git', [
      ...['-C', template.shop, '-c', 'user.name=Robin', '-c', 'user.email=robin@example.org'],
      ...args,
    ]);
  const done = async (line: string, who?: string) => {
    const said = await bash(line, template, who);
    if (said.status !== 0 && said.status !== 3) throw new Error(`${line}: ${said.err}`);
    return said.out;
  };
  git('init', '-q', '-b', 'main');
  const keys = await Promise.all(
    (['arbiter', 'sam'] as const).map(async (who) => {
      const text = await done('arbiter keys create --json', who);
      return { who, ...(JSON.parse(text) as { keyId: string; publicKey: string }) };
    }),
  );
  const listed = keys.map(({ who, keyId, publicKey }) => {
    const role = who === 'sam' ? 'maintainer' : 'arbiter';
    const spki = publicKey.split('\n').slice(1, -2).join('');
    return `  - { id: ${keyId}, algorithm: ed25519, publicKey: ${spki}, role: ${role}, holder: '@${who}', validFrom: 2026-01-01T00:00:00Z }\n`;
  });
  write('.caws/trusted-keys.yaml', `version: 1\nkeys:\n${listed.join('')}`);
  write(
    '.caws/policy.yaml',
    policy(`break_glass: { people: ['@sam'], max_minutes: 60 }\n${coverageGate}`),
  );
  write('.caws/specs/CART-1.yaml', spec({ id: 'CART-1' }));
  write('.gitignore', 'reports/\n*.pem\n*.json\n*.patch\n*.sh\nnew.yaml\nplan.yaml\n');
  write('src/cart/total.ts', code(5));
  git('add', '-A');
  git('commit', '-q', '-m', 'A shop');
  git('tag', 'v1.0');
  write('new.yaml', policy());
  write(
    'plan.yaml',
    'version: 1\nspec: CART-1\nfiles: [{ path: src/cart/tax.ts, action: add, lines: 40 }]\n',
  );
  const patch = (lines: number) => {
    const added = code(lines, 'tax').replaceAll(/^(?=.)/gm, '+');
    return `--- /dev/null\n+++ b/src/cart/tax.ts\n@@ -0,0 +1,${lines} @@\n${added}`;
  };
  write('mine.patch', patch(20));
  write('theirs.patch', patch(30));
  const [mine, planned] = ['mine.patch', 'plan.yaml'].map((name) => join(template.shop, name));
  for (const [name, script] of [
    ['write.sh', `cp ${planned} plan.yaml; cp ${mine} change.patch`],
    ['large.sh', `cp ${planned} plan.yaml; cp ${mine} change.patch`],
    ['small.sh', 'exit 1'],
  ] as const) {
    write(name, `#!/bin/sh\n${script}\n`);
    chmodSync(join(template.shop, name), 0o755);
  }
  for (const [at, name] of ['one', 'two', 'three'].entries()) {
    git('switch', '-q', '-c', name, 'main');
    write('src/cart/tax.ts', code(at + 10, 'tax'));
    git('add', '-A');
    git('commit', '-q', '-m', 'Tax');
  }
  git('switch', '-q', 'main');
  git('switch', '-q', '-c', 'feature');
  write('src/cart/tax.ts', code(70, 'tax'));
  git('add', '-A');
  git('commit', '-q', '-m', 'Tax');
  write('reports/lcov.info', lcov(100));
  const samsKeys = join(template.home, 'sam/config/caws-arbiter/keys');
  const own = readdirSync(samsKeys).find((name) => name.endsWith('.private.pem')) ?? '';
  for (const name of ['me.pem', 'maintainer.pem'])
    copyFileSync(join(samsKeys, own), join(template.shop, name));
  write('model.json', JSON.stringify(profileOf('coder-7b')));
  await done('arbiter models register model.json --reason "to try it" --status active');
  await done('arbiter verify main...feature');
  const verdicts = JSON.parse(await done('arbiter verdict list --json')) as {
    readonly verdicts: readonly { readonly id: string }[];
  };
  await done(
    'arbiter waiver request budget_limit --reason "this is asked before any example" --expires 3d',
  );
  const waivers = JSON.parse(await done('arbiter waiver list --json')) as {
    readonly waivers: readonly { readonly id: string }[];
  };
  Object.assign(filled, {
    ID: verdicts.verdicts[0]?.id,
    'W-3f9a': waivers.waivers[0]?.id.slice(0, 6),
    GATE: 'budget_limit',
    RULE: 'budget.lines',
    DIR: 'proof',
    KEY: keys[0]?.keyId,
    '"…"': '"the old adapter goes with the next release"',
  });
});

/** The example as somebody in this place would type it. */
function typedIn(line: string, shop: string): string {
  const words = { ...filled, '../your-repository': shop };
  return Object.entries(words).reduce((text, [name, value]) => {
    const around = /^\w/.test(name) ? String.raw`\b` : '';
    return text.replaceAll(
      new RegExp(`${around}${name.replaceAll('.', '\\.')}${around}`, 'g'),
      value,
    );
  }, line);
}

test('every example of README and of a help text is run, and no other', async () => {
  const given = new Set([...readmeExamples(), ...(await helpExamples())]);
  expect([...given].filter((line) => !Object.hasOwn(examples, line))).toEqual([]);
  expect(Object.keys(examples).filter((line) => !given.has(line))).toEqual([]);
});

describe.concurrent('this works as it is written:', () => {
  test.each(Object.entries(examples))(
    '%s',
    async (line, { typed = line, exit = 0, who }) => {
      const here = places(mkdtempSync(join(root, 'home-')));
      cpSync(template.home, here.home, { recursive: true, preserveTimestamps: true });
      for (const each of [typed].flat()) {
        const said = await bash(typedIn(each, here.shop), here, who);
        expect(said.status, `${each}\n${said.out}${said.err}`).toBe(exit);
      }
    },
    120_000,
  );
});
