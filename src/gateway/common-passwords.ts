/**
 * The passwords that most people choose: 49 000 of any length, of which attackers try the first ones (ADR 0060). Read when
 * it is wanted, for it takes a tenth of a second.
 */
export async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}
