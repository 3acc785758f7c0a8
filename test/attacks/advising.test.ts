import { advisingRows } from './advising.ts';
import { attackSuite } from './suite.ts';

attackSuite(advisingRows);
