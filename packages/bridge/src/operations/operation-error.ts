import { TwinlogError } from '@twinlog/core';

/** A cell will not do what an operator asked of it now; `code` is stable, and the message says why and what to do. */
export class OperationRefusedError extends TwinlogError {}
