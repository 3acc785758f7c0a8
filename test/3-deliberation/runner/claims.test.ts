import { expect, test } from 'vitest';
import {
  bundleOfAudience,
  caseAudience,
  claimFault,
  evidenceAudience,
} from '../../../src/3-deliberation/runner/claims.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import { claims, expected } from './kit.ts';

test('the claims of the run that was started hold', () => {
  expect(claimFault(claims, expected)).toBeNull();
});

test.each([
  ['another repository, whatever its name', 'repository_id', '42'],
  ['a pull request’s own run', 'event_name', 'pull_request'],
  ['a run on another branch', 'ref', 'refs/heads/topic'],
  [
    'a workflow as a pull request rewrote it',
    'workflow_ref',
    'acme/shop/.github/workflows/arbitrate.yml@refs/pull/7/merge',
  ],
  [
    'another workflow of the same branch',
    'workflow_ref',
    'acme/shop/.github/workflows/ci.yml@refs/heads/main',
  ],
  ['the workflow of an older commit', 'workflow_sha', 'c'.repeat(40)],
  [
    'a job that another workflow brings',
    'job_workflow_ref',
    'evil/lib/.github/workflows/job.yml@refs/heads/main',
  ],
  ['a job of another commit', 'job_workflow_sha', 'c'.repeat(40)],
  ['an older run', 'run_id', '900'],
  ['a run that somebody ran again', 'run_attempt', '2'],
  ['a machine of a kind that is not allowed', 'runner_environment', 'github-hosted'],
  ['a number where a text stands', 'run_id', 901],
  ['a list where a text stands', 'repository_id', ['41']],
  ['nothing', 'workflow_sha', undefined],
])('%s is refused by the name of the claim', (_, claim, value) => {
  expect(claimFault({ ...claims, [claim]: value }, expected)).toMatchObject({
    kind: 'claim-differs',
    claim,
  });
});

test('a claim that only the prototype has is none', () => {
  expect(claimFault(Object.create(claims), expected)).toMatchObject({ claim: 'repository_id' });
});

test('a token for evidence names the address and the bytes it is for, and no other', () => {
  const [site, id, bundle] = ['https://caws.example', 'the-id', textDigest('x')];
  expect(bundleOfAudience(evidenceAudience(site, id, bundle), site, id)).toBe(bundle);
  for (const audience of [
    caseAudience(site, id),
    evidenceAudience('https://other.example', id, bundle),
    evidenceAudience(site, 'another', bundle),
    `${site}/runs/${id}/evidence`,
    `${evidenceAudience(site, id, bundle)}#${bundle}`,
    [evidenceAudience(site, id, bundle)],
    undefined,
  ])
    expect(bundleOfAudience(audience, site, id)).toBeNull();
});
