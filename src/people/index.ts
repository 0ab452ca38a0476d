/** Who may ask: programs by their keys, people by two factors. See docs/spec/people.md and docs/spec/programs.md. */
export { createPeople } from './people.ts'
export type { People, PeopleOptions } from './people.ts'
export type { Admission, Credentials } from './credentials.ts'
export type { From, NotSignedIn, SignedIn, SignInAsked } from './signing-in.ts'
export { placeOf } from './throttling/index.ts'
export type { PersonAsking, Principal } from './principal.ts'
export type { Role } from './roles.ts'
