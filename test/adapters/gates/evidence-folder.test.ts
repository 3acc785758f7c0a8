import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EVIDENCE_BYTES_MAX } from '../../../src/3-deliberation/deliberation.ts';
import { evidenceFolder } from '../../../src/adapters/gates/evidence-folder.ts';
import type { EvidenceReference } from '../../../src/caws/plea.ts';
import type { CommitSha } from '../../../src/primitives.ts';
import {
  byFile,
  digestOf,
  noProgress,
  passingReport,
  planned,
  temporaryFolder,
  write,
} from './scene.ts';

const subject = { base: '0'.repeat(40) as CommitSha, head: '1'.repeat(40) as CommitSha };

async function ask(directory: string, file: string, references: readonly EvidenceReference[] = []) {
  const runner = evidenceFolder({ directory, references });
  const [answer] = await runner.answer([planned('unit', byFile(file))], subject, noProgress);
  return answer;
}

const reference = (file: string, content: string): EvidenceReference => ({
  name: 'unit',
  file,
  digest: digestOf(content),
});

describe('a report in the folder', () => {
  test('is collected whole, with its digest, as a local word', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'out/junit.xml': passingReport });
    const answer = await ask(folder.path, 'out/junit.xml', [
      reference('out/junit.xml', passingReport),
    ]);
    expect(answer).toMatchObject({
      state: 'answered',
      trust: 'local',
      exitCode: null,
      evidence: [
        {
          name: 'out/junit.xml',
          digest: digestOf(passingReport),
          text: passingReport,
          trust: 'local',
        },
      ],
    });
  });

  test('is told apart from a folder that is not there', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'a-file': passingReport });
    const missing = (detail: string) => ({ state: 'missing', detail });
    expect(await ask(folder.path, 'junit.xml')).toMatchObject(missing('no junit.xml'));
    for (const name of ['mistyped', 'a-file'])
      expect(await ask(join(folder.path, name), 'junit.xml')).toMatchObject(
        missing('the folder of reports is not there'),
      );
  });

  test('is unreadable where its folder is a link to itself, or a name that the system does not take', async () => {
    using folder = temporaryFolder();
    symlinkSync('round', join(folder.path, 'round'));
    for (const name of ['round', 'x'.repeat(300), 'a\0b'])
      expect(await ask(join(folder.path, name), 'junit.xml')).toMatchObject({
        state: 'unreadable',
      });
  });

  test('is found through a folder that the caller himself names by a link', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'real/junit.xml': passingReport });
    symlinkSync(join(folder.path, 'real'), join(folder.path, 'named'));
    expect(await ask(join(folder.path, 'named'), 'junit.xml')).toMatchObject({ state: 'answered' });
  });

  test('that differs from what the plea names is not collected', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'junit.xml': passingReport });
    const answer = await ask(folder.path, 'junit.xml', [reference('junit.xml', 'something else')]);
    expect(answer).toMatchObject({ state: 'digest-differs' });
  });

  test('that plea and manifest name by two digests is not collected', async () => {
    using folder = temporaryFolder();
    const manifest = {
      version: 1,
      files: [{ file: 'junit.xml', digest: digestOf(passingReport) }],
    };
    write(folder.path, {
      'junit.xml': passingReport,
      'caws-evidence.json': JSON.stringify(manifest),
    });
    expect(await ask(folder.path, 'junit.xml')).toMatchObject({ state: 'answered' });
    const answer = await ask(folder.path, 'junit.xml', [reference('junit.xml', 'x')]);
    expect(answer).toMatchObject({ state: 'digest-differs' });
  });

  test('that the manifest does not list, or lists with another digest, is not collected', async () => {
    using folder = temporaryFolder();
    const manifest = { version: 1, files: [{ file: 'b.xml', digest: digestOf('b') }] };
    write(folder.path, {
      'a.xml': passingReport,
      'b.xml': passingReport,
      'caws-evidence.json': JSON.stringify(manifest),
    });
    expect(await ask(folder.path, 'a.xml')).toMatchObject({ state: 'missing' });
    expect(await ask(folder.path, 'b.xml')).toMatchObject({ state: 'digest-differs' });
  });

  test.each([
    ['a manifest of unknown keys', '{"version":1,"file":[]}'],
    [
      'a manifest that lists a file twice',
      `{"version":1,"files":[${`{"file":"a","digest":"${digestOf('')}"},`.repeat(2).slice(0, -1)}]}`,
    ],
    [
      'a manifest that leaves the folder',
      `{"version":1,"files":[{"file":"../a","digest":"${digestOf('')}"}]}`,
    ],
    ['a manifest that is no document', '{"version":1'],
  ])('beside %s makes every report unreadable', async (_, manifest) => {
    using folder = temporaryFolder();
    write(folder.path, { 'junit.xml': passingReport, 'caws-evidence.json': manifest });
    expect(await ask(folder.path, 'junit.xml')).toMatchObject({ state: 'unreadable' });
  });
});

