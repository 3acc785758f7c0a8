import { grantingRows } from './granting.ts';
import { attackSuite } from './suite.ts';

attackSuite(grantingRows);
