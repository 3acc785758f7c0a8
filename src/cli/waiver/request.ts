import { signEvent } from '../../4-verdict/waivers/open-event.ts';
import { requestWaiver, termsOf } from '../../4-verdict/waivers/request.ts';
import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { boundText, requestedText, requestFaultText } from '../../5-publication/waiver-words.ts';
import { page } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { openDesk, record, requesterKeyOf } from './desk.ts';
import { say } from './stop.ts';

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
  const verdict = await desk.verdict(options.verdict ?? null);
  if (!verdict.ok) return say(world, verdict.fault);
  const signer = await desk.signer(options.key, options.dryRun !== true);
  if (!signer.ok) return say(world, signer.fault);
  const { subject } = verdict.value;
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
  const request = requestWaiver(verdict.value, asked, now);
  if (!request.ok) {
    const message = requestFaultText(request.fault, verdict.value, gate);
    return say(world, { exit: exits.usage, message });
  }
  if (options.dryRun === true) {
    page(
      world,
      `${request.value.waiver} would be requested; nothing is signed.\n${boundText(request.value)}`,
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
    requestedText(request.value, termsOf(verdict.value, gate), maintainersOf(trusted.value)),
  );
  return exits.pass;
}

function maintainersOf(trusted: TrustedSigners | null): number {
  return trusted?.keys.filter(({ role }) => role === 'maintainer').length ?? 0;
}
