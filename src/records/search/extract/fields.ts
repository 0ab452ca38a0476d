import type { Value } from './values.ts'
import type { Zone } from './zone.ts'

export type Fields = Record<string, unknown>

/** What the readers of values must know besides the node. */
export interface ReadScope {
  zone: Zone
  /** The server's own address with a slash at its end: references below it are its own. */
  base: string | undefined
  /** What was read of an element: parameters that share it share its values. */
  known: Map<object, { read: Read; values: Value[] }>
}

/** Puts the values of a node of one data type to `out`. `system`: that of a code, where its value set tells. */
export type Read = (node: unknown, out: Value[], scope: ReadScope, system?: string) => void

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A JSON element that may repeat, as a list. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
