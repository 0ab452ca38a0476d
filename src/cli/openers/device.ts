import type { DeviceKind, OpenerSecret } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import type { Places } from '../home/places.ts'
import type { Problem } from '../house/problem.ts'
import { isTerminal, readShown } from '../terminal.ts'
import { askPlace, whereOf } from './place.ts'
import type { SecretSource } from './source.ts'

/**
 * What makes an opener of a device: where it is, from `--where` or by asking, and its PIN where no file holds one.
 * `before`: what an `init` that was cut off had written; the name of the house stays.
 */
export async function newDeviceSecret(
  kind: DeviceKind,
  { options, settings }: Context,
  source: SecretSource,
  before: Places = {},
): Promise<{ status: 'ok'; secret: OpenerSecret } | Problem> {
  const { where = [] } = options
  const given = whereOf(Array.isArray(where) ? where : [])
  if (given.status === 'problem') return given
  const ask = async ({ ask: text }: { ask: Record<'es' | 'en', string> }, proposed?: string) => {
    if (source.fromInput || !isTerminal()) return ''
    const hint = proposed === undefined ? '' : ` [${proposed}]`
    return await readShown(`${text[settings.language]}${hint}: `)
  }
  const asked = await askPlace(kind, given.given, ask)
  if (asked.status === 'problem') return asked
  const place = { ...asked.place, house: before[kind]?.house ?? asked.place.house }
  if (kind !== 'pkcs11') {
    const own = kind === 'kmip' ? { now: Date.now } : {}
    return { status: 'ok', secret: { kind, place, ...own } as OpenerSecret }
  }
  const secret = { kind, place: place as NonNullable<Places['pkcs11']> }
  if (secret.place.pinFile !== undefined) return { status: 'ok', secret }
  const pin = await source.pin()
  return pin.status === 'ok' ? { status: 'ok', secret: { ...secret, pin: pin.text } } : pin
}

/** Where the device of a secret is, as home.json keeps it. */
export function placesOfSecret(secret: OpenerSecret): { places?: Places } {
  return 'place' in secret ? { places: { [secret.kind]: secret.place } } : {}
}

/** Whether somebody has to type the PIN: no file holds it, or it is to be typed all the same (`--pin`). */
export function pinIsTyped(places: Places | undefined, options: Context['options']): boolean {
  return options['pin'] === true || places?.pkcs11?.pinFile === undefined
}
