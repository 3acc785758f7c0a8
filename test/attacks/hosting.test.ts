import { hostingRows } from './hosting.ts';
import { attackSuite } from './suite.ts';

attackSuite(hostingRows);
