/**
 * The lines of a key for `.caws/trusted-keys.yaml`, and what whoever adds them allows by it: as comments, so that
 * the whole text is such a file.
 */
export function trustedKeyText(key: {
  readonly keyId: string;
  /** SubjectPublicKeyInfo, without line breaks. */
  readonly base64: string;
  /** ISO instant. */
  readonly validFrom: string;
  /** `@login` of the person who approves waivers with it; null: it signs verdicts. */
  readonly maintainer: string | null;
}): string {
  const [role, holder, allows] =
    key.maintainer === null
      ? [
          'arbiter',
          '@your-handle',
          `# Verdicts that it signs are trusted then. It approves no waiver: a person who shall, prints other lines with
# arbiter keys show --for-maintainer LOGIN
`,
        ]
      : [
          'maintainer',
          key.maintainer,
          `# ${key.maintainer} approves waivers with it then, but for changes of their own. Verdicts that it signs stay untrusted.
`,
        ];
  return `# For .caws/trusted-keys.yaml of the target, in a change of its own (the first two lines once):
version: 1
keys:
  - id: "${key.keyId}"
    algorithm: ed25519
    publicKey: "${key.base64}"
    role: ${role}
    holder: "${holder}"
    validFrom: "${key.validFrom}"
    validUntil: null
    revoked: null

${allows}`;
}
