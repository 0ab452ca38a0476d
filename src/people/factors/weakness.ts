/** Which passwords are not taken. NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2: no rules about what it is made of. */
import { passwordCharactersMax } from './passwords.ts'

export type Weakness = 'short' | 'long' | 'common' | 'pattern' | 'personal'

/** NIST asks for 8 where there is a second factor, as there always is here, and 15 where there is none. */
export const passwordCharactersMin = 12

export async function weaknessOf(
  password: string,
  _of: { login: string; name: string; words?: readonly string[] },
): Promise<Weakness | undefined> {
  const characters = [...password.normalize('NFC')].length
  if (characters < passwordCharactersMin) return 'short'
  if (password.length > passwordCharactersMax) return 'long'
  return undefined
}
