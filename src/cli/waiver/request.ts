import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { signEvent } from '../../4-verdict/waivers/open-event.ts';
import { requestWaiver, termsOf } from '../../4-verdict/waivers/request.ts';
import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { elsewhereText, groundText } from '../../5-publication/waiver-ground-words.ts';
import { boundText, requestedText, requestFaultText } from '../../5-publication/waiver-words.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { page } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { type Desk, openDesk, record, requesterKeyOf } from './desk.ts';
import { type Stop, say } from './stop.ts';

/** `arbiter waiver request`: asks on the ground of a recorded verdict. Allows nothing by itself. */
export async function requestWaiverFrom(
  world: World,
  gate: string,
  options: {
    readonly reason: string;
    readonly expires: string;
    readonly verdict?: string;
    readonly key?: string;
    readonly dryRun?: boolean;
  },
): Promise<ExitCode> {
  const now = world.now();
  const opened = await openDesk(world, options.dryRun === true ? 'read' : 'write');
  if (!opened.ok) return say(world, opened.fault);
  await using desk = opened.value;
  const ground = await groundOf(desk, options.verdict, gate);
  if (!ground.ok) return say(world, ground.fault);
  const { record: verdict, told } = ground.value;
  const signer = await desk.signer(options.key, options.dryRun !== true);
  if (!signer.ok) return say(world, signer.fault);
  const { subject } = verdict;
  const trusted = await desk.trusted(subject);
  if (!trusted.ok) return say(world, trusted.fault);
  const asked = {
    gate,
    reason: options.reason,
    expires: options.expires,
    requestedBy: desk.nameOf(signer.value, trusted.value),
    requesterKey: requesterKeyOf(signer.value),
    branch: subject.branches[0] ?? null,
  };
  const request = requestWaiver(verdict, asked, now);
  if (!request.ok) {
    const message = requestFaultText(request.fault, verdict, gate);
    return say(world, { exit: exits.usage, message });
  }
  if (options.dryRun === true) {
    page(
      world,
      `${request.value.waiver} would be requested; nothing is signed.\n${told}${boundText(request.value)}`,
    );
    return exits.pass;
  }
  const appended = await record(
    desk,
    now,
    { waiver: request.value.waiver, envelope: signEvent(request.value, signer.value) },
    signer.value,
  );
  if (!appended.ok) return say(world, appended.fault);
  page(
    world,
    `${requestedText(request.value, termsOf(verdict, gate), maintainersOf(trusted.value))}${told}`,
  );
  return exits.pass;
}

/** @returns the verdict, and what has to be said of it: nothing where the person named it. */
async function groundOf(
  desk: Desk,
  named: string | undefined,
  gate: string,
): Promise<Result<{ readonly record: VerdictRecord; readonly told: string }, Stop>> {
  if (named !== undefined) {
    const record = await desk.verdict(named);
    return record.ok ? ok({ record: record.value, told: '' }) : record;
  }
  const here = await desk.verdictHere();
  if (here.ok) {
    const { record, branch } = here.value;
    return ok({ record, told: groundText(record, branch) });
  }
  if (!('elsewhere' in here.fault)) return fail(here.fault);
  const message = elsewhereText(here.fault.elsewhere, gate);
  return fail({ exit: exits.usage, message, named: { kind: 'no-verdict-here' } });
}

function maintainersOf(trusted: TrustedSigners | null): number {
  return trusted?.keys.filter(({ role }) => role === 'maintainer').length ?? 0;
}
