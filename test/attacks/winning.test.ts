import { attackSuite } from './suite.ts';
import { winningRows } from './winning.ts';

attackSuite(winningRows);
