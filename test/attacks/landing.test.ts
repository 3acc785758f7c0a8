import { landingRows } from './landing.ts';
import { attackSuite } from './suite.ts';

attackSuite(landingRows);
