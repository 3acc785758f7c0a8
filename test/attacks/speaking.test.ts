import { speakingRows } from './speaking.ts';
import { attackSuite } from './suite.ts';

attackSuite(speakingRows);
