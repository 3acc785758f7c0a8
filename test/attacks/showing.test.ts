import { showingRows } from './showing.ts';
import { attackSuite } from './suite.ts';

attackSuite(showingRows);
