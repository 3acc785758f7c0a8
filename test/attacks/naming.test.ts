import { namingRows } from './naming.ts';
import { attackSuite } from './suite.ts';

attackSuite(namingRows);
