/** What an owner's `.github` says binds every repository of the installation: the stricter value of each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { judge as judgeCase } from '../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { RequestFault } from '../hub/faults.ts';
import type { PullHandle, RepositoryHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import { rename } from '../hub/world.ts';
import { shopPolicy, shopSpec } from '../shop.ts';
import { law, openTown, type Town } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
const total = (count: number) => ({ 'src/cart/total.ts': lines(count) });
const SOON_MS = 65_000;
/** A shop whose maintainers wrote no policy. */
const lawless = { '.caws/specs/CART-1.yaml': shopSpec, 'src/cart/total.ts': lines(1) };
const capped = (max: number) => shopPolicy.replaceAll('max_loc: 200', `max_loc: ${max}`);

/** acme's own repository, with this policy; ada administers acme. */
async function lawOfAcme(town: Town, policy: string | null): Promise<RepositoryHandle> {
  const files = {
    'profile/README.md': '# acme\n',
    ...(policy === null ? {} : { '.caws/policy.yaml': policy }),
  };
  return town.hub.repository({ owner: 'acme', name: '.github', files });
}

const says = (town: Town, law: RepositoryHandle, policy: string | null) =>
  town.hub.person('ada').push(law, 'main', { '.caws/policy.yaml': policy });

const conclusion = (town: Town, pull: PullHandle) => town.check(pull)?.conclusion;

/** The newest verdict of the shop and all that it rests on, as the ledger holds them. */
async function recorded(town: Town): Promise<{ record: VerdictRecord; file: CaseFile }> {
  await town.app.stop();
  const folder = join(town.environment['ARBITER_DATA'] ?? '', 'ledgers', `${town.repository.id}`);
  const anchors = mkdtempSync(join(tmpdir(), 'organization-'));
  onTestFinished(() => rmSync(anchors, { recursive: true, force: true }));
  const opened = await openLedger({ file: join(folder, 'ledger.db'), anchors: [], access: 'read' });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  await using ledger = opened.value;
  const entries = await ledger.recent(1, 'verdict');
  const body = entries.ok ? entries.value[0]?.body : undefined;
  const { record } = JSON.parse(body ?? '{}') as { readonly record: VerdictRecord };
  const blob = await ledger.blob(record.caseDigest);
  if (!blob.ok || blob.value === null) throw new Error('no case file');
  return { record, file: JSON.parse(Buffer.from(blob.value).toString()) as CaseFile };
}

