import { runningRows } from './running.ts';
import { attackSuite } from './suite.ts';

attackSuite(runningRows);
