/**
 * `npm run infra:size [-- --requests N --aws N --azure N]`: which limit is met first, which variables move it, and what a
 * month costs. Without arguments, the tables of docs/capacity.md and docs/cost.md.
 */
import { parseArgs } from 'node:util';
import { cheaperFrom } from './cost.ts';
import { capacityReport, costReport } from './report.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', multiple: true, default: ['1000', '10000', '100000'] },
    aws: { type: 'string', default: '1' },
    azure: { type: 'string', default: '1' },
  },
});
const counted = (text: string, name: string): number => {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  console.error(`--${name} takes a whole number, not "${text}".`);
  process.exit(2);
};
const awsCells = counted(values.aws, 'aws');
const azureCells = counted(values.azure, 'azure');
if (awsCells + azureCells < 2) {
  console.error('A matrix has two cells or more: raise --aws or --azure.');
  process.exit(2);
}
for (const text of values.requests) {
  console.log(`${capacityReport({ requests: counted(text, 'requests'), awsCells, azureCells })}\n`);
}
console.log('### A month, in US dollars\n');
console.log(costReport([0, 100].map((requestsPerSecond) => ({ requestsPerSecond, awsCells, azureCells }))));
const { standardGateway, autoscale } = cheaperFrom();
console.log(`
Steady traffic costs less with a unit of Standard v2 from ${Math.ceil(standardGateway)} requests/s of one Azure gateway on, and for a
pair of cells with Cosmos DB on autoscale from ${Math.ceil(autoscale)} requests/s on.`);
