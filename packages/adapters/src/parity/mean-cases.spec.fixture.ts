import { meanBodies } from './mean-bodies.spec.fixture.ts';
import type { MeanCase } from './mean-case.spec.fixture.ts';
import { meanHeaders } from './mean-headers.spec.fixture.ts';
import { meanTargets } from './mean-targets.spec.fixture.ts';

/** The corpus: every case that was ever found to be mean. Add to its parts, and never take one away. */
export const meanCases: readonly MeanCase[] = [...meanTargets, ...meanHeaders, ...meanBodies];
