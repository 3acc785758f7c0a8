/** Answers in a forge's place, for the tests of one file: no request leaves, and afterwards all go where they went before. */
import nock from 'nock';
import { afterAll, beforeAll } from 'vitest';

/** Test files share what is loaded, so the interception of one may have been ended by another. */
export function interceptRequests(): void {
  beforeAll(() => {
    if (!nock.isActive()) nock.activate();
    nock.disableNetConnect();
  });
  afterAll(() => {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  });
}
