/** Files from end to end, where Node's streams would cost more than what is done with the bytes. */
export { readAhead, writeBehind } from './files.ts'
