/** Every setting of the app: the one table that is read at start, and printed by `arbiter app --help`. */

export type SettingKind =
  | { readonly is: 'text' }
  /** May come as text, or from the file that NAME_PATH names. Never printed. */
  | { readonly is: 'secret' }
  | { readonly is: 'file' }
  | { readonly is: 'url' }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  /** A whole number within both ends. */
  | { readonly is: 'count'; readonly least: number; readonly most: number; readonly unit: string };

export interface SettingRow {
  readonly group: 'the app' | 'serving' | 'the forge' | 'work' | 'keeping';
  readonly kind: SettingKind;
  /** What stands where nothing is set; null where nothing does. */
  readonly fallback: string | null;
  readonly about: string;
}

const count = (least: number, most: number, unit: string): SettingKind => ({
  is: 'count',
  least,
  most,
  unit,
});
const secret: SettingKind = { is: 'secret' };
const file: SettingKind = { is: 'file' };
const text: SettingKind = { is: 'text' };

export const settingTable = {
  APP_ID: {
    group: 'the app',
    kind: count(1, Number.MAX_SAFE_INTEGER, ''),
    fallback: null,
    about: 'The number of the GitHub App.',
  },
  PRIVATE_KEY: {
    group: 'the app',
    kind: secret,
    fallback: null,
    about: 'The private key of the GitHub App, PEM. Line ends may be written as \\n.',
  },
  PRIVATE_KEY_PATH: {
    group: 'the app',
    kind: file,
    fallback: null,
    about: 'A file that holds the private key.',
  },
  WEBHOOK_SECRET: {
    group: 'the app',
    kind: secret,
    fallback: null,
    about: 'The secret with which GitHub signs deliveries; 16 characters at least.',
  },
  WEBHOOK_SECRET_PATH: {
    group: 'the app',
    kind: file,
    fallback: null,
    about: 'A file that holds the webhook secret.',
  },
  WEBHOOK_SECRET_PREVIOUS: {
    group: 'the app',
    kind: secret,
    fallback: null,
    about: 'The webhook secret until now: taken as well while it is changed at GitHub.',
  },
  WEBHOOK_SECRET_PREVIOUS_PATH: {
    group: 'the app',
    kind: file,
    fallback: null,
    about: 'A file that holds the webhook secret until now.',
  },
  GITHUB_CLIENT_ID: {
    group: 'the app',
    kind: text,
    fallback: null,
    about:
      'The client id of the GitHub App: with its secret, people can sign in to see verdict pages.',
  },
  GITHUB_CLIENT_SECRET: {
    group: 'the app',
    kind: secret,
    fallback: null,
    about: 'The client secret of the GitHub App.',
  },
  GITHUB_CLIENT_SECRET_PATH: {
    group: 'the app',
    kind: file,
    fallback: null,
    about: 'A file that holds the client secret.',
  },
  HOST: {
    group: 'serving',
    kind: text,
    fallback: '127.0.0.1',
    about: 'The address to listen on. Put a proxy with TLS in front.',
  },
  PORT: {
    group: 'serving',
    kind: count(0, 65_535, ''),
    fallback: '3000',
    about: 'The port to listen on; 0 takes any free one.',
  },
  ARBITER_PUBLIC_URL: {
    group: 'serving',
    kind: { is: 'url' },
    fallback: null,
    about: 'How people and GitHub reach this app. Without it: http://HOST:PORT.',
  },
  ARBITER_METRICS_TOKEN: {
    group: 'serving',
    kind: secret,
    fallback: null,
    about: 'Whoever reads /metrics has to send this as a bearer token. Without it, anyone may.',
  },
  ARBITER_METRICS_TOKEN_PATH: {
    group: 'serving',
    kind: file,
    fallback: null,
    about: 'A file that holds the token for /metrics.',
  },
  ARBITER_SHUTDOWN_SECONDS: {
    group: 'serving',
    kind: count(0, 600, 's'),
    fallback: '20',
    about: 'How long running work may take to finish when the app is stopped.',
  },
  LOG_LEVEL: {
    group: 'serving',
    kind: { is: 'choice', of: ['debug', 'info', 'warn', 'error', 'fatal'] },
    fallback: 'info',
    about: 'The least grave lines that are logged, as JSON on standard output.',
  },
  GHE_HOST: {
    group: 'the forge',
    kind: text,
    fallback: null,
    about: 'HOST or HOST:PORT of a GitHub Enterprise Server. Without it: github.com.',
  },
  GHE_PROTOCOL: {
    group: 'the forge',
    kind: { is: 'choice', of: ['https', 'http'] },
    fallback: 'https',
    about: 'http only for a forge on this machine.',
  },
  ARBITER_API_URL: {
    group: 'the forge',
    kind: { is: 'url' },
    fallback: null,
    about: 'Where the forge answers to programs, if that is not /api/v3 of GHE_HOST.',
  },
  ARBITER_LOCAL_FORGE: {
    group: 'the forge',
    kind: { is: 'choice', of: ['refuse', 'allow'] },
    fallback: 'refuse',
    about: 'Whether the forge may be on this machine: for trying things out.',
  },
  ARBITER_WORKERS: {
    group: 'work',
    kind: count(1, 64, ''),
    fallback: '4',
    about: 'How many pull requests are heard at a time.',
  },
  ARBITER_LEASE_SECONDS: {
    group: 'work',
    kind: count(5, 3_600, 's'),
    fallback: '60',
    about: 'After how long work of a process that died is taken up again.',
  },
  ARBITER_ATTEMPTS: {
    group: 'work',
    kind: count(1, 100, ''),
    fallback: '12',
    about: 'How often work is tried before it is put aside with its reason.',
  },
  ARBITER_EVALUATIONS: {
    group: 'work',
    kind: count(1, 10_000, ' at once'),
    fallback: '20',
    about:
      'How often one pull request is heard with no pause; past it, up to 30 s lie between two.',
  },
  ARBITER_RECONCILE_SECONDS: {
    group: 'work',
    kind: count(10, 86_400, 's'),
    fallback: '300',
    about: 'How often lost deliveries and missing verdicts are looked for.',
  },
  ARBITER_DATA: {
    group: 'keeping',
    kind: file,
    fallback: 'arbiter-data',
    about: 'The folder of everything that lasts: app.db, ledgers, keys, the cache of git objects.',
  },
  ARBITER_RUNNERS: {
    group: 'work',
    kind: { is: 'choice', of: ['self-hosted', 'github-hosted', 'any', 'off'] },
    fallback: 'self-hosted',
    about: 'Whose machines may answer gates that run a command; off: none is asked.',
  },
  ARBITER_JUDGE: {
    group: 'work',
    kind: text,
    fallback: null,
    about:
      'Where a judge is asked, if a policy has one: a socket of arbiter judge, or http(s)://HOST/v1. Without it: nowhere.',
  },
  ARBITER_JUDGE_MODEL: {
    group: 'work',
    kind: text,
    fallback: null,
    about: 'The model that judges, where a server has several.',
  },
  ARBITER_JUDGE_KEY: {
    group: 'work',
    kind: secret,
    fallback: null,
    about: 'Sent to a server of judges as a bearer token.',
  },
  ARBITER_JUDGE_KEY_PATH: {
    group: 'work',
    kind: file,
    fallback: null,
    about: 'A file that holds the key for a server of judges.',
  },
  ARBITER_RUN_ISSUER: {
    group: 'work',
    kind: { is: 'url' },
    fallback: null,
    about:
      "Who signs the identity of workflow runs; left out, the forge's own: https://token.actions.githubusercontent.com, or https://GHE_HOST/_services/token.",
  },
  ARBITER_PROPOSER: {
    group: 'work',
    kind: text,
    fallback: null,
    about:
      'The command, as a shell reads it, that writes patches for /caws propose on this machine: it finds task.json and tree/, and writes plan.yaml, then change.patch. Without it: none is proposed.',
  },
  ARBITER_PROPOSER_LARGE: {
    group: 'work',
    kind: text,
    fallback: null,
    about:
      "Another one, asked as the policy's workers.strategy says: the large model of a cascade.",
  },
  ARBITER_PROPOSER_SECONDS: {
    group: 'work',
    kind: count(10, 780, 's'),
    fallback: '600',
    about: 'How long they may take for one proposal, plans and patches together.',
  },
  ARBITER_DELIVERY_DAYS: {
    group: 'keeping',
    kind: count(1, 365, ' days'),
    fallback: '7',
    about: 'How long received deliveries are kept; GitHub offers them again for three.',
  },
  ARBITER_DELIVERIES_MB: {
    group: 'keeping',
    kind: count(32, 1_048_576, ' MB'),
    fallback: '1024',
    about: 'How much the bodies of deliveries may take on the disk; the oldest go first.',
  },
  ARBITER_BODIES_MB: {
    group: 'keeping',
    kind: count(25, 65_536, ' MB'),
    fallback: '128',
    about:
      'How much memory bodies take that are just being received; past it, GitHub is told to wait.',
  },
  ARBITER_CACHE_MB: {
    group: 'keeping',
    kind: count(64, 16_777_216, ' MB'),
    fallback: '10240',
    about: 'How much the cache of git objects may take on the disk.',
  },
  ARBITER_CACHE_REPOSITORIES: {
    group: 'keeping',
    kind: count(1, 100_000, ''),
    fallback: '500',
    about: 'How many repositories the cache of git objects holds.',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;

export type SettingName = keyof typeof settingTable;

/** The table as a person reads it in a terminal: one setting a paragraph, by group. */
export function settingsText(): string {
  const groups = Map.groupBy(Object.entries<SettingRow>(settingTable), ([, row]) => row.group);
  return [...groups]
    .map(([group, rows]) => `${group}:\n${rows.map(([name, row]) => line(name, row)).join('\n')}`)
    .join('\n\n');
}

function line(name: string, row: SettingRow): string {
  const marks = [shapeOf(row.kind), row.fallback === null ? '' : `default ${row.fallback}`];
  const shown = marks.filter((mark) => mark !== '').join('; ');
  return `  ${name}${shown === '' ? '' : `  (${shown})`}\n      ${row.about}`;
}

/** What a value has to look like, in a few words; empty for free text. */
export function shapeOf(kind: SettingKind): string {
  switch (kind.is) {
    case 'text':
    case 'file':
      return '';
    case 'secret':
      return 'secret';
    case 'url':
      return 'http:// or https:// address';
    case 'choice':
      return kind.of.join(' | ');
    case 'count':
      return kind.most === Number.MAX_SAFE_INTEGER
        ? 'a whole number'
        : `${kind.least} to ${kind.most}${kind.unit}`;
  }
}