describe("an organization's policy", () => {
  test('judges a repository that has none of its own, which the verdict says and replays alone', async () => {
    await using town = await openTown({ files: lawless });
    const github = await lawOfAcme(town, shopPolicy);
    const small = await town.opens('small', total(3));
    const large = await town.opens('large', total(300));
    await town.rest();
    expect(conclusion(town, small)).toBe('success');
    expect(conclusion(town, large)).toBe('action_required');
    expect(town.check(large)?.text).toContain('acme/.github/.caws/policy.yaml');
    judge(town.hub);
    const { record, file } = await recorded(town);
    expect(record.law.policy.kind).toBe('organization');
    expect(record.law.organization).toMatchObject({
      repository: 'acme/.github',
      commit: github.tip('main'),
      digest: record.law.policy.digest,
    });
    expect(file.law.organization?.policy.text).toBe(shopPolicy);
    const again = judgeCase(file, { id: record.id, caseDigest: record.caseDigest });
    expect(again).toMatchObject({ ok: true, value: { verdict: record.verdict, law: record.law } });
  });

  test('holds where it is stricter, and a push to it reaches every open pull request', async () => {
    await using town = await openTown();
    const github = await lawOfAcme(town, capped(900));
    const other = await town.hub.repository({ owner: 'acme', name: 'depot', files: law });
    town.hub.collaborator(other, town.hub.person('kim'), 'write');
    const kim = town.hub.person('kim');
    await kim.push(other, 'more', total(9), 'M', { from: 'main' });
    const there = await kim.opens(other, { head: 'more', title: 'More' });
    const here = await town.opens('prices', total(9));
    await town.rest();
    const checks = () =>
      [town.check(here), town.hub.checks(other, there.head).at(-1)].map((run) => run?.conclusion);
    expect(checks()).toEqual(['success', 'success']);
    expect(town.check(here)?.text).toContain('of each value the stricter one');
    await says(town, github, capped(2));
    await town.rest();
    await town.rest();
    expect(checks()).toEqual(['action_required', 'action_required']);
    expect(town.check(here)?.summary).toContain('2 lines, set by the organization');
    await says(town, github, capped(900));
    await town.rest();
    await town.rest();
    expect(checks()).toEqual(['success', 'success']);
    judge(town.hub);
  });

  test('that moved without a word is found by looking, once', async () => {
    await using town = await openTown({ files: lawless });
    const github = await lawOfAcme(town, null);
    const pull = await town.opens('prices', total(9));
    await town.rest();
    expect(town.check(pull)).toBeUndefined();
    expect(await town.app.reconcile()).toMatchObject({ faults: [] });
    await town.rest();
    expect(town.hub.requests().filter(({ method }) => method !== 'GET')).toEqual(
      expect.not.arrayContaining([
        expect.objectContaining({ route: expect.stringContaining('check-runs') }),
      ]),
    );
    town.hub.faults.delivery({}, { kind: 'lost' });
    await says(town, github, capped(2));
    await town.rest();
    town.hub.faults.clear();
    await town.passes(5 * SOON_MS);
    await town.app.reconcile();
    await town.rest();
    await town.rest();
    expect(conclusion(town, pull)).toBe('action_required');
    // What we wrote ourselves is looked at once.
    await town.app.reconcile();
    await town.rest();
    expect(await town.app.reconcile()).toMatchObject({ found: 0, faults: [] });
    judge(town.hub);
  });

  test('that cannot be read stops every change, names whose it is, and is mended there', async () => {
    await using town = await openTown();
    const github = await lawOfAcme(town, 'version: 1\nmode: lenient\n');
    const pull = await town.opens('prices', total(3));
    await town.rest();
    expect(conclusion(town, pull)).toBe('failure');
    expect(town.check(pull)?.title).toBe("ERROR · the organization's policy is invalid");
    expect(town.check(pull)?.summary).toContain('acme/.github/.caws/policy.yaml');
    expect(town.check(pull)?.summary).toContain('default branch of acme/.github');
    await says(town, github, '\u0000'.repeat(2_000_000));
    await town.rest();
    await town.rest();
    expect(town.check(pull)?.title).toBe("ERROR · the organization's policy is unreadable");
    await says(town, github, shopPolicy);
    await town.rest();
    await town.rest();
    expect(conclusion(town, pull)).toBe('success');
    judge(town.hub);
  });

  test('of which an answer is missing is waited for, whichever answer it is', async () => {
    await using town = await openTown();
    await lawOfAcme(town, capped(2));
    const routes = [
      ['/repos/{owner}/{repo}/installation', { kind: 'status', status: 403 }],
      ['/repos/{owner}/{repo}', { kind: 'cut' }],
      ['git', { kind: 'status', status: 500 }],
    ] as const satisfies readonly (readonly [string, RequestFault])[];
    for (const [at, [route, fault]] of routes.entries()) {
      // Long enough for everything that is believed for a while to be asked anew.
      await town.passes(6 * SOON_MS);
      town.hub.faults.request({ route }, fault);
      const pull = await town.opens(`prices-${at}`, total(9));
      await town.rest();
      expect([route, fault.kind, conclusion(town, pull)]).not.toContain('success');
      town.hub.faults.clear();
      await town.passes(SOON_MS);
      if (conclusion(town, pull) !== 'action_required') await town.hears(pull);
      expect([route, conclusion(town, pull)]).toEqual([route, 'action_required']);
    }
    judge(town.hub);
  });

  test('that is not found is taken for none only when all that the installation covers has none', async () => {
    await using town = await openTown();
    await lawOfAcme(town, capped(2));
    const pull = await town.opens('prices', total(9));
    await town.rest();
    expect(conclusion(town, pull)).toBe('action_required');
    const missing = { kind: 'status', status: 404 } as const;
    const found: unknown[] = [];
    for (const route of ['/repos/{owner}/{repo}/installation', '/repos/{owner}/{repo}'])
      for (const often of [{ call: 1 }, {}]) {
        // Nothing is remembered of where it stands.
        await town.passes(6 * SOON_MS);
        town.hub.faults.request({ route, ...often }, missing);
        town.hub.person('kim').comments(pull, '/caws recheck');
        await town.rest();
        town.hub.faults.clear();
        found.push([route, conclusion(town, pull)]);
      }
    expect(found).not.toContainEqual([expect.anything(), 'success']);
    // It is out of reach now, by every word of the forge.
    town.installed.reaches([town.repository]);
    await town.passes(6 * SOON_MS);
    await town.hears(pull);
    expect(conclusion(town, pull)).toBe('success');
    judge(town.hub);
  });

  test('binds only where the installation covers it', async () => {
    await using town = await openTown();
    await lawOfAcme(town, capped(2));
    town.installed.reaches([town.repository]);
    await town.rest();
    const pull = await town.opens('prices', total(9));
    await town.rest();
    expect(conclusion(town, pull)).toBe('success');
    judge(town.hub);
  });

  test('that is not touched by a push there makes nobody hear anything', async () => {
    await using town = await openTown();
    const github = await lawOfAcme(town, capped(900));
    await town.opens('prices', total(9));
    await town.rest();
    // The first word of it has been gone after.
    await says(town, github, capped(800));
    await town.rest();
    await town.rest();
    const asked = town.hub.requests().length;
    await town.hub.person('ada').push(github, 'main', { 'profile/README.md': '# We\n' });
    await town.rest();
    const routes = town.hub
      .requests()
      .slice(asked)
      .map(({ route }) => route);
    expect(routes).not.toContain('/repos/{owner}/{repo}/pulls/{pull_number}');
    judge(town.hub);
  });

  test('that changed asks again for what it had waived', async () => {
    await using town = await openTown();
    const github = await lawOfAcme(town, capped(150));
    const pull = await town.opens('large', total(180));
    await town.rest();
    const reason = 'reason:"generated once, read by nobody, goes with #418"';
    town.hub.person('kim').comments(pull, `/caws waive budget_limit ${reason} expires:7d`);
    await town.rest();
    const waiver = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
    town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    expect(conclusion(town, pull)).toBe('success');
    await says(town, github, capped(140));
    await town.rest();
    await town.rest();
    expect(conclusion(town, pull)).toBe('action_required');
    judge(town.hub);
  });
});

