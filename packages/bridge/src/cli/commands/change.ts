import { type Assignment, type AssignmentChange, changeAssignment, TwinlogError } from '@twinlog/core';
import { OperationRefusedError } from '../../operations/operation-error.ts';

/**
 * Judges a change as the cell would that is asked for it, so that a dry run says no where the change would be refused.
 * @throws OperationRefusedError
 */
export function judged(current: Assignment, change: AssignmentChange): void {
  try {
    changeAssignment(current, change, '');
  } catch (error) {
    if (!(error instanceof TwinlogError)) throw error;
    throw new OperationRefusedError(error.code, error.message, { cause: error });
  }
}
