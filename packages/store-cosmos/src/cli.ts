#!/usr/bin/env node
import { run } from './command.ts';

const { exitCode, out, err } = await run(process.argv.slice(2), process.env);
process.stdout.write(out);
process.stderr.write(err);
process.exitCode = exitCode;
