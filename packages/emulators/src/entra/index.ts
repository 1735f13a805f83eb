export { type Entra, startEntra, type TokenRequest } from './entra.ts';
