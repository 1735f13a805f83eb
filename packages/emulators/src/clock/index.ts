export {
  type Cancel,
  type Clock,
  type ManualClock,
  manualClock,
  realClock,
  scaledClock,
} from './clock.ts';
