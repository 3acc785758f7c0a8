import { type Envelope, preAuthenticationEncoding } from './dsse.ts';
import { type ChainEntry, entryPreimage } from './entry.ts';

/** Everything one verdict's bundle is made of. */
export interface BundleParts {
  readonly verdictId: string;
  /** The record as canonical JSON: the bytes that the statement's `record` digest covers. */
  readonly record: string;
  /** The signed statement. */
  readonly envelope: Envelope;
  /** Public keys of the statement's and the note's signers, as PEM, by key id. */
  readonly keys: ReadonlyMap<string, string>;
  /** The verdict's entry and all after it up to the one that `note` signs. */
  readonly chain: readonly ChainEntry[];
  /** The signed head or checkpoint over the last entry of `chain`. */
  readonly note: string;
  /** Null where it was pruned: the verdict cannot be replayed. */
  readonly caseFile: Uint8Array | null;
}

/**
 * One verdict as files that sha256sum and openssl verify; README.md among them holds the commands.
 *
 * Later entries are shown by the lines that are hashed, which hold digests of bodies only: a bundle
 * tells nothing of other verdicts but that they exist.
 *
 * @returns file contents by relative path, in the order in which a reader wants them.
 */
export function bundleFiles(parts: BundleParts): ReadonlyMap<string, string | Uint8Array> {
  const [signature] = parts.envelope.signatures;
  const payload = Buffer.from(parts.envelope.payload, 'base64');
  const [signed, noteSignature = ''] = parts.note.split('\n\n— ');
  const [noteKeyId = '', noteBase64 = ''] = noteSignature.trim().split(' ');
  const files = new Map<string, string | Uint8Array>([
    ['README.md', readme(parts, signature?.keyid ?? '', noteKeyId)],
    ['record.json', parts.record],
    ['statement.json', payload],
    ['statement.dsse.json', JSON.stringify(parts.envelope)],
    ['statement.signed', preAuthenticationEncoding(parts.envelope.payloadType, payload)],
    ['statement.sig', Buffer.from(signature?.sig ?? '', 'base64')],
    ['entry-body.json', parts.chain[0]?.body ?? ''],
    ['note.signed', `${signed ?? ''}\n`],
    ['note.sig', Buffer.from(noteBase64, 'base64')],
  ]);
  for (const [keyId, pem] of parts.keys) files.set(`keys/${keyId}.pem`, pem);
  for (const entry of parts.chain) files.set(`chain/${entry.sequence}`, entryPreimage(entry));
  if (parts.caseFile !== null) files.set('case.json', parts.caseFile);
  return files;
}

function readme(parts: BundleParts, statementKey: string, noteKey: string): string {
  const [first] = parts.chain;
  const last = parts.chain.at(-1);
  const links = parts.chain
    .slice(1)
    .map(
      (entry) =>
        `grep -q "$(sha256sum < chain/${entry.sequence - 1} | cut -c1-64)" chain/${entry.sequence}`,
    );
  const ids = [...new Set([statementKey, noteKey])].map(
    (id) =>
      `test "$(openssl pkey -pubin -in keys/${id}.pem -outform DER | sha256sum | cut -c1-64)" = ${id}`,
  );
  const replay =
    parts.caseFile === null
      ? 'The case file was erased or dropped by retention; the verdict stands, and cannot be decided again.'
      : `\`case.json\` holds every input, so that \`arbiter verdict replay --bundle .\` decides it again, without the ledger. It is the one that the record names:\n\n\`\`\`sh\ngrep -q "\\"caseDigest\\":\\"sha256:$(sha256sum < case.json | cut -c1-64)\\"" record.json\n\`\`\``;
  return `# Verdict ${parts.verdictId}

These files prove one verdict without the program that gave it. You need sha256sum and OpenSSL 3.
Run the commands in this folder with \`set -e\`; when all succeed, the record is what the key signed and the
ledger holds it as entry ${first?.sequence ?? 0}. Whether the keys deserve trust is for you to say: compare their
ids with the trusted keys of the repository. An id is the SHA-256 of the key's DER:

\`\`\`sh
${ids.join('\n')}
\`\`\`

The statement is signed, and names the record:

\`\`\`sh
openssl pkeyutl -verify -pubin -inkey keys/${statementKey}.pem -rawin -in statement.signed -sigfile statement.sig
test "$(tail -c "$(wc -c < statement.json)" statement.signed | sha256sum)" = "$(sha256sum < statement.json)"
grep -q "\\"record\\":{\\"sha256\\":\\"$(sha256sum < record.json | cut -c1-64)\\"}" statement.json
\`\`\`

The ledger's entry holds the record, each later one names the one before, and the last is signed:

\`\`\`sh
grep -q "\\"recordDigest\\":\\"sha256:$(sha256sum < record.json | cut -c1-64)\\"" entry-body.json
grep -q "\\"body\\":\\"sha256:$(sha256sum < entry-body.json | cut -c1-64)\\"" chain/${first?.sequence ?? 0}
${[...links, `grep -q "^entry ${last?.sequence ?? 0} sha256:$(sha256sum < chain/${last?.sequence ?? 0} | cut -c1-64)$" note.signed`].join('\n')}
openssl pkeyutl -verify -pubin -inkey keys/${noteKey}.pem -rawin -in note.signed -sigfile note.sig
\`\`\`

${replay}
`;
}
