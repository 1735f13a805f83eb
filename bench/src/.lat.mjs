import { apiGateway, createHttpApi } from '@twinlog/adapters';
import { createMemoryStore, createService, systemRuntime, transaction } from '@twinlog/core';
import { createEvent } from './http/event.ts';
const store = createMemoryStore();
const service = createService({ aggregate: transaction, store, origin: 'aws-us-east-1.1', assignment: '1.aws-us-east-1', runtime: systemRuntime });
const handler = apiGateway(createHttpApi({ service, store, runtime: systemRuntime, authenticate: 'off', warn: () => {} }));
for (let i = 0; i < 20000; i++) await handler(createEvent(i));
const N = 40000; const events = Array.from({length: N}, (_, i) => createEvent(100000 + i));
const t0 = performance.now();
if (process.argv[2]) { const {Session}=await import('node:inspector/promises'); const s=new Session(); s.connect(); await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval',{interval:100}); await s.post('Profiler.start'); for (const e of events) await handler(e); const {profile}=await s.post('Profiler.stop'); (await import('node:fs')).writeFileSync(process.argv[2], JSON.stringify(profile)); }
else for (const e of events) await handler(e);
console.log(((performance.now()-t0)*1000/N).toFixed(2),'µs each');
