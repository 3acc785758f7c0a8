/** The process of one model, as the judge daemon starts it. */
import { serveModel } from '../../../src/adapters/llama/model-process.ts';

await serveModel(process);
