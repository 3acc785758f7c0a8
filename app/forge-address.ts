import { BlockList, isIP } from 'node:net';
import type { SettingFault } from '../src/5-publication/app-faults.ts';
import { fail, ok, type Result } from '../src/primitives.ts';

/** Where the forge answers. `apiUrl` has no slash at its end. */
export interface ForgeAddress {
  readonly host: string;
  readonly protocol: 'https' | 'http';
  readonly webUrl: string;
  readonly apiUrl: string;
}

type AddressReason = Extract<SettingFault, { kind: 'forge-address-refused' }>['reason'];

const linkLocal = listOf([
  ['169.254.0.0', 16, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
]);
const loopback = listOf([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
]);
const unspecified = listOf([
  ['0.0.0.0', 8, 'ipv4'],
  ['::', 128, 'ipv6'],
]);
/** Outside link-local: two clouds keep theirs at addresses that look private or public. */
const metadata = listOf([
  ['100.100.100.200', 32, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['fd00:ec2::', 32, 'ipv6'],
]);
const metadataNames = new Set(['metadata', 'metadata.google.internal', 'instance-data']);

function listOf(rows: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of rows) list.addSubnet(network, prefix, family);
  return list;
}

/**
 * The address of the forge from GHE_HOST and GHE_PROTOCOL; github.com where there is no host.
 *
 * An app that calls an address of somebody's choosing with its own credentials can be turned against
 * the machine it runs on, so addresses that only lead there are refused.
 *
 * @param localAllowed whether the forge may be on this machine.
 */
export function forgeAddress(wanted: {
  readonly host: string | null;
  readonly protocol: 'https' | 'http';
  /** Where the forge answers to programs; null where that follows from the host. */
  readonly apiUrl?: string | null;
  readonly localAllowed: boolean;
}): Result<ForgeAddress, SettingFault> {
  const { protocol, localAllowed } = wanted;
  const host = wanted.host ?? 'github.com';
  const webUrl = `${protocol}://${host}`;
  const apiUrl = wanted.apiUrl ?? apiUrlOf(webUrl, host);
  const api = URL.parse(apiUrl);
  const name = hostName(host);
  const reason =
    name === undefined || api === null
      ? 'malformed'
      : (reasonAgainst(name, localAllowed, protocol) ??
        reasonAgainst(nameIn(api), localAllowed, api.protocol === 'http:' ? 'http' : 'https'));
  return reason === undefined
    ? ok({ host, protocol, webUrl, apiUrl })
    : fail({ kind: 'forge-address-refused', host, reason });
}

/** github.com and the tenants of ghe.com answer on a name of their own, servers under a path. */
function apiUrlOf(webUrl: string, host: string): string {
  return host === 'github.com' || host.endsWith('.ghe.com')
    ? `https://api.${host}`
    : `${webUrl}/api/v3`;
}

/**
 * Why a forge at this address must not be called, or undefined. Asked for what is written, and at
 * start once more for each address that the name leads to.
 */
export function reasonAgainst(
  address: string,
  localAllowed: boolean,
  protocol: 'https' | 'http' = 'https',
): AddressReason | undefined {
  const name = address.toLowerCase().replace(/\.$/, '');
  if (metadataNames.has(name)) return 'metadata';
  if (isLoopback(name)) return localAllowed ? undefined : 'loopback';
  const plain = protocol === 'http' ? 'plain' : undefined;
  const family = isIP(name);
  if (family === 0) return plain;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  if (metadata.check(name, kind)) return 'metadata';
  if (linkLocal.check(name, kind)) return 'link-local';
  if (unspecified.check(name, kind)) return 'unspecified';
  return plain;
}

function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const family = isIP(name);
  return family !== 0 && loopback.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/** The name in HOST or HOST:PORT, without brackets; undefined where it is anything else. */
function hostName(host: string): string | undefined {
  if (!/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host))
    return undefined;
  // The URL parser turns 0x7f.1, 2130706433 and 0177.0.0.1 into the address that they mean.
  const url = URL.parse(`https://${host}/`);
  return url === null ? undefined : nameIn(url);
}

/** The name or address in an address of the web, without brackets. */
export function nameIn(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
