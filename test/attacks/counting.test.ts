import { countingRows } from './counting.ts';
import { attackSuite } from './suite.ts';

attackSuite(countingRows);
