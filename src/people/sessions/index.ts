/** Sessions of people: opaque, bound to the key of a browser, and judged together with the account. See docs/spec/people.md. */
export { actorOf, SessionKeeper } from './sessions.ts'
export type { Begun, Listed, Standing } from './sessions.ts'
export { sessionPrefix } from './session.ts'
