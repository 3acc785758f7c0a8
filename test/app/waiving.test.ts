import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listWaivers } from '../../src/cli/waiver/look.ts';
import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';
import { judge } from '../hub/testing.ts';
import { openTown } from './town.ts';
import { askedPull } from './waived.ts';

describe('a waiver asked for and approved by comments', () => {
  test('lets a change through that is no worse than what was looked at', async () => {
    await using town = await openTown();
    const { pull, waiver } = await askedPull(town);
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    const file = join(
      town.environment['ARBITER_DATA'] ?? '',
      'ledgers',
      String(town.repository.id),
    );
    const listed = await listOf(join(file, 'ledger.db'), town.now());
    expect(listed.out).toContain(`  ${waiver}  budget_limit  CART-1\n      active until `);
    const kim = town.hub.person('kim');
    const max = town.hub.person('max');
    expect(listed.out).toContain(`asked by @kim (${kim.id}) on `);
    expect(listed.out).toMatch(new RegExp(`acme/shop#${pull.number}, comment \\d+\\n`));
    expect(listed.out).toContain(`approved by @max (${max.id}), comment `);
    expect(JSON.parse(listed.json)).toMatchObject({
      hosted: [{ id: waiver, status: 'active', request: { pull: pull.number } }],
      waivers: [],
      ignored: [],
    });
    judge(town.hub);
  });
});

/** What `arbiter waiver list --ledger FILE` prints where no repository is around. */
async function listOf(ledger: string, now: number) {
  const said = { out: '', json: '' };
  for (const form of ['out', 'json'] as const) {
    const world: World = {
      out: (text) => {
        said[form] += text;
      },
      err: (text) => {
        said[form] += text;
      },
      env: { PATH: process.env['PATH'], XDG_STATE_HOME: join(tmpdir(), 'no-state') },
      directory: tmpdir(),
      terminal: false,
      color: false,
      now: () => now as Instant,
      random: (count) => new Uint8Array(count),
      finish: () => undefined,
    };
    await listWaivers(world, { ledger, json: form === 'json' });
  }
  return said;
}
