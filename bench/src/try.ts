import { compareCommands } from './commands.ts';
import { shapes } from './workload.ts';
for (const shape of shapes) {
  const r = await compareCommands(shape, 7, () => {});
  console.log(shape, r.fastestPeer);
  for (const x of r.results) console.log(x.name, 'ratio', x.ratio.median.toFixed(2), x.ratio.min.toFixed(2), x.ratio.max.toFixed(2), 'rate', Math.round(x.rate.median), Math.round(x.rate.min), Math.round(x.rate.max));
}
