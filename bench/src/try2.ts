import { twinlog } from './contenders/twinlog.ts';
import { castore } from './contenders/castore.ts';
import { emmett } from './contenders/emmett.ts';
import { shapes, scriptsOf, commandsOf } from './workload.ts';
import { interleave, spreadOf, collectGarbage } from './rounds.ts';
import { checkEndState } from './contender.ts';
const all = { twinlog, castore, emmett } as Record<string, typeof twinlog>;
const [,, which = 'all', n = '7', shapeArg] = process.argv;
const list = which === 'all' ? Object.values(all) : which.split(',').map((w) => all[w]!);
for (const [i, shape] of shapes.entries()) {
  if (shapeArg && String(i) !== shapeArg) continue;
  const scripts = scriptsOf(shape);
  const m = await interleave(list, Number(n), async (c) => {
    const k = c.prepare(scripts);
    collectGarbage();
    const s = process.threadCpuUsage();
    await k.play();
    const e = process.threadCpuUsage(s);
    await checkEndState(c.name, k, scripts);
    return commandsOf(shape) / ((e.user + e.system) / 1e6);
  });
  for (const c of list) { const s = spreadOf(m.get(c)!); console.log(shape.streams, c.name, Math.round(s.median), Math.round(s.min), Math.round(s.max)); }
}
