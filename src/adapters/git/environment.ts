/** Names of the caller's environment that git may see; every `GIT_*` stays outside. */
const PASSED = [
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'TMPDIR',
  'SUDO_UID',
  'SystemRoot',
  'USERPROFILE',
];

type Environment = Readonly<Record<string, string>>;

const common: Environment = {
  LC_ALL: 'C',
  GIT_PAGER: 'cat',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ADVICE: '0',
  // All output is read to its end: a write for every commit would only cost the time of both sides.
  GIT_FLUSH: '0',
  // Objects are what they are: nothing stands in for another, and nothing is fetched to be judged.
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_SSH_COMMAND: 'false',
  GIT_ASKPASS: 'false',
  // A page costs at its first touch, on a virtual machine a quarter to a half of all that git takes.
  // Large ones come at once. Read by the C library of GNU (2.35 and later) alone.
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1:glibc.malloc.top_pad=4194304',
};

function passed(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of PASSED) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** `-c` settings, as the environment carries them, so that a name may hold any character. */
function settings(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(pairs.length) };
  pairs.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
}

/**
 * For what only the user's own repository knows: where it is, its refs, its index. The user's
 * configuration is read (`safe.directory` stands there), but nothing that it names is run.
 *
 * @param filters names of content filters that the configuration defines; all are switched off.
 */
export function userEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  filters: readonly string[] = [],
): Environment {
  const off = filters.flatMap((name): (readonly [string, string])[] => [
    [`filter.${name}.clean`, ''],
    [`filter.${name}.smudge`, ''],
    [`filter.${name}.process`, ''],
    [`filter.${name}.required`, 'false'],
  ]);
  return {
    ...passed(env),
    ...common,
    GIT_GRAFT_FILE: '/dev/null',
    ...settings([
      ['advice.graftFileDeprecated', 'false'],
      ['core.fsmonitor', 'false'],
      ['core.hooksPath', '/dev/null'],
      ['core.commitGraph', 'false'],
      ['core.warnAmbiguousRefs', 'true'],
      ['core.pager', 'cat'],
      ['maintenance.auto', 'false'],
      ['gc.auto', '0'],
      ...off,
    ]),
  };
}

/** For everything that is measured: no configuration, no attributes, no refs but the view's own. */
export function viewEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  view: string,
): Environment {
  const kept = passed(env);
  return {
    ...(kept['PATH'] === undefined ? {} : { PATH: kept['PATH'] }),
    ...(kept['SystemRoot'] === undefined ? {} : { SystemRoot: kept['SystemRoot'] }),
    ...common,
    HOME: view,
    XDG_CONFIG_HOME: view,
    TMPDIR: view,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_DIR: view,
  };
}
