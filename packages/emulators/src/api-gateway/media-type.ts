/** Whether a Content-Type or Accept value is one of the media types, which may say `*` for either part. */
export function matchesMediaType(value: string | undefined, types: readonly string[]): boolean {
  const first = value?.split(/[,;]/)[0]?.trim().toLowerCase();
  if (first === undefined || first === '') return types.includes('*/*');
  const [family] = first.split('/');
  return types.some((type) => type === '*/*' || type === first || type === `${family}/*`);
}
