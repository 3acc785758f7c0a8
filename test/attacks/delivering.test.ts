import { deliveringRows } from './delivering.ts';
import { attackSuite } from './suite.ts';

attackSuite(deliveringRows);
