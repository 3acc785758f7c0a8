/** What app.yml asks for; a test holds the two together. */
export const expectedPermissions: Readonly<Record<string, 'read' | 'write'>> = {
  metadata: 'read',
  checks: 'write',
  issues: 'read',
  pull_requests: 'write',
  contents: 'write',
  actions: 'write',
  merge_queues: 'read',
  members: 'read',
};

export const expectedEvents: readonly string[] = [
  'pull_request',
  'issue_comment',
  'check_run',
  'check_suite',
  'workflow_run',
  'merge_group',
  'push',
  'repository',
];

const rank: Readonly<Record<string, number>> = { read: 1, write: 2, admin: 3 };

/** What is missing of what is asked for, and what is there beyond it; `name: level` each. */
export function compareWithExpected(granted: Readonly<Record<string, string>>): {
  readonly lacking: readonly string[];
  readonly beyond: readonly string[];
} {
  const levelOf = (level: string | undefined) => rank[level ?? ''] ?? 0;
  const named = (of: Readonly<Record<string, string>>, than: Readonly<Record<string, string>>) =>
    Object.entries(of)
      .filter(([name, level]) => levelOf(level) > levelOf(than[name]))
      .map(([name, level]) => `${name}: ${level}`);
  return {
    lacking: named(expectedPermissions, granted),
    beyond: named(granted, expectedPermissions),
  };
}