describe('no way out', () => {
  test('leads past an enrolment: deleting policies, renaming, starting again', async () => {
    await using town = await openTown();
    const github = await lawOfAcme(town, capped(150));
    const ada = town.hub.person('ada');
    const shown = async (branch: string, count: number) => {
      const pull = await town.opens(branch, total(count));
      await town.rest();
      return town.check(pull);
    };
    expect((await shown('a', 3))?.conclusion).toBe('success');
    await ada.push(town.repository, 'main', { '.caws/policy.yaml': null });
    const owners = await shown('b', 180);
    expect(owners?.conclusion).toBe('action_required');
    expect(owners?.text).toContain("Policy: the organization's");
    await says(town, github, null);
    await town.rest();
    const shippedOnly = await shown('c', 3);
    expect(shippedOnly?.conclusion).toBeDefined();
    expect(shippedOnly?.text).toContain('the shipped default');
    rename(town.hub.world, town.repository.state, 'store');
    const renamed = await shown('d', 3_000);
    expect(renamed?.conclusion).toBe('action_required');
    await town.restart();
    const later = await shown('e', 3_000);
    expect(later?.conclusion).toBe('action_required');
    judge(town.hub);
  });

  test('is needed where nobody ever asked: no check, no comment, not one write', async () => {
    await using town = await openTown({ files: lawless });
    await lawOfAcme(town, null);
    const pull = await town.opens('prices', total(300));
    town.hub.person('kim').comments(pull, '/caws help');
    await town.rest();
    await town.app.reconcile();
    await town.rest();
    const written = town.hub
      .requests()
      .filter(({ method, route }) => method !== 'GET' && route !== 'git')
      .filter(({ path }) => !path.endsWith('/access_tokens'));
    expect(written).toEqual([]);
    expect(town.hub.checks(town.repository, pull.head)).toEqual([]);
    judge(town.hub);
  });
});
