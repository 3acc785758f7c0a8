import { lawfulRows } from './lawful.ts';
import { attackSuite } from './suite.ts';

attackSuite(lawfulRows);
