/** How deliveries from one cell to the other go: as they should, each held up by a few seconds, or none at all. */
export type LinkCondition = 'well' | 'slow' | 'cut';
