// Writes docs/decision-table.md and docs/decision-table.csv: `npx node scripts/write-decision-table.mjs`.
import { mkdir, writeFile } from 'node:fs/promises';
import {
  renderDecisionData,
  renderDecisionTable,
} from '../packages/core/src/transaction/decision-table-document.fixture.ts';

const docs = new URL('../docs/', import.meta.url);
await mkdir(docs, { recursive: true });
await writeFile(new URL('decision-table.md', docs), renderDecisionTable());
await writeFile(new URL('decision-table.csv', docs), renderDecisionData());
