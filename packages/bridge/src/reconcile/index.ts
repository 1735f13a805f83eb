export type { Digest, TimeRange } from './digest.ts';
export { type ReconcileEndpointOptions, reconcileEndpoint } from './endpoint.ts';
export { type HttpPeerOptions, httpPeer } from './http-peer.ts';
export type { Divergence, Pulled, Rejection } from './intake.ts';
export { localPeer, type Peer, type PeerLimits } from './peer.ts';
export { PeerMisconfiguredError, PeerUnavailableError } from './peer-error.ts';
export { type Reconciled, type ReconcileOptions, type ReconcileProgress, reconcile } from './reconcile.ts';
export { type RepairOptions, repairStream } from './repair.ts';
