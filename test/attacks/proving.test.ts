import { provingRows } from './proving.ts';
import { attackSuite } from './suite.ts';

attackSuite(provingRows);
