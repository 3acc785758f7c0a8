import { join } from 'node:path';
import { exits } from '../world.ts';
import { type House, MAINTAINER_KEY } from './house.ts';
import type { Narrator } from './narrator.ts';
import type { Said } from './program.ts';
import { reportsOf, type Scene, scenes, waived } from './scenes.ts';
import { forgePass } from './tamper.ts';

const LEDGER_COPY = '../copy-of-ledger.db';

/** Everything in its order: the changes, the waiver, the ledger, the forged copy. */
export async function perform(house: House, narrate: Narrator): Promise<void> {
  for (const scene of scenes) {
    narrate.heading(scene.title);
    const place = scenes.indexOf(scene);
    const said = await verify(scene, narrate, {
      stages: place === 0,
      // How to ask for a waiver is said once, and again where one is asked for.
      ...(place > 1 ? { without: /^ {4}or {5}|^ {11}@/ } : {}),
    });
    narrate.ends(verdictIn(said));
  }
  await grantWaiver(narrate);
  await proveLedger(narrate);
  await forgeCopy(house, narrate);
}

function verify(
  scene: Scene,
  narrate: Narrator,
  shown: { readonly stages?: boolean; readonly without?: RegExp } = {},
): Promise<Said> {
  return narrate.types(['verify', `main...${scene.branch}`, '--evidence', reportsOf(scene)], {
    expected: scene.expected,
    grounds: scene.grounds,
    ...shown,
  });
}

async function grantWaiver(narrate: Narrator): Promise<void> {
  narrate.heading(waived.title);
  const held = await verify(waived, narrate);
  const verdict = /^verdict (\S+)/m.exec(held.out)?.[1] ?? 'none';
  narrate.say('');
  const reason = 'the old price format leaves with release 3';
  const asked = await narrate.types(
    ['waiver', 'request', 'coverage', '--verdict', verdict, '--reason', reason, '--expires', '7d'],
    // The approval repeats what the request says.
    { expected: exits.pass, without: /^ {2}(?!gate|allows)|^On another/ },
  );
  const id = /\bW-[0-9a-f]+\b/.exec(asked.out)?.[0] ?? 'W-none';
  narrate.say('');
  await narrate.types(['waiver', 'approve', id, '--key', MAINTAINER_KEY], {
    expected: exits.pass,
  });
  narrate.say('');
  const again = await verify({ ...waived, expected: exits.pass }, narrate);
  narrate.ends(`${verdictIn(again)}, waived`);
}

async function proveLedger(narrate: Narrator): Promise<void> {
  narrate.heading('Every verdict is signed and recorded');
  await narrate.types(['verdict', 'list'], { expected: exits.pass });
  narrate.say('');
  const said = await narrate.types(['ledger', 'verify'], { expected: exits.pass });
  narrate.say('');
  await narrate.types(['verdict', 'verify'], { expected: exits.pass });
  narrate.ends(said.code === exits.pass ? 'holds' : 'does not hold');
}

async function forgeCopy({ shop }: House, narrate: Narrator): Promise<void> {
  narrate.heading('A copy of the ledger in which one FAIL becomes PASS');
  await narrate.types(['ledger', 'backup', LEDGER_COPY], { expected: exits.pass });
  const entry = forgePass(join(shop.directory, LEDGER_COPY));
  narrate.say(`(now one word is changed in the copy: entry ${entry} says PASS instead of FAIL)\n`);
  const said = await narrate.types(['ledger', 'verify', '--ledger', LEDGER_COPY], {
    expected: exits.ledgerBroken,
    without: /^(?!BROKEN|The ledger)./,
  });
  narrate.ends(said.code === exits.ledgerBroken ? 'caught' : 'not caught');
}

/** The word that a verdict begins with. */
function verdictIn({ out }: Said): string {
  return /(?:PASS|FAIL|WAIVER REQUIRED)/.exec(out)?.[0] ?? 'no verdict';
}