describe('what is no regular file inside the folder is never read', () => {
  test.each([
    '../junit.xml',
    'a/../../junit.xml',
    '/etc/hostname',
    '..\\junit.xml',
    'C:/junit.xml',
    './junit.xml',
    'a//junit.xml',
    '',
    'a\0b',
    'a\nb',
  ])('path %j', async (path) => {
    using folder = temporaryFolder();
    write(folder.path, { 'junit.xml': passingReport, 'in/junit.xml': passingReport });
    expect(await ask(join(folder.path, 'in'), path)).toMatchObject({ state: 'unreadable' });
  });

  test('a link, a folder behind a link, a dangling link, a pipe, a folder', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'outside/junit.xml': passingReport, 'in/real.xml': passingReport });
    const inside = join(folder.path, 'in');
    symlinkSync(join(folder.path, 'outside/junit.xml'), join(inside, 'link.xml'));
    symlinkSync('real.xml', join(inside, 'near.xml'));
    symlinkSync(join(folder.path, 'outside'), join(inside, 'linked'));
    symlinkSync('/nonexistent', join(inside, 'dangling.xml'));
    const makePipe = 'mkfifo';
    execFileSync(makePipe, [join(inside, 'pipe.xml')]);
    mkdirSync(join(inside, 'folder.xml'));
    for (const path of [
      'link.xml',
      'near.xml',
      'linked/junit.xml',
      'dangling.xml',
      'pipe.xml',
      'folder.xml',
    ])
      expect({ path, ...(await ask(inside, path)) }).toMatchObject({ path, state: 'unreadable' });
  });

  test('a file with a second name is the file', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'a.xml': passingReport });
    linkSync(join(folder.path, 'a.xml'), join(folder.path, 'b.xml'));
    expect(await ask(folder.path, 'b.xml')).toMatchObject({ state: 'answered' });
  });
});

test('a file over the bound, an archive and bytes that are not UTF-8 are told apart from none', async () => {
  using folder = temporaryFolder();
  write(folder.path, {
    'big.xml': '',
    'report.zip': Buffer.from('504b0304aaaa', 'hex'),
    'report.xml': Buffer.from('504b0506', 'hex'),
    'packed.xml': Buffer.from('1f8b0800', 'hex'),
    'latin1.xml': Buffer.from([0x3c, 0x61, 0xe9, 0x3e]),
    'utf16.xml': Buffer.from('\ufeff<a/>', 'utf16le'),
  });
  truncateSync(join(folder.path, 'big.xml'), EVIDENCE_BYTES_MAX + 1);
  for (const file of [
    'big.xml',
    'report.zip',
    'report.xml',
    'packed.xml',
    'latin1.xml',
    'utf16.xml',
  ])
    expect({ file, ...(await ask(folder.path, file)) }).toMatchObject({
      file,
      state: 'unreadable',
    });
  expect(await ask(folder.path, 'none.xml')).toMatchObject({ state: 'missing' });
  expect(await ask(join(folder.path, 'no-folder'), 'a.xml')).toMatchObject({ state: 'missing' });
});
