import type { Role } from '../roles.ts'

/** How long a session lasts without being used, and at most. Seconds. */
export interface Limits {
  idleSeconds: number
  absoluteSeconds: number
}

const minute = 60
const hour = 3_600

/**
 * NIST SP 800-63B-4 §2.2.3 has 1 hour and 24 at most for two factors. Who cares for patients works a shift of up to twelve hours, and is
 * called away; who may change what others may do, or reads about all of them, is asked sooner; so is whoever sits at a counter.
 */
const byRole: Readonly<Record<Role, Limits>> = {
  physician: { idleSeconds: 30 * minute, absoluteSeconds: 12 * hour },
  nurse: { idleSeconds: 30 * minute, absoluteSeconds: 12 * hour },
  laboratory: { idleSeconds: 30 * minute, absoluteSeconds: 12 * hour },
  reception: { idleSeconds: 15 * minute, absoluteSeconds: 12 * hour },
  archivist: { idleSeconds: 15 * minute, absoluteSeconds: 12 * hour },
  billing: { idleSeconds: 15 * minute, absoluteSeconds: 12 * hour },
  'privacy-officer': { idleSeconds: 15 * minute, absoluteSeconds: 8 * hour },
  'security-officer': { idleSeconds: 15 * minute, absoluteSeconds: 8 * hour },
  director: { idleSeconds: 15 * minute, absoluteSeconds: 8 * hour },
  auditor: { idleSeconds: 15 * minute, absoluteSeconds: 8 * hour },
  patient: { idleSeconds: 15 * minute, absoluteSeconds: 4 * hour },
  representative: { idleSeconds: 15 * minute, absoluteSeconds: 4 * hour },
}

/** Of a demonstration's bearer tokens, whoever they are of. */
export const plainLimits: Limits = { idleSeconds: 8 * hour, absoluteSeconds: 8 * hour }

/** Of somebody with no role: they may do nothing but sign out. */
const least: Limits = { idleSeconds: 15 * minute, absoluteSeconds: 4 * hour }

/** The shortest of each that one of the roles asks for. */
export function limitsOf(roles: readonly Role[]): Limits {
  if (roles.length === 0) return least
  return {
    idleSeconds: Math.min(...roles.map((role) => byRole[role].idleSeconds)),
    absoluteSeconds: Math.min(...roles.map((role) => byRole[role].absoluteSeconds)),
  }
}
