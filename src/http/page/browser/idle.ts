/** Unused for so long a session ends: as the server has it (src/people/sessions/limits.ts), by the roles of whose it is. */

const minute = 60
const longer: readonly string[] = ['physician', 'nurse', 'laboratory']

export const idleSecondsOf = (roles: readonly string[]): number =>
  roles.length > 0 && roles.every((role) => longer.includes(role)) ? 30 * minute : 15 * minute
