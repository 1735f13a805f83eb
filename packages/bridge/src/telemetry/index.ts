export { attributes, names } from './names.ts';
export { createTelemetry, type LogRecord, type Telemetry, type TelemetryOptions } from './telemetry.ts';
